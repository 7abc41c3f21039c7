//! What a person chooses of themselves: name, language, time zone, notices.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Profile, ProfileChange};
use super::queries;
use audit::model::{Change, Origin};

/// Writes what a person chose, with a line of the audit log. In the caller's transaction.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn change(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    change: &ProfileChange,
    origin: &Origin,
) -> QueryResult<Profile> {
    let was = queries::profile_locked(conn, id).await?;
    let is = queries::change_profile(conn, id, change).await?;
    audit::queries::record(conn, origin, line(&was, &is)).await?;
    Ok(is)
}

fn line(was: &Profile, is: &Profile) -> Change {
    Change {
        user_id: Some(is.id),
        action: "user_updated",
        entity_type: "user",
        entity_id: Some(is.id),
        old_value: Some(chosen(was)),
        new_value: Some(chosen(is)),
    }
}

/// What a person has chosen, as the audit log has it.
pub fn chosen(profile: &Profile) -> Value {
    let notices = profile.notices;
    json!({
        "first_name": profile.first_name,
        "language_code": profile.language_code,
        "timezone": profile.timezone,
        "notices": {
            "analysis_started": notices.analysis_started,
            "limit_free": notices.limit_free,
            "trial_ending": notices.trial_ending,
        },
    })
}
