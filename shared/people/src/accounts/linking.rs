//! Several ways in of one person. Each is proved before it is linked, and so is the person who gets it. One that belongs to
//! another person moves only if that person is proved as well and has nothing else to lose; who is left without a way in
//! is erased. Each function in the caller's transaction.

use ::jobs::ledger::{self, Ticket};
use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::error::Error;
use mail::letter::Content;
use serde_json::json;
use uuid::Uuid;

use super::changes::{Done, link_over};
use super::links::Links;
use super::model::{Asked, EMAIL, Purpose, TELEGRAM};
use super::{letters, queries, requests, tokens};
use crate::abuse_memory::AbuseMemory;
use crate::api_keys;
use crate::belongings;
use crate::codes::{LAST_WAY_IN, OTHER_PERSON, SIGN_IN_THERE};
use crate::facts::PersonLinked;
use crate::privacy::messages::{LinkNews, TellLinked};
use crate::privacy::model::RequestKind;
use crate::privacy::{ask, erase};
use crate::sessions::{Method, stored};
use crate::suspensions;
use crate::users;
use crate::users::model::PersonKey;
use schema::identities;

const ALL_LINKS: [Purpose; 5] = [
    Purpose::VerifyEmail,
    Purpose::ResetPassword,
    Purpose::ChangeEmail,
    Purpose::LinkTelegram,
    Purpose::SignIn,
];

/// Gives a person the address that they have asked for, by the link of the letter to it. `by`: who has opened the link,
/// if they are signed in.
///
/// # Errors
/// E113 for a link that works no more; `Conflict` if the person has an address; E218 and E620 for an address of another
/// person who is not signed in, or has something to lose; those of the database.
pub async fn give_email(
    conn: &mut AsyncPgConnection,
    (secret, by): (&str, Option<Uuid>),
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let waiting = requests::look(conn, secret, Asked::LinkEmail, now).await?;
    let waiting = waiting.ok_or_else(link_over)?;
    let user_id = waiting.user_id.ok_or_else(link_over)?;
    let key = waiting.email_key.as_str();
    let owner = queries::owner(conn, key).await?.map(|one| one.user_id);
    lock(conn, memory, [Some(user_id), owner]).await?;
    suspensions::check(conn, PersonKey::Row(user_id), now).await?;
    if queries::address_of(conn, user_id).await?.is_some() {
        return Err(has_one("address"));
    }
    let taken = requests::take(conn, secret, Asked::LinkEmail, now).await?;
    let hash = taken.and_then(|taken| taken.password_hash);
    let hash = hash.ok_or_else(link_over)?;
    let other = queries::owner(conn, key).await?;
    if other.as_ref().map(|one| one.user_id) != owner {
        return Err(link_over());
    }
    memory.remember_use(conn, user_id).await?;
    let mut done = Done::default();
    if let Some(other) = other {
        // Who has never proved the address has squatted it, and loses all that they did with it.
        if other.is_verified {
            if by != Some(other.user_id) {
                return Err(refused(
                    SIGN_IN_THERE,
                    "sign in to the account of this address first",
                ));
            }
            has_nothing(conn, memory, other.user_id).await?;
        }
        done.ended = let_go(conn, other.user_id, EMAIL, memory, origin, now).await?;
        queries::drop_password(conn, other.user_id).await?;
        let row = identities::table
            .filter(identities::provider.eq(EMAIL))
            .filter(identities::subject.eq(key));
        diesel::delete(row).execute(conn).await?;
        done.tickets
            .extend(leave(conn, other.user_id, origin).await?);
    }
    if !queries::give(conn, user_id, (key, &waiting.spelling), now).await? {
        return Err(link_over());
    }
    queries::set_password(conn, user_id, &hash, now).await?;
    done.tickets
        .extend(linked(conn, user_id, EMAIL, memory, origin).await?);
    Ok(done)
}

