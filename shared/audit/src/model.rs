//! An entry of `audit_logs`.

use std::net::IpAddr;

use serde_json::Value;
use uuid::Uuid;

/// The actor of a change, with address and user agent.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `person`, `telegram`, `key:<prefix>`, `operator`, `worker`, or `visitor`, who is nobody known.
    pub actor: String,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl Origin {
    /// An internal actor without an address: `telegram`, `operator` or `worker`.
    pub fn own(actor: &str) -> Self {
        Self {
            actor: actor.to_owned(),
            address: None,
            user_agent: None,
        }
    }
}

/// A change of an entity.
#[derive(Clone, Debug)]
pub struct Change {
    /// The person whose data was changed.
    pub user_id: Option<Uuid>,
    /// In the past tense: `consents_updated`.
    pub action: &'static str,
    pub entity_type: &'static str,
    pub entity_id: Option<Uuid>,
    /// The changed fields before the change; `None` for a new entity.
    pub old_value: Option<Value>,
    /// The changed fields after the change; `None` for a deleted entity.
    pub new_value: Option<Value>,
}
