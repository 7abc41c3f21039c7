//! What a person does with their account, each in one transaction of the caller: the rows, the ends of sessions and
//! links, a line of the audit log, the letters.

use ::jobs::ledger::Ticket;
use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use kernel::error::Error;
use mail::letter::Content;
use serde_json::{Value, json};
use uuid::Uuid;

use super::links::Links;
use super::model::{Asked, Purpose, Registration, Request};
use super::{letters, queries, requests, tokens};
use crate::abuse_memory::AbuseMemory;
use crate::api_keys;
use crate::codes::LINK_OVER;
use crate::factors;
use crate::passkeys;
use crate::sessions::{proofs, stored};
use crate::users;

/// What a change leaves to do after its commit.
#[derive(Debug, Default)]
pub struct Done {
    pub tickets: Vec<Ticket>,
    /// Sessions that have ended.
    pub ended: Vec<Uuid>,
    /// The Telegram account that is another person's now.
    pub telegram_id: Option<i64>,
}

/// The refusal of a link that was used, is over, or was never made.
pub fn link_over() -> Error {
    Error::Invalid {
        code: LINK_OVER,
        field: "token",
        why: "used, expired or replaced by a newer link".to_owned(),
    }
}

pub(super) async fn note(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    user_id: Uuid,
    action: &'static str,
    new_value: Value,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(user_id),
        action,
        entity_type: "account",
        entity_id: Some(user_id),
        old_value: None,
        new_value: Some(new_value),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}

/// Makes a person at once, whose address is not proved yet (`ACCOUNTS_HIDE_EXISTENCE=false`).
///
/// # Errors
/// `Conflict` if the address has an owner; those of the database.
pub async fn register(
    conn: &mut AsyncPgConnection,
    new: &Registration,
    memory: &AbuseMemory,
    links: &Links,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Uuid, Done), Error> {
    let made = queries::create(conn, new, None, memory, now).await?;
    let id = made.ok_or_else(|| Error::Conflict("this address has an account".to_owned()))?;
    note(
        conn,
        origin,
        id,
        "account_created",
        json!({ "by": "email" }),
    )
    .await?;
    let about = (new.email_key.as_str(), new.spelling.as_str());
    let secret = tokens::make(conn, id, Purpose::VerifyEmail, about, now).await?;
    let link = links.verify(&secret, new.language);
    let tickets = letters::to_person(conn, id, Content::VerifyEmail { link }).await?;
    Ok((
        id,
        Done {
            tickets,
            ..Done::default()
        },
    ))
}

/// What is to be shown with a link that proves an address.
#[derive(Clone, Debug)]
pub struct ToProve {
    pub email_key: String,
    /// Of the password that the account was asked for with. Whoever opens the link has to know it: a stranger may have
    /// asked for an account with this address, and would keep it otherwise.
    pub password_hash: Option<String>,
}