/// Gives a person a Telegram account, which its owner has proved.
///
/// # Errors
/// `NotFound` for a person who is gone; `Conflict` if they have another one; E620 if its owner has something to lose; those
/// of the database.
pub async fn give_telegram(
    conn: &mut AsyncPgConnection,
    (user_id, telegram_id): (Uuid, i64),
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    let owner = users::queries::id_of_telegram(conn, telegram_id).await?;
    lock(conn, memory, [Some(user_id), owner]).await?;
    suspensions::check(conn, PersonKey::Row(user_id), now).await?;
    match users::queries::by_id(conn, user_id).await?.telegram_id {
        Some(own) if own == telegram_id => return Ok(Done::default()),
        Some(_) => return Err(has_one("Telegram account")),
        None => {}
    }
    if users::queries::id_of_telegram(conn, telegram_id).await? != owner {
        return Err(Error::Conflict(
            "the account changes at this moment".to_owned(),
        ));
    }
    memory.remember_use(conn, user_id).await?;
    let mut done = Done {
        telegram_id: Some(telegram_id),
        ..Done::default()
    };
    if let Some(other) = owner {
        has_nothing(conn, memory, other).await?;
        done.ended = let_go(conn, other, TELEGRAM, memory, origin, now).await?;
        queries::set_telegram(conn, other, None).await?;
        done.tickets.extend(leave(conn, other, origin).await?);
    }
    queries::set_telegram(conn, user_id, Some(telegram_id)).await?;
    done.tickets
        .extend(linked(conn, user_id, TELEGRAM, memory, origin).await?);
    Ok(done)
}

