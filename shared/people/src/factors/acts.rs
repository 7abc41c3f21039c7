//! What a person does with their second factors, each in one transaction of the caller, in which their row is locked:
//! the rows, a line of the audit log, a fact, a letter.

use ::jobs::ledger::Ticket;
use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::error::Error;
use mail::letter::Content;
use serde_json::{Value, json};
use uuid::Uuid;

use super::totp::{Enrolment, SECRET_LEN, enrolment, step_of};
use super::vault::Vault;
use super::{queries, recovery};
use crate::accounts::letters;
use crate::accounts::queries::address_of;
use crate::codes::WRONG_CODE;
use crate::facts::{SecondFactorOff, SecondFactorOn};
use crate::sessions::{Method, proofs};
use crate::users;

/// What an app calls an account without an address.
const NAMELESS: &str = "account";

/// The refusal of what proves nothing: wrong, used, or of somebody else.
pub fn wrong() -> Error {
    Error::Unauthenticated(WRONG_CODE)
}

/// Who acts, in which session, from where.
pub struct By<'a> {
    pub user_id: Uuid,
    pub session: Uuid,
    pub origin: &'a Origin,
    pub now: DateTime<Utc>,
}

impl By<'_> {
    /// Locks the person, to the end of the transaction.
    ///
    /// # Errors
    /// `NotFound` for a person who is gone; those of the database.
    pub(super) async fn lock(&self, conn: &mut AsyncPgConnection) -> Result<(), Error> {
        let is_there = users::queries::lock(conn, self.user_id).await?;
        is_there.then_some(()).ok_or(Error::NotFound("user"))
    }
}

async fn note(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    user_id: Uuid,
    action: &'static str,
    new_value: Value,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(user_id),
        action,
        entity_type: "second_factor",
        entity_id: Some(user_id),
        old_value: None,
        new_value: Some(new_value),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}

/// Begins to set up an app: what it needs, which is in use once a code is shown. One that was begun before is none.
///
/// # Errors
/// `Conflict` while an app is in use, or without a key to seal with; those of the database.
pub async fn begin_app(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    vault: &Vault,
) -> Result<Enrolment, Error> {
    by.lock(conn).await?;
    let secret: [u8; SECRET_LEN] = rand::random();
    let sealed = vault.seal(by.user_id, &secret)?;
    if !queries::put_secret(conn, by.user_id, &sealed, by.now).await? {
        return Err(Error::Conflict(
            "an app is in use: switch it off first".to_owned(),
        ));
    }
    let address = address_of(conn, by.user_id).await?;
    let account = address
        .as_ref()
        .map_or(NAMELESS, |(_, spelling, _)| spelling);
    enrolment(&secret, account)
}

/// A code shows that the app has the secret: it is in use from now on, the code is used up, and the session has proved a
/// second factor. Returns recovery codes, which are stored nowhere.
///
/// # Errors
/// `Conflict` if no app is being set up; E220 for a wrong code; those of the database.
pub async fn confirm_app(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    code: &str,
    vault: &Vault,
) -> Result<(Vec<String>, Vec<Ticket>), Error> {
    by.lock(conn).await?;
    let secret = queries::secret(conn, by.user_id).await?;
    let begun = secret.filter(|secret| secret.confirmed_at.is_none());
    let Some(secret) = begun else {
        return Err(Error::Conflict(
            "no app is being set up: begin with POST /v1/auth/2fa/totp".to_owned(),
        ));
    };
    if !takes(conn, by.user_id, &secret, code, vault, by.now).await? {
        return Err(wrong());
    }
    queries::confirm_secret(conn, by.user_id, by.now).await?;
    let codes = new_codes(conn, by.user_id).await?;
    let tickets = switched_on(conn, by, Method::Code, Content::SecondFactorOn).await?;
    Ok((codes, tickets))
}

/// Whether this is the newest code of an app, which is used up by it.
async fn takes(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    secret: &queries::Secret,
    code: &str,
    vault: &Vault,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let opened = vault.open(user_id, &secret.key_id, &secret.sealed)?;
    match step_of(&opened, code, now) {
        Some(step) => Ok(queries::take_step(conn, user_id, step).await?),
        None => Ok(false),
    }
}

