//! "There are new readings": for persons who have asked for it, by a button or in the settings.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use delivery::message;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use jobs::{Entry, ledger};
use money::meters::model::Usage;
use money::meters::rules;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<LimitFree>()];

message! {
    /// There are units again: due when the window of the quota ends. A duplicate after a crash does no harm.
    LimitFree, "notifications.limit_free.v1" {
        user_id: Uuid,
        /// By the button: without it, the settings decide when it is due.
        by_button: bool,
        chat_id: i64,
        /// When it was due as it was enqueued, in seconds since 1970: another plan may be free again sooner.
        #[serde(default)]
        due: i64
    }
    merged_by of_person
}

fn of_person(reminder: &LimitFree) -> String {
    format!(
        "{}:{}:{}",
        reminder.user_id, reminder.by_button, reminder.due
    )
}

/// Clocks of programs and database may differ by so much.
const AFTER: TimeDelta = TimeDelta::seconds(5);

/// Enqueues the reminder for when there are units again; `None` if there are some now, or waiting does not help.
///
/// # Errors
/// Those of the database.
pub async fn enqueue(
    conn: &mut AsyncPgConnection,
    reminder: LimitFree,
    usage: &Usage,
    now: DateTime<Utc>,
) -> QueryResult<Option<Ticket>> {
    let Some(at) = rules::free_at(usage, now) else {
        return Ok(None);
    };
    let delay: Duration = (at + AFTER - now).to_std().unwrap_or_default();
    let due = at.timestamp();
    let reminder = LimitFree { due, ..reminder };
    Ok(Some(ledger::enqueue_in(conn, &reminder, delay).await?))
}
