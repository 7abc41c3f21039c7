//! SQL over `telegram_updates`, and over the jobs of notices: Telegram delivers an update again when our answer was lost.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::jobs::SendNotice;
use ::jobs::Job;
use schema::telegram_updates;
use uuid::Uuid;

/// Whether this update of a bot is new; it is remembered in the caller's transaction, so a failed
/// handling forgets it again.
///
/// # Errors
/// Those of the database.
pub async fn is_new(
    conn: &mut AsyncPgConnection,
    bot_id: i64,
    update_id: i64,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(telegram_updates::table)
        .values((
            telegram_updates::bot_id.eq(bot_id),
            telegram_updates::update_id.eq(update_id),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// How many notices of a person wait to be sent.
///
/// # Errors
/// Those of the database.
pub async fn waiting_notices(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<i64> {
    use jobs::JobState::{Queued, Running};
    schema::jobs::table
        .filter(schema::jobs::subject_id.eq(user_id))
        .filter(schema::jobs::kind.eq(SendNotice::KIND))
        .filter(schema::jobs::state.eq_any([Queued, Running]))
        .count()
        .get_result(conn)
        .await
}

/// Old rows (see [`jobs::prune`]): updates that Telegram will not send
/// again: it keeps an unconfirmed one for 24 hours.
pub const PRUNE: &[&str] = &["DELETE FROM telegram_updates WHERE (bot_id, update_id) IN (
         SELECT bot_id, update_id FROM telegram_updates
         WHERE received_at < now() - interval '7 days' LIMIT $1)"];
