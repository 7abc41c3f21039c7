//! The errors that a row of the ledger keeps.

use serde_json::Value;

use crate::claims::Claim;

/// The longest error text that a row keeps of one attempt, in characters. NUL is removed:
/// Postgres cannot store it, and vendors' responses may contain anything.
const ERROR_TEXT_MAX: usize = 500;

/// The entry of an attempt that failed, to be appended; none for one that did not.
pub(crate) fn entry(claim: &Claim, error: Option<&str>) -> Value {
    match error {
        None => Value::Array(Vec::new()),
        Some(text) => {
            let text: String = text
                .chars()
                .filter(|c| *c != '\0')
                .take(ERROR_TEXT_MAX)
                .collect();
            serde_json::json!([{ "attempt": claim.attempt, "at": chrono::Utc::now(), "error": text }])
        }
    }
}
