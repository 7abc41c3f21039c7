//! Which scope of a service's key a request needs. Asked before a handler runs, and in one place: a
//! path that has no line here is open to keys with all scopes alone.

use actix_web::http::Method;
use shared::Error;
use shared::features::api_keys::model::{Scope, Scopes};

/// What a key must allow for this.
fn needed(method: &Method, path: &str) -> Option<Scope> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let either = |read, write| Some(if reads { read } else { write });
    let mut parts = path.strip_prefix("/v1/")?.split('/');
    match (parts.next()?, parts.nth(1)) {
        ("analyses", _) => either(Scope::AnalysesRead, Scope::AnalysesWrite),
        ("users", Some("exports" | "deletion")) => Some(Scope::Privacy),
        ("users", _) => either(Scope::UsersRead, Scope::UsersWrite),
        ("limits", _) => Some(Scope::LimitsRead),
        ("plans", _) => Some(Scope::SubscriptionsRead),
        ("subscriptions", _) => either(Scope::SubscriptionsRead, Scope::SubscriptionsWrite),
        _ => None,
    }
}

/// Whether a key with these scopes may do this.
///
/// # Errors
/// E204 if not.
pub(crate) fn check(scopes: Scopes, method: &Method, path: &str) -> Result<(), Error> {
    match needed(method, path) {
        Some(scope) if scopes.allow(scope) => Ok(()),
        Some(scope) => Err(Error::Forbidden(scope.lacking())),
        None if scopes.is_everything() => Ok(()),
        None => Err(Error::Forbidden("this needs a key with all scopes")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::openapi::document;

    #[test]
    fn every_path_that_is_described_has_its_scope() {
        let document: Value = serde_json::from_str(&document()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let without = ["/v1/health", "/v1/ready", "/metrics"];
        let asked = paths
            .keys()
            .filter(|path| !without.contains(&path.as_str()) && !path.starts_with("/v1/webhooks/"));
        let closed: Vec<_> = asked
            .filter(|path| needed(&Method::GET, path).is_none())
            .collect();
        assert!(closed.is_empty(), "no scope opens {closed:?}");
    }

    #[test]
    fn reading_and_writing_are_two_things() {
        for (method, path, scope) in [
            (Method::GET, "/v1/analyses", Scope::AnalysesRead),
            (Method::HEAD, "/v1/analyses/1/events", Scope::AnalysesRead),
            (Method::POST, "/v1/analyses", Scope::AnalysesWrite),
            (Method::DELETE, "/v1/analyses/1", Scope::AnalysesWrite),
            (Method::PATCH, "/v1/users/me", Scope::UsersWrite),
            (Method::GET, "/v1/users/me", Scope::UsersRead),
            (Method::PUT, "/v1/users/me/consents", Scope::UsersWrite),
            (Method::POST, "/v1/users/me/exports", Scope::Privacy),
            (Method::GET, "/v1/limits/me", Scope::LimitsRead),
            (
                Method::POST,
                "/v1/subscriptions/cancel",
                Scope::SubscriptionsWrite,
            ),
        ] {
            assert_eq!(needed(&method, path), Some(scope), "{method} {path}");
        }
        let most: Vec<String> = Scope::ALL
            .iter()
            .map(|scope| scope.as_str().into())
            .collect();
        assert!(check(Scopes::of(&most), &Method::GET, "/v1/of-later").is_err());
        assert!(check(Scopes::of(&["*".into()]), &Method::GET, "/v1/of-later").is_ok());
    }
}