/// What follows when a person has got a factor, by which the session is proved; with a letter about it.
pub(super) async fn switched_on(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    method: Method,
    letter: Content,
) -> Result<Vec<Ticket>, Error> {
    let (user_id, method_name) = (by.user_id, method.as_str());
    proofs::prove(conn, by.session, Some(method), by.now).await?;
    let value = json!({ "method": method_name });
    note(conn, by.origin, user_id, "second_factor_on", value).await?;
    let fact = SecondFactorOn {
        method: method_name,
    };
    events::record(conn, Some(user_id), &fact).await?;
    Ok(letters::to_person(conn, user_id, letter).await?)
}

/// Makes recovery codes in the place of those before, which are stored nowhere.
pub(super) async fn new_codes(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> Result<Vec<String>, Error> {
    let codes = recovery::make();
    let digests: Vec<Vec<u8>> = codes.iter().map(|code| recovery::digest(code)).collect();
    queries::put_codes(conn, user_id, &digests).await?;
    Ok(codes)
}

/// Switches the app off. Without another factor the recovery codes go, too.
///
/// # Errors
/// `NotFound` if none is in use; those of the database.
pub async fn remove_app(conn: &mut AsyncPgConnection, by: &By<'_>) -> Result<Vec<Ticket>, Error> {
    by.lock(conn).await?;
    if !queries::remove_secret(conn, by.user_id).await? {
        return Err(Error::NotFound("second_factor"));
    }
    switched_off(conn, by, Method::Code, Content::SecondFactorOff).await
}

/// What follows when a person has given up a factor; with a letter about it. Without another factor the recovery codes go.
pub(super) async fn switched_off(
    conn: &mut AsyncPgConnection,
    by: &By<'_>,
    method: Method,
    letter: Content,
) -> Result<Vec<Ticket>, Error> {
    let (user_id, method) = (by.user_id, method.as_str());
    if !queries::has_any(conn, user_id).await? {
        queries::remove_codes(conn, user_id).await?;
        proofs::forget_second(conn, user_id).await?;
    }
    let value = json!({ "method": method });
    note(conn, by.origin, user_id, "second_factor_off", value).await?;
    events::record(conn, Some(user_id), &SecondFactorOff { method }).await?;
    Ok(letters::to_person(conn, user_id, letter).await?)
}

/// Makes recovery codes in the place of those before.
///
/// # Errors
/// `Conflict` without a second factor; those of the database.
pub async fn renew_codes(conn: &mut AsyncPgConnection, by: &By<'_>) -> Result<Vec<String>, Error> {
    by.lock(conn).await?;
    if !queries::has_any(conn, by.user_id).await? {
        return Err(Error::Conflict(
            "recovery codes stand in for a second factor: set one up first".to_owned(),
        ));
    }
    let codes = new_codes(conn, by.user_id).await?;
    let value = json!({ "count": codes.len() });
    note(conn, by.origin, by.user_id, "recovery_codes_made", value).await?;
    Ok(codes)
}

/// What a person shows as their second factor.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Of an app.
    Code(String),
    RecoveryCode(String),
}

/// Checks what a person shows, and uses it up.
///
/// # Errors
/// E220 for what proves nothing; those of the database.
pub async fn prove(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    shown: &Shown,
    vault: &Vault,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Method, Vec<Ticket>), Error> {
    match shown {
        Shown::Code(code) => {
            let secret = queries::secret(conn, user_id).await?;
            let in_use = secret.filter(|secret| secret.confirmed_at.is_some());
            let secret = in_use.ok_or_else(wrong)?;
            let taken = takes(conn, user_id, &secret, code, vault, now).await?;
            taken
                .then_some((Method::Code, Vec::new()))
                .ok_or_else(wrong)
        }
        Shown::RecoveryCode(code) => {
            if !queries::take_code(conn, user_id, &recovery::digest(code)).await? {
                return Err(wrong());
            }
            let left = queries::codes_left(conn, user_id).await?;
            let value = json!({ "left": left });
            note(conn, origin, user_id, "recovery_code_used", value).await?;
            let content = Content::RecoveryCodeUsed { left };
            let tickets = letters::to_person(conn, user_id, content).await?;
            Ok((Method::Code, tickets))
        }
    }
}