/// What a link proves, while it works. Uses nothing up.
///
/// # Errors
/// E113 for a link that works no more; those of the database.
pub async fn to_prove(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<ToProve, Error> {
    if let Some(token) = tokens::look(conn, secret, Purpose::VerifyEmail, now).await? {
        return Ok(ToProve {
            password_hash: queries::password(conn, token.user_id).await?,
            email_key: token.email_key,
        });
    }
    let waiting = requests::look(conn, secret, Asked::Register, now).await?;
    let waiting = waiting.ok_or_else(link_over)?;
    Ok(ToProve {
        email_key: waiting.email_key,
        password_hash: waiting.password_hash,
    })
}

/// The same of a link that connects an address with a Telegram account: the password is the one that its owner has chosen.
///
/// # Errors
/// E113 for a link that works no more; those of the database.
pub async fn to_link(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<ToProve, Error> {
    let waiting = requests::look(conn, secret, Asked::LinkEmail, now).await?;
    let waiting = waiting.ok_or_else(link_over)?;
    Ok(ToProve {
        email_key: waiting.email_key,
        password_hash: waiting.password_hash,
    })
}

/// An address is proved, by a link and the password: of a person, or of an account that waits for it and is made now.
///
/// # Errors
/// E113 for a link that works no more, or with another password than was compared; those of the database.
pub async fn verify(
    conn: &mut AsyncPgConnection,
    secret: &str,
    shown: &ToProve,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    if let Some(token) = tokens::take(conn, secret, Purpose::VerifyEmail, now).await? {
        if queries::password(conn, token.user_id).await? != shown.password_hash {
            return Err(link_over());
        }
        queries::verify(conn, token.user_id, &token.email_key, now).await?;
        note(conn, origin, token.user_id, "email_verified", json!({})).await?;
        return welcome(conn, token.user_id, None).await;
    }
    let waiting = requests::take(conn, secret, Asked::Register, now).await?;
    let waiting = waiting.ok_or_else(link_over)?;
    let name = waiting.name.clone();
    let id = make(conn, waiting, memory, origin, now).await?;
    welcome(conn, id, name).await
}

/// Makes the account of a request whose address is proved.
async fn make(
    conn: &mut AsyncPgConnection,
    waiting: Request,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let language = waiting.language();
    let new = Registration {
        email_key: waiting.email_key,
        spelling: waiting.spelling,
        password_hash: waiting.password_hash.ok_or_else(link_over)?,
        name: waiting.name,
        phone: waiting.phone,
        company: waiting.company,
        language,
    };
    let made = queries::create(conn, &new, Some(now), memory, now).await?;
    let id = made.ok_or_else(link_over)?;
    let by = json!({ "by": "email" });
    note(conn, origin, id, "account_created", by).await?;
    Ok(id)
}

/// Sends a person a link by which they set a password.
pub(super) async fn ask_for_password(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    about: (&str, &str),
    links: &Links,
    now: DateTime<Utc>,
) -> Result<Vec<Ticket>, Error> {
    let secret = tokens::make(conn, user_id, Purpose::ResetPassword, about, now).await?;
    let language = users::queries::by_id(conn, user_id).await?.language();
    let link = links.reset(&secret, language);
    Ok(letters::to_person(conn, user_id, Content::ResetPassword { link }).await?)
}

async fn welcome(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    name: Option<String>,
) -> Result<Done, Error> {
    let tickets = letters::to_person(conn, id, Content::Welcome { name }).await?;
    Ok(Done {
        tickets,
        ..Done::default()
    })
}

/// A person changes their password. Their other sessions end, and the links that would set another one or another
/// address: who had the old password may have asked for them.
///
/// # Errors
/// Those of the database.
pub async fn change_password(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    hash: &str,
    this_session: Option<Uuid>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    if !users::queries::lock(conn, user_id).await? {
        return Err(Error::NotFound("user"));
    }
    queries::set_password(conn, user_id, hash, now).await?;
    // Before the links: of a request that is decided this moment, the link is there when this goes on.
    requests::drop_of(conn, user_id).await?;
    tokens::end(
        conn,
        user_id,
        &[Purpose::ResetPassword, Purpose::ChangeEmail],
    )
    .await?;
    let ended = stored::end_all(conn, user_id, this_session, "password_changed", now).await?;
    note(
        conn,
        origin,
        user_id,
        "password_changed",
        json!({ "sessions_ended": ended.len() }),
    )
    .await?;
    let tickets = letters::to_person(conn, user_id, Content::PasswordChanged).await?;
    Ok(Done {
        tickets,
        ended,
        telegram_id: None,
    })
}

/// The address that a link sets a password for, while it works. Uses nothing up.
///
/// # Errors
/// E113 for a link that works no more; those of the database.
pub async fn to_reset(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    if let Some(token) = tokens::look(conn, secret, Purpose::ResetPassword, now).await? {
        return Ok(token.email_key);
    }
    let waiting = requests::look(conn, secret, Asked::ForgotPassword, now).await?;
    Ok(waiting.ok_or_else(link_over)?.email_key)
}

/// A person sets a password by a link, which proves the address as well. All sessions end, and the keys of the account:
/// who has registered with an address of others loses what they made. Where accounts only wait for the address, they end,
/// and the person gets one of their own, with nothing that others have written.
///
/// # Errors
/// E113 for a link that works no more; those of the database.
pub async fn reset_password(
    conn: &mut AsyncPgConnection,
    secret: &str,
    hash: &str,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let Some(token) = tokens::take(conn, secret, Purpose::ResetPassword, now).await? else {
        let waiting = requests::take(conn, secret, Asked::ForgotPassword, now).await?;
        let waiting = Request {
            password_hash: Some(hash.to_owned()),
            ..waiting.ok_or_else(link_over)?
        };
        let id = make(conn, waiting, memory, origin, now).await?;
        return welcome(conn, id, None).await;
    };
    // The link went to the address that they had then.
    let own = queries::address_of(conn, token.user_id).await?;
    if own.is_none_or(|(key, ..)| key != token.email_key) {
        return Err(link_over());
    }
    let mut telegram_id = None;
    if queries::verify(conn, token.user_id, &token.email_key, now).await? {
        // What was set up by who had not proved it.
        let ever = DateTime::<Utc>::MIN_UTC;
        telegram_id = queries::disconnect_since(conn, token.user_id, ever, memory).await?;
        factors::queries::remove_all(conn, token.user_id).await?;
    }
    // Who knew the old password may have added one, which would sign them in for ever.
    let lately = now - TimeDelta::days(7);
    passkeys::queries::remove_since(conn, token.user_id, lately).await?;
    if !factors::queries::has_any(conn, token.user_id).await? {
        factors::queries::remove_codes(conn, token.user_id).await?;
        proofs::forget_second(conn, token.user_id).await?;
    }
    tokens::end(conn, token.user_id, &[Purpose::VerifyEmail]).await?;
    api_keys::queries::revoke_all_of(conn, token.user_id, now, (origin, Some(token.user_id)))
        .await?;
    let done = change_password(conn, token.user_id, hash, None, origin, now).await?;
    Ok(Done {
        telegram_id,
        ..done
    })
}
