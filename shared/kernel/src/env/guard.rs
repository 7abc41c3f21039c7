//! What will do while everything is on this machine, and not where strangers reach it.

use url::Url;

use super::Setting;

/// Bytes of a secret that an operator chooses: what 18 random bytes are in base64.
pub(super) const LEAST_BYTES: usize = 24;

/// Why this value of a secret will not do, if so.
pub(super) fn weakness(setting: &Setting, value: &str) -> Option<String> {
    let credential = credential(value)?;
    let is_example = value == setting.shown() || credential == "password";
    if credential.to_ascii_lowercase().contains("sandbox") {
        Some("it is one of the sandbox's own, which everyone knows".to_owned())
    } else if is_example {
        Some("it is the example of the documentation".to_owned())
    } else if setting.chosen && credential.len() < LEAST_BYTES {
        Some(format!(
            "it is shorter than {LEAST_BYTES} bytes; make one with `openssl rand -hex 32`"
        ))
    } else {
        None
    }
}

/// The secret part: of an address its password, if it has one.
fn credential(value: &str) -> Option<String> {
    match Url::parse(value) {
        Ok(url) if url.has_host() => url.password().map(str::to_owned),
        _ => Some(value.to_owned()),
    }
}
