use std::collections::BTreeSet;

use super::table::ALIASES;
use super::*;
use crate::routes;

/// The paths of the design documents.
const DOCUMENTS: &str = include_str!("../../../fixtures/documents/paths.txt");

/// Served, but not among the endpoints of the API.
const ELSEWHERE: &[&str] = &["/metrics", "/admin/*"];

fn is_endpoint(method: &str, path: &str) -> bool {
    routes::endpoints().iter().any(|one| {
        (method == "*" || one.method.as_str() == method)
            && (one.path == path || matched(&one.path, path).is_some())
    })
}

#[test]
fn every_path_of_the_documents_is_an_endpoint_or_stands_in_the_table() {
    for line in DOCUMENTS.lines().filter(|line| !line.starts_with('#')) {
        let [document, method, path] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("not a document, a method and a path: {line}");
        };
        // `:id` is a segment like any other.
        let method = if method == "ALL" { "*" } else { method };
        let in_table = ALIASES.iter().any(|alias| {
            let methods = [alias.method, method];
            (methods.contains(&"*") || alias.method == method)
                && matched(alias.path, path).is_some()
        });
        assert!(
            ELSEWHERE.contains(&path) || in_table || is_endpoint(method, path),
            "{document}: {method} {path}"
        );
    }
}

#[test]
fn what_is_built_leads_to_an_endpoint_and_what_is_not_built_does_not_answer_yet() {
    for alias in ALIASES.iter().filter(|alias| !alias.path.ends_with('*')) {
        match alias.to {
            Target::Built(method, path, _) => {
                assert!(
                    is_endpoint(method, path),
                    "{} leads to {method} {path}",
                    alias.path
                );
            }
            Target::Later => {
                let method = alias.method.parse().unwrap_or(Method::GET);
                assert!(canonical(&method, alias.path).is_none(), "{}", alias.path);
            }
        }
    }
}

#[test]
fn no_line_of_the_table_hides_another_one() {
    let mut seen = BTreeSet::new();
    for alias in ALIASES {
        assert!(
            seen.insert((alias.method, alias.path)),
            "{alias:?} stands there twice"
        );
    }
}

#[test]
fn a_path_is_filled_with_what_stood_in_the_alias() {
    let of = |method: Method, path: &str| canonical(&method, path).map(|(to, path, _)| (to, path));
    assert_eq!(
        of(Method::DELETE, "/api/user/api-keys/7"),
        Some((Method::DELETE, "/v1/api-keys/7".to_owned()))
    );
    assert_eq!(
        of(Method::GET, "/api/v1/analyses/7/events"),
        Some((Method::GET, "/v1/analyses/7/events".to_owned()))
    );
    assert_eq!(
        of(Method::PUT, "/api/users/profile"),
        Some((Method::PATCH, "/v1/users/me".to_owned()))
    );
    for none in [
        "/v1/analyses",
        "/api/v1/",
        "/api/user/api-keys/7/8",
        "/api",
        "//",
    ] {
        assert_eq!(of(Method::DELETE, none), None, "{none}");
    }
}
