//! SQL over `address_requests`: what is asked for an address, until a job has decided it; an account that is to be
//! made, until its address is proved.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Language;
use uuid::Uuid;

use super::jobs::DecideAddressRequest;
use super::model::{Asked, Registration, Request};
use super::tokens::digest;
use crate::addresses::Address;
use schema::address_requests as requests;

/// How long an account waits for the proof of its address.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What a link is for, and how long it works.
fn lifetime(asked: Asked) -> TimeDelta {
    match asked {
        Asked::ForgotPassword | Asked::LinkEmail => TimeDelta::hours(1),
        _ => LIFETIME,
    }
}

/// Asks for something. In the caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn ask(
    conn: &mut AsyncPgConnection,
    asked: Asked,
    address: &Address,
    language: Language,
    user_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Ticket> {
    let request = Request {
        id: Uuid::now_v7(),
        kind: asked.as_str().to_owned(),
        email_key: address.key.clone(),
        spelling: address.spelling.clone(),
        language_code: language.code().to_owned(),
        user_id,
        password_hash: None,
        name: None,
        phone: None,
        company: None,
        created_at: now,
    };
    write(conn, &request).await
}

/// Asks for an account.
///
/// # Errors
/// Those of the database.
pub async fn ask_to_register(
    conn: &mut AsyncPgConnection,
    registration: Registration,
    now: DateTime<Utc>,
) -> QueryResult<Ticket> {
    let request = Request {
        id: Uuid::now_v7(),
        kind: Asked::Register.as_str().to_owned(),
        email_key: registration.email_key,
        spelling: registration.spelling,
        language_code: registration.language.code().to_owned(),
        user_id: None,
        password_hash: Some(registration.password_hash),
        name: registration.name,
        phone: registration.phone,
        company: registration.company,
        created_at: now,
    };
    write(conn, &request).await
}

/// Asks for an address for a person who has none, and for a password to sign in with.
///
/// # Errors
/// Those of the database.
pub async fn ask_to_link(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    address: &Address,
    password_hash: String,
    language: Language,
    now: DateTime<Utc>,
) -> QueryResult<Ticket> {
    drop_of(conn, user_id).await?;
    let request = Request {
        id: Uuid::now_v7(),
        kind: Asked::LinkEmail.as_str().to_owned(),
        email_key: address.key.clone(),
        spelling: address.spelling.clone(),
        language_code: language.code().to_owned(),
        user_id: Some(user_id),
        password_hash: Some(password_hash),
        name: None,
        phone: None,
        company: None,
        created_at: now,
    };
    write(conn, &request).await
}

async fn write(conn: &mut AsyncPgConnection, request: &Request) -> QueryResult<Ticket> {
    diesel::insert_into(requests::table)
        .values(request)
        .execute(conn)
        .await?;
    let job = DecideAddressRequest {
        request_id: request.id,
    };
    ledger::enqueue(conn, &job).await
}

/// A request, locked, if it is there and was not decided.
///
/// # Errors
/// Those of the database.
pub async fn undecided(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Request>> {
    requests::table
        .find(id)
        .filter(requests::digest.is_null())
        .select(Request::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// The newest account that waits for the proof of this address.
///
/// # Errors
/// Those of the database.
pub async fn waiting(
    conn: &mut AsyncPgConnection,
    email_key: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Request>> {
    requests::table
        .filter(requests::email_key.eq(email_key))
        .filter(requests::kind.eq(Asked::Register.as_str()))
        .filter(requests::digest.is_not_null())
        .filter(requests::created_at.gt(now - LIFETIME))
        .order(requests::created_at.desc())
        .select(Request::as_select())
        .first(conn)
        .await
        .optional()
}

/// From now on the request waits for the proof of its address by this secret, and by no other.
///
/// # Errors
/// Those of the database.
pub async fn wait_for(conn: &mut AsyncPgConnection, id: Uuid, secret: &str) -> QueryResult<()> {
    diesel::update(requests::table.find(id))
        .set(requests::digest.eq(digest(secret)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// What waits for the proof by this secret, while its link works. Uses nothing up.
///
/// # Errors
/// Those of the database.
pub async fn look(
    conn: &mut AsyncPgConnection,
    secret: &str,
    asked: Asked,
    now: DateTime<Utc>,
) -> QueryResult<Option<Request>> {
    requests::table
        .filter(requests::digest.eq(digest(secret)))
        .filter(requests::kind.eq(asked.as_str()))
        .filter(requests::created_at.gt(now - lifetime(asked)))
        .select(Request::as_select())
        .first(conn)
        .await
        .optional()
}

/// Uses up the proof of an address, and ends all else that waits for it: of two at once one gets it.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    secret: &str,
    asked: Asked,
    now: DateTime<Utc>,
) -> QueryResult<Option<Request>> {
    let Some(found) = look(conn, secret, asked, now).await? else {
        return Ok(None);
    };
    // All that wait for this address, in one order: whoever proves it at the same moment waits, and finds the link gone.
    let all: Vec<Uuid> = requests::table
        .filter(requests::email_key.eq(&found.email_key))
        .filter(requests::digest.is_not_null())
        .order(requests::id)
        .select(requests::id)
        .for_update()
        .load(conn)
        .await?;
    let waiting = requests::table.filter(requests::id.eq_any(&all));
    diesel::delete(waiting).execute(conn).await?;
    Ok(all.contains(&found.id).then_some(found))
}

/// Deletes a request that is answered.
///
/// # Errors
/// Those of the database.
pub async fn drop(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(requests::table.find(id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Deletes what a person has asked for and was not decided yet.
///
/// # Errors
/// Those of the database.
pub async fn drop_of(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    let asked = requests::table.filter(requests::user_id.eq(user_id));
    diesel::delete(asked).execute(conn).await.map(|_| ())
}

/// The statements that delete what was not answered in a day.
pub const PRUNE: &[&str] = &["DELETE FROM address_requests WHERE id IN (
         SELECT id FROM address_requests WHERE created_at < now() - interval '1 day' LIMIT $1)"];
