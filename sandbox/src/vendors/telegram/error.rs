//! Refusals in Telegram's words.

use serde_json::Value;

/// A refusal: HTTP status (also `error_code`) and description.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// 400, 401, 403, 404, 409 or 429.
    pub code: u16,
    /// What Telegram would write.
    pub description: String,
    /// ResponseParameters, or null.
    pub parameters: Value,
}

impl ApiError {
    /// 400 `Bad Request: ...`.
    pub fn bad(what: impl std::fmt::Display) -> Self {
        Self {
            code: 400,
            description: format!("Bad Request: {what}"),
            parameters: Value::Null,
        }
    }

    /// Any other refusal.
    pub fn new(code: u16, description: &str) -> Self {
        Self {
            code,
            description: description.to_owned(),
            parameters: Value::Null,
        }
    }
}
