//! A person proves themselves by a passkey, in a transaction of the caller.

use ::jobs::ledger::Ticket;
use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::error::Error;
use mail::letter::Content;
use serde_json::json;
use uuid::Uuid;

use super::ceremony::{RelyingParty, verify};
use super::challenges::{self, Purpose};
use super::client_data::ClientData;
use super::queries::{self, Row};
use super::wire::{Assertion, Credential};
use crate::accounts::letters;
use crate::codes::WRONG_PASSKEY;
use crate::sessions::Sessions;
use crate::users;

/// What a person shows, and what for.
pub struct Shown<'a> {
    pub credential: &'a Credential<Assertion>,
    pub party: &'a RelyingParty,
    pub sessions: &'a Sessions,
    pub purpose: Purpose,
    /// Whose passkey it has to be; `None`: it tells.
    pub user_id: Option<Uuid>,
}

/// What came of it. Both are to be committed.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// This person is proved by two factors, and locked to the end of the transaction.
    Proved(Uuid),
    /// There are two of an authenticator that cannot be copied. It proves nothing, and its person is told.
    Copied(Vec<Ticket>),
}

/// The refusal, whatever was wrong: whether a passkey is known is not told.
pub fn refused(why: &str) -> Error {
    tracing::debug!(why, "a passkey is refused");
    Error::Unauthenticated(WRONG_PASSKEY)
}

/// Checks what a person shows, and uses the challenge up.
///
/// # Errors
/// E223 for what proves nothing; those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    shown: &Shown<'_>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Verdict, Error> {
    let response = &shown.credential.response;
    let client_data = ClientData::read(&response.client_data.0).map_err(refused)?;
    let challenge = challenges::open(shown.sessions, shown.purpose, &client_data.challenge, now);
    let challenge = challenge.map_err(refused)?;
    if !challenges::spend(conn, &challenge).await? {
        return Err(refused("the challenge was used"));
    }
    if shown.user_id.is_none() && response.user_handle.is_none() {
        return Err(refused("a sign-in needs the user handle"));
    }
    let row = locked(conn, &shown.credential.id.0).await?;
    let row = row.ok_or_else(|| refused("the passkey is not known"))?;
    if shown.user_id.is_some_and(|person| person != row.user_id) {
        return Err(refused("a passkey of another person"));
    }
    let signed = verify(shown.party, row.known(), response).map_err(refused)?;
    if signed.is_copy {
        return Ok(Verdict::Copied(tell(conn, &row, origin).await?));
    }
    queries::used(conn, row.id, &signed, now).await?;
    Ok(Verdict::Proved(row.user_id))
}

/// The passkey of a credential, whose person is locked first, as everywhere ([`users::queries::lock`]).
async fn locked(conn: &mut AsyncPgConnection, credential_id: &[u8]) -> Result<Option<Row>, Error> {
    let Some(found) = queries::of_credential(conn, credential_id).await? else {
        return Ok(None);
    };
    if !users::queries::lock(conn, found.user_id).await? {
        return Ok(None);
    }
    Ok(queries::of_credential(conn, credential_id).await?)
}

async fn tell(
    conn: &mut AsyncPgConnection,
    row: &Row,
    origin: &Origin,
) -> Result<Vec<Ticket>, Error> {
    let change = Change {
        user_id: Some(row.user_id),
        action: "passkey_copied",
        entity_type: "passkey",
        entity_id: Some(row.id),
        old_value: None,
        new_value: Some(json!({ "name": row.name })),
    };
    audit::queries::record(conn, origin, change).await?;
    let name = row.name.clone();
    Ok(letters::to_person(conn, row.user_id, Content::PasskeyCopied { name }).await?)
}
