//! Another address of a person: proved, and taken back. Each function in the caller's transaction.

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::result::{DatabaseErrorKind, Error as Db};
use diesel_async::AsyncPgConnection;
use kernel::error::Error;
use mail::letter::Content;
use serde_json::json;

use super::changes::{Done, ask_for_password, link_over, note};
use super::links::Links;
use super::model::Purpose;
use super::tokens::Token;
use super::{letters, queries, requests, tokens};
use crate::abuse_memory::AbuseMemory;
use crate::api_keys;
use crate::factors;
use crate::sessions::stored;
use crate::suspensions;
use crate::users;
use crate::users::model::PersonKey;

/// A person has proved the address that they change to. The old one is told, with a link that undoes it.
///
/// # Errors
/// E113 for a link that works no more, also when the address has got an owner; those of the database.
pub async fn confirm_email(
    conn: &mut AsyncPgConnection,
    secret: &str,
    links: &Links,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let token = tokens::take(conn, secret, Purpose::ChangeEmail, now).await?;
    let token = token.ok_or_else(link_over)?;
    let user_id = token.user_id;
    suspensions::check(conn, PersonKey::Row(user_id), now).await?;
    // Only who has proved an address can take it back.
    let before = queries::address_of(conn, user_id).await?;
    let was_proved = before.is_some_and(|(.., at)| at.is_some());
    let old = moved(conn, &token, memory, now).await?;
    note(conn, origin, user_id, "email_changed", json!({})).await?;
    if !was_proved {
        return Ok(Done::default());
    }
    let about = (old.0.as_str(), old.1.as_str());
    let undo = tokens::make(conn, user_id, Purpose::UndoEmail, about, now).await?;
    let language = users::queries::by_id(conn, user_id).await?.language();
    let content = Content::EmailChanged {
        to: token.spelling,
        undo: links.undo(&undo, language),
    };
    let ticket = letters::to_address(conn, &old.1, Some(user_id), language, content).await?;
    Ok(Done {
        tickets: vec![ticket],
        ..Done::default()
    })
}

/// The address is changed, and the links end that went to the one before.
async fn moved(
    conn: &mut AsyncPgConnection,
    token: &Token,
    memory: &AbuseMemory,
    now: DateTime<Utc>,
) -> Result<(String, String), Error> {
    let to = (token.email_key.as_str(), token.spelling.as_str());
    let old = queries::move_to(conn, token.user_id, to, memory, now).await;
    let old = old.map_err(|why| match why {
        // Another person has got the address this moment.
        Db::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => link_over(),
        why => why.into(),
    })?;
    let purposes = [
        Purpose::VerifyEmail,
        Purpose::ResetPassword,
        Purpose::ChangeEmail,
    ];
    tokens::end(conn, token.user_id, &purposes).await?;
    old.ok_or_else(link_over)
}

/// The owner of the old address takes a change back, and those that came after it. Who made it knew the password: it is
/// none any more, all sessions and keys end, and the old address gets a link for another one.
///
/// # Errors
/// E113 for a link that works no more; those of the database.
pub async fn undo_email(
    conn: &mut AsyncPgConnection,
    secret: &str,
    links: &Links,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let token = tokens::take(conn, secret, Purpose::UndoEmail, now).await?;
    let token = token.ok_or_else(link_over)?;
    let user_id = token.user_id;
    requests::drop_of(conn, user_id).await?;
    moved(conn, &token, memory, now).await?;
    tokens::end_undoing(conn, user_id, token.created_at).await?;
    // The person who made the change may have connected an account of theirs before it, or a second factor.
    let since = token.created_at - TimeDelta::days(7);
    let telegram_id = queries::disconnect_since(conn, user_id, since, memory).await?;
    factors::queries::remove_since(conn, user_id, since).await?;
    queries::drop_password(conn, user_id).await?;
    api_keys::queries::revoke_all_of(conn, user_id, now, (origin, Some(user_id))).await?;
    let ended = stored::end_all(conn, user_id, None, "email_change_undone", now).await?;
    note(
        conn,
        origin,
        user_id,
        "email_change_undone",
        json!({ "sessions_ended": ended.len() }),
    )
    .await?;
    let about = (token.email_key.as_str(), token.spelling.as_str());
    let tickets = ask_for_password(conn, user_id, about, links, now).await?;
    Ok(Done {
        tickets,
        ended,
        telegram_id,
    })
}
