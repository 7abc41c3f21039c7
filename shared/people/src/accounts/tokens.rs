//! SQL over `one_time_tokens`: the links of letters. A link works once, until its time is over or a newer one of its
//! kind is made.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::Purpose;
use crate::users;
use schema::one_time_tokens as tokens;

/// 256 random bits, as they stand in a link.
pub fn secret() -> String {
    BASE64.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a secret. It is random, so it needs no salt and no slow hash.
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

impl Purpose {
    /// How long it works.
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => TimeDelta::hours(24),
            Self::ResetPassword => TimeDelta::hours(1),
            Self::UndoEmail => TimeDelta::days(7),
            Self::SignIn => TimeDelta::minutes(5),
            Self::LinkTelegram => TimeDelta::minutes(15),
        }
    }
}

/// A link that was used.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tokens, check_for_backend(diesel::pg::Pg))]
pub struct Token {
    pub user_id: Uuid,
    pub email_key: String,
    pub spelling: String,
    pub created_at: DateTime<Utc>,
}

/// Makes a link about an address, and ends those of its kind; but no link that undoes a change: it is what the owner of
/// an earlier address has; and nothing that a device waits with, because others may wait as well. Returns the secret.
///
/// # Errors
/// Those of the database.
pub async fn make(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    purpose: Purpose,
    (email_key, spelling): (&str, &str),
    now: DateTime<Utc>,
) -> QueryResult<String> {
    let replaces = [
        Purpose::VerifyEmail,
        Purpose::ResetPassword,
        Purpose::ChangeEmail,
    ];
    if replaces.contains(&purpose) {
        end(conn, user_id, &[purpose]).await?;
    }
    let secret = secret();
    diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(digest(&secret)),
            tokens::user_id.eq(user_id),
            tokens::purpose.eq(purpose.as_str()),
            tokens::email_key.eq(email_key),
            tokens::spelling.eq(spelling),
            tokens::created_at.eq(now),
            tokens::expires_at.eq(now + purpose.lifetime()),
        ))
        .execute(conn)
        .await?;
    Ok(secret)
}

/// What a link is about, while it works. Uses nothing up.
///
/// # Errors
/// Those of the database.
pub async fn look(
    conn: &mut AsyncPgConnection,
    secret: &str,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<Option<Token>> {
    tokens::table
        .find(digest(secret))
        .filter(tokens::purpose.eq(purpose.as_str()))
        .filter(tokens::expires_at.gt(now))
        .select(Token::as_select())
        .first(conn)
        .await
        .optional()
}

/// Uses a link up: of two at once one gets it. Locks its person.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    secret: &str,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<Option<Token>> {
    let Some(found) = look(conn, secret, purpose, now).await? else {
        return Ok(None);
    };
    if !users::queries::lock(conn, found.user_id).await? {
        return Ok(None);
    }
    diesel::delete(tokens::table.find(digest(secret)))
        .returning(Token::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Whether an address is kept for another person, who can take back that they gave it up: until then no account gets it.
///
/// # Errors
/// Those of the database.
pub async fn is_kept(
    conn: &mut AsyncPgConnection,
    email_key: &str,
    but: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let undoing = tokens::table
        .filter(tokens::email_key.eq(email_key))
        .filter(tokens::purpose.eq(Purpose::UndoEmail.as_str()))
        .filter(tokens::expires_at.gt(now))
        .filter(tokens::user_id.ne(but.unwrap_or_default()));
    diesel::select(diesel::dsl::exists(undoing))
        .get_result(conn)
        .await
}

/// Ends the links of a person of these kinds.
///
/// # Errors
/// Those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    purposes: &[Purpose],
) -> QueryResult<()> {
    let purposes = purposes.iter().map(|one| one.as_str());
    let live = tokens::table
        .filter(tokens::user_id.eq(user_id))
        .filter(tokens::purpose.eq_any(purposes));
    diesel::delete(live).execute(conn).await.map(|_| ())
}

/// Ends the links that undo changes which were made then or later.
///
/// # Errors
/// Those of the database.
pub async fn end_undoing(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<()> {
    let later = tokens::table
        .filter(tokens::user_id.eq(user_id))
        .filter(tokens::purpose.eq(Purpose::UndoEmail.as_str()))
        .filter(tokens::created_at.ge(since));
    diesel::delete(later).execute(conn).await.map(|_| ())
}

/// The statements that delete links that work no more.
pub const PRUNE: &[&str] = &["DELETE FROM one_time_tokens WHERE digest IN (
         SELECT digest FROM one_time_tokens WHERE expires_at < now() LIMIT $1)"];
