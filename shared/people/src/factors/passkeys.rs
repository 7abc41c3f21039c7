//! What a person does with their passkeys, each in one transaction of the caller.

use ::jobs::ledger::Ticket;
use diesel_async::AsyncPgConnection;
use kernel::error::Error;
use mail::letter::Content;
use uuid::Uuid;

use super::acts::{By, new_codes, switched_off, switched_on};
use super::queries::has_any;
use crate::passkeys::ceremony::New;
use crate::passkeys::challenges::{self, Challenge};
use crate::passkeys::queries::{self, Row};
use crate::sessions::{Method, stored};

/// How many passkeys a person may have.
pub const MOST: i64 = 20;

/// How many letters a name may have.
pub const NAME_MAX: usize = 100;

/// A passkey that was added.
pub struct Added {
    pub row: Row,
    /// Where it is the first factor; they are stored nowhere.
    pub recovery_codes: Option<Vec<String>>,
    pub tickets: Vec<Ticket>,
}

/// A person gets a passkey, which was checked. From now on it is a second factor, and the session has proved one.
///
/// # Errors
/// `Conflict` for a credential that is known, or one too many; E105 for a challenge that was used; those of the database.
pub async fn add(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    (new, name): (&New, &str),
    challenge: &Challenge,
) -> Result<Added, Error> {
    by.lock(conn).await?;
    if !challenges::spend(conn, challenge).await? {
        return Err(Error::invalid("credential", "the challenge was used"));
    }
    if queries::count(conn, by.user_id).await? >= MOST {
        return Err(Error::Conflict(format!(
            "an account has {MOST} passkeys at most: remove one first"
        )));
    }
    let is_first = !has_any(conn, by.user_id).await?;
    let row = queries::insert(conn, (by.user_id, name), new, by.now).await?;
    let row = row.ok_or_else(|| Error::Conflict("this passkey is known already".to_owned()))?;
    let recovery_codes = match is_first {
        true => Some(new_codes(conn, by.user_id).await?),
        false => None,
    };
    let name = name.to_owned();
    let letter = Content::PasskeyAdded { name };
    let tickets = switched_on(conn, by, Method::Passkey, letter).await?;
    Ok(Added {
        row,
        recovery_codes,
        tickets,
    })
}

/// A person gives a passkey another name.
///
/// # Errors
/// `NotFound` if they have no such one; those of the database.
pub async fn rename(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    name: &str,
) -> Result<Row, Error> {
    let row = queries::rename(conn, (user_id, id), name).await?;
    row.ok_or(Error::NotFound("passkey"))
}

/// A person gives a passkey up. It is never the only way in: each person has an identity besides, which is not given up
/// for a passkey. The other sessions that passkeys have begun end: it may have been on a device that is lost. Returns them.
///
/// # Errors
/// `NotFound` if they have no such one; those of the database.
pub async fn remove(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    id: Uuid,
) -> Result<(Vec<Ticket>, Vec<Uuid>), Error> {
    by.lock(conn).await?;
    let name = queries::remove(conn, (by.user_id, id)).await?;
    let name = name.ok_or(Error::NotFound("passkey"))?;
    let but = Some(by.session);
    let ended = stored::end_of_method(
        conn,
        (by.user_id, but),
        Method::Passkey,
        "passkey_removed",
        by.now,
    )
    .await?;
    let letter = Content::PasskeyRemoved { name };
    let tickets = switched_off(conn, by, Method::Passkey, letter).await?;
    Ok((tickets, ended))
}

/// The name of a passkey, as it is kept.
///
/// # Errors
/// E105 for none, or too long a one.
pub fn name(given: &str) -> Result<&str, Error> {
    let name = given.trim();
    match (1..=NAME_MAX).contains(&name.chars().count()) {
        true => Ok(name),
        false => Err(Error::invalid("name", "must have 1 to 100 letters")),
    }
}