/// A person gives up a way in. What they have used is remembered under it. An address can be taken back for a week.
///
/// # Errors
/// `NotFound` if they have none of this kind; E621 for the only one; those of the database.
pub async fn unlink(
    conn: &mut AsyncPgConnection,
    (user_id, provider): (Uuid, &'static str),
    links: &Links,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Done, Error> {
    lock(conn, memory, [Some(user_id), None]).await?;
    // They would come back by it as another person.
    suspensions::check(conn, PersonKey::Row(user_id), now).await?;
    let ways: Vec<(String, bool)> = identities::table
        .filter(identities::user_id.eq(user_id))
        .select((identities::provider, identities::verified_at.is_not_null()))
        .load(conn)
        .await?;
    if !ways.iter().any(|(one, _)| one == provider) {
        return Err(Error::NotFound("way in"));
    }
    if !ways.iter().any(|(one, proved)| one != provider && *proved) {
        return Err(refused(LAST_WAY_IN, "it is the only way in"));
    }
    let tickets = tell_unlinked(conn, user_id, provider, links, now).await?;
    memory.remember_use(conn, user_id).await?;
    let mut telegram_id = None;
    let method = if provider == EMAIL {
        queries::drop_password(conn, user_id).await?;
        requests::drop_of(conn, user_id).await?;
        tokens::end(conn, user_id, &ALL_LINKS).await?;
        let row = identities::table
            .filter(identities::user_id.eq(user_id))
            .filter(identities::provider.eq(EMAIL));
        diesel::delete(row).execute(conn).await?;
        Method::Password
    } else {
        tokens::end(conn, user_id, &[Purpose::SignIn]).await?;
        telegram_id = users::queries::by_id(conn, user_id).await?.telegram_id;
        queries::set_telegram(conn, user_id, None).await?;
        Method::Telegram
    };
    let ended =
        stored::end_of_method(conn, (user_id, None), method, "way_in_unlinked", now).await?;
    note(conn, origin, user_id, "identity_unlinked", provider).await?;
    Ok(Done {
        tickets,
        ended,
        telegram_id,
    })
}

async fn tell_unlinked(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    provider: &'static str,
    links: &Links,
    now: DateTime<Utc>,
) -> Result<Vec<Ticket>, Error> {
    let user = users::queries::by_id(conn, user_id).await?;
    let mut tickets = tell(conn, user_id, LinkNews::Unlinked).await?;
    let undo = match (provider, queries::address_of(conn, user_id).await?) {
        // Only who has proved an address can take it back.
        (EMAIL, Some((key, spelling, Some(_)))) => {
            let about = (key.as_str(), spelling.as_str());
            let secret = tokens::make(conn, user_id, Purpose::UndoEmail, about, now).await?;
            Some(links.undo(&secret, user.language()))
        }
        _ => None,
    };
    tickets.extend(letters::to_person(conn, user_id, Content::Unlinked { undo }).await?);
    Ok(tickets)
}

/// Locks the persons and what is theirs, in one order.
async fn lock(
    conn: &mut AsyncPgConnection,
    memory: &AbuseMemory,
    persons: [Option<Uuid>; 2],
) -> Result<(), Error> {
    let mut persons: Vec<Uuid> = persons.into_iter().flatten().collect();
    persons.sort_unstable();
    persons.dedup();
    for id in persons {
        let person = erase::lock(conn, memory.features(), id).await?;
        person.ok_or(Error::NotFound("user"))?;
    }
    Ok(())
}

/// Whether a person has nothing to lose.
async fn has_nothing(
    conn: &mut AsyncPgConnection,
    memory: &AbuseMemory,
    user_id: Uuid,
) -> Result<(), Error> {
    match belongings::first(conn, memory.features(), user_id).await? {
        Some(table) => Err(refused(
            OTHER_PERSON,
            &format!("the other account has rows in {table}"),
        )),
        None => Ok(()),
    }
}

/// A person loses a way in to another one: all that could be done by it ends. Returns the sessions that have ended.
async fn let_go(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    provider: &'static str,
    memory: &AbuseMemory,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Error> {
    memory.remember_use(conn, user_id).await?;
    requests::drop_of(conn, user_id).await?;
    tokens::end(conn, user_id, &ALL_LINKS).await?;
    api_keys::queries::revoke_all_of(conn, user_id, now, (origin, None)).await?;
    note(conn, origin, user_id, "identity_moved", provider).await?;
    Ok(stored::end_all(conn, user_id, None, "way_in_moved", now).await?)
}

/// Has a person erased who has no way in any more.
async fn leave(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
) -> Result<Option<Ticket>, Error> {
    let left = identities::table.filter(identities::user_id.eq(user_id));
    if diesel::select(exists(left)).get_result(conn).await? {
        return Ok(None);
    }
    let (_, ticket) = ask::ask(conn, user_id, RequestKind::Deletion, &[], origin).await?;
    Ok(ticket)
}

/// What follows when a person has got a way in.
async fn linked(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    provider: &'static str,
    memory: &AbuseMemory,
    origin: &Origin,
) -> Result<Vec<Ticket>, Error> {
    memory.recall(conn, user_id).await?;
    events::record(conn, Some(user_id), &PersonLinked { provider }).await?;
    note(conn, origin, user_id, "identity_linked", provider).await?;
    let mut tickets = tell(conn, user_id, LinkNews::Linked).await?;
    tickets.extend(letters::to_person(conn, user_id, Content::Linked).await?);
    Ok(tickets)
}

/// Tells a person in the chat with the bot, if they have one.
async fn tell(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    news: LinkNews,
) -> Result<Vec<Ticket>, Error> {
    let Some(chat_id) = users::queries::by_id(conn, user_id).await?.telegram_id else {
        return Ok(Vec::new());
    };
    let job = TellLinked {
        user_id,
        chat_id,
        news,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}

async fn note(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    user_id: Uuid,
    action: &'static str,
    provider: &'static str,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(user_id),
        action,
        entity_type: "account",
        entity_id: Some(user_id),
        old_value: None,
        new_value: Some(json!({ "provider": provider })),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}

pub(super) fn has_one(what: &str) -> Error {
    Error::Conflict(format!(
        "this account has another {what}: disconnect that one first"
    ))
}

fn refused(code: kernel::error::ErrorCode, why: &str) -> Error {
    Error::Invalid {
        code,
        field: "provider",
        why: why.to_owned(),
    }
}
