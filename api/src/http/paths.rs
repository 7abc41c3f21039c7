//! Every path by area, as `docs/API.md` lists them at its end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::http::openapi;

const HEAD: &str = "\n## Every path\n";
const ABOUT: &str = "
By area, written by `make docs`. Who may call: *app* with `X-Telegram-Init-Data`, *session* with `Authorization: Bearer`,
*key* with `X-API-Key`, *all* without any. How operators sign in: [OPERATIONS.md](OPERATIONS.md); what a role may:
[ROLES.md](ROLES.md).
";
const COLUMNS: &str = "| call | what it does | who |\n| --- | --- | --- |\n";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The guide with the list of now: what stands before the list stays as it is.
pub fn in_guide(guide: &str) -> String {
    let shown = guide.split(HEAD).next().unwrap_or_default();
    format!("{shown}{HEAD}{ABOUT}{}", areas())
}

fn areas() -> String {
    // A document that was built from types is JSON.
    let document: Value = serde_json::from_str(&openapi::document()).unwrap_or_default();
    let mut areas: BTreeMap<&str, String> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let area = operation["tags"][0].as_str().unwrap_or_default();
                *areas.entry(area).or_default() += &line(method, path, operation);
            }
        }
    }
    let mut text = String::new();
    for (area, lines) in areas {
        let _ = write!(text, "\n### {area}\n\n{COLUMNS}{lines}");
    }
    text
}

fn line(method: &str, path: &str, operation: &Value) -> String {
    let summary = operation["summary"].as_str().unwrap_or_default();
    let first = summary.replace('\n', " ");
    let first = first
        .split_once(". ")
        .map_or(first.as_str(), |(first, _)| first);
    let first = first.trim_end_matches('.').replace('|', "\\|");
    let method = method.to_uppercase();
    format!("| `{method} {path}` | {first} | {} |\n", callers(operation))
}

/// Who may call it, by the credentials that the document asks for.
fn callers(operation: &Value) -> String {
    let Some(ways) = operation["security"].as_array() else {
        return "app, session, key".to_owned();
    };
    let names = ways.iter().filter_map(Value::as_object).map(|way| {
        match way.keys().next().map(String::as_str) {
            None => "all",
            Some("TelegramAuth") => "app",
            Some("AccessToken") => "session",
            Some(_) => "key",
        }
    });
    names.collect::<Vec<_>>().join(", ")
}
