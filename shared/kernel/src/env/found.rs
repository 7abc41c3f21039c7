//! Where a value comes from: a variable, or for a secret a file that a variable names.

use std::path::Path;

use super::setting::{IN_FILE, Setting, Spelling};

/// A value, and the name that it was found under.
pub(super) struct Found {
    pub name: String,
    raw: String,
    pub value: Result<String, String>,
}

impl Found {
    /// The value under one spelling, if it is set. Of a secret that is set twice there is none: which one is meant
    /// cannot be known, and the other one is believed to be in use.
    pub(super) fn of(
        spelling: &Spelling,
        is_secret: bool,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let name = spelling.name.to_owned();
        let raw = variable(&name, lookup);
        let file = format!("{name}{IN_FILE}");
        let path = is_secret.then(|| variable(&file, lookup)).flatten();
        let (name, read) = match (raw, path) {
            (None, None) => return None,
            (Some(raw), None) => (name, Ok(raw)),
            (None, Some(path)) => (file, content(Path::new(&path))),
            (Some(_), Some(_)) => (name, Err(format!("{file} is set as well; set one of them"))),
        };
        Some(Self {
            name,
            raw: read.clone().unwrap_or_default(),
            value: read.and_then(|raw| spelling.convert(&raw)),
        })
    }

    /// Name and value for a message, without a secret, as the operator wrote them.
    pub(super) fn description(&self, setting: &Setting) -> String {
        let Self { name, raw, value } = self;
        match value {
            _ if setting.secret => name.clone(),
            Ok(value) if value != raw => {
                format!("{name} is {raw:?}, which is {}={value}", setting.name)
            }
            _ => format!("{name} is {raw:?}"),
        }
    }
}

fn variable(name: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let raw = lookup(name)?.trim().to_owned();
    (!raw.is_empty()).then_some(raw)
}

/// Editors and `echo` end a file with a new line, which is no part of a secret. The path is not in the message:
/// where a secret was put into the wrong variable, that is the secret.
fn content(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| format!("the file that it names cannot be read: {why}"))?;
    match text.trim() {
        "" => Err("the file that it names is empty".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}
