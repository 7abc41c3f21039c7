//! A line of `audit_logs`.

use std::net::IpAddr;

use serde_json::Value;
use uuid::Uuid;

/// Who does something, and from where.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `person`, `telegram`, `key:<prefix>`, `operator` or `worker`.
    pub actor: String,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl Origin {
    /// A part of the product, without an address: `telegram`, `operator` or `worker`.
    pub fn own(actor: &str) -> Self {
        Self {
            actor: actor.to_owned(),
            address: None,
            user_agent: None,
        }
    }
}

/// What was changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whose data it is.
    pub user_id: Option<Uuid>,
    /// In the past tense: `consents_updated`.
    pub action: &'static str,
    pub entity_type: &'static str,
    pub entity_id: Option<Uuid>,
    /// The fields that changed, as they were; none for what is new.
    pub old_value: Option<Value>,
    /// The same, as they are; none for what is gone.
    pub new_value: Option<Value>,
}
