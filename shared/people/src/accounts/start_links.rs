//! The way to the bot by which a person connects their Telegram account: a link with a token, its claim by who comes with it,
//! and their word. Each function in the caller's transaction.

use audit::model::Origin;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::error::Error;
use uuid::Uuid;

use super::changes::{Done, link_over};
use super::linking::{give_telegram, has_one};
use super::model::Purpose;
use super::{queries, tokens};
use crate::abuse_memory::AbuseMemory;
use crate::users;
use schema::one_time_tokens;

/// What the argument of `/start` begins with.
const ARGUMENT: &str = "link_";

/// A link to the bot by which a person connects their Telegram account. Returns the argument of `/start`.
///
/// # Errors
/// `Conflict` if they have one; those of the database.
pub async fn begin_telegram(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    if !users::queries::lock(conn, user_id).await? {
        return Err(Error::NotFound("user"));
    }
    if users::queries::by_id(conn, user_id)
        .await?
        .telegram_id
        .is_some()
    {
        return Err(has_one("Telegram account"));
    }
    let own = queries::address_of(conn, user_id).await?;
    let (key, spelling, _) = own.unwrap_or_default();
    let secret = tokens::make(conn, user_id, Purpose::LinkTelegram, (&key, &spelling), now).await?;
    Ok(format!("{ARGUMENT}{secret}"))
}

/// The link of an argument of `/start`, as the button names it: by the digest of its token, 43 characters. `None`: it is
/// another argument.
pub fn link_of(argument: &str) -> Option<String> {
    let secret = argument.strip_prefix(ARGUMENT)?;
    Some(BASE64.encode(tokens::digest(secret)))
}

/// What its row is found by; of what names no link, nothing.
fn digest_of(link: &str) -> Vec<u8> {
    BASE64.decode(link).unwrap_or_default()
}

/// The sender of `/start` asks to be connected: from now on the link is theirs. Returns whether it is good.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    link: &str,
    telegram_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let live = one_time_tokens::table
        .find(digest_of(link))
        .filter(one_time_tokens::purpose.eq(Purpose::LinkTelegram.as_str()))
        .filter(one_time_tokens::expires_at.gt(now))
        .filter(
            one_time_tokens::claimed_by
                .is_null()
                .or(one_time_tokens::claimed_by.eq(telegram_id)),
        );
    let claimed = diesel::update(live)
        .set(one_time_tokens::claimed_by.eq(telegram_id))
        .execute(conn)
        .await?;
    Ok(claimed == 1)
}

/// The account that the sender of `/start` may be connected with by this link: its person, and where their letters go.
///
/// # Errors
/// Those of the database.
pub async fn claimed(
    conn: &mut AsyncPgConnection,
    (telegram_id, link): (i64, &str),
    now: DateTime<Utc>,
) -> QueryResult<Option<(Uuid, String)>> {
    one_time_tokens::table
        .find(digest_of(link))
        .filter(one_time_tokens::claimed_by.eq(telegram_id))
        .filter(one_time_tokens::expires_at.gt(now))
        .select((one_time_tokens::user_id, one_time_tokens::spelling))
        .first(conn)
        .await
        .optional()
}

/// The owner of a Telegram account has pressed the button about a link: it is connected with the account of that link.
///
/// # Errors
/// E113 if the link is over; as [`give_telegram`].
pub async fn confirm_telegram(
    conn: &mut AsyncPgConnection,
    (telegram_id, link): (i64, &str),
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let claimed = claimed(conn, (telegram_id, link), now).await?;
    let (user_id, _) = claimed.ok_or_else(link_over)?;
    let done = give_telegram(conn, (user_id, telegram_id), memory, origin, now).await?;
    tokens::end(conn, user_id, &[Purpose::LinkTelegram]).await?;
    Ok(done)
}
