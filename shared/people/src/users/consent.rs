//! The consent of a person to the processing of their photos and words: versions, and who has given it.
//! `readings::accept` asks for it before every reading.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::Consents;
use super::queries;
use audit::model::{Change, Origin};

pub use super::model::{PRIVACY, TERMS};

impl Consents {
    /// Whether both were agreed to, as they are now.
    pub fn are_given(&self) -> bool {
        let current = |agreed: bool, version: &Option<String>, now: &str| {
            agreed && version.as_deref() == Some(now)
        };
        current(self.consent_terms, &self.consent_terms_version, TERMS)
            && current(self.consent_privacy, &self.consent_privacy_version, PRIVACY)
    }
}

/// Writes what a person agrees to, and a line of the audit log if that is a change. In the caller's
/// transaction. Returns it as it was and as it is.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn set(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    (terms, privacy): (bool, bool),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<(Consents, Consents)> {
    let was = queries::consents(conn, id).await?;
    let is = queries::set_consents(conn, id, terms, privacy, now).await?;
    if is != was {
        audit::queries::record(conn, origin, line(id, &was, &is)).await?;
    }
    Ok((was, is))
}

/// The line of the audit log that tells of a change.
pub(super) fn line(id: Uuid, was: &Consents, is: &Consents) -> Change {
    let agreed = |to: &Consents| -> Value {
        json!({
            "terms_of_use": to.consent_terms, "privacy_policy": to.consent_privacy,
            "terms_version": to.consent_terms_version, "privacy_version": to.consent_privacy_version,
            "product_analytics": to.consent_analytics_at.is_some(),
        })
    };
    Change {
        user_id: Some(id),
        action: "consents_updated",
        entity_type: "user",
        entity_id: Some(id),
        old_value: Some(agreed(was)),
        new_value: Some(agreed(is)),
    }
}
