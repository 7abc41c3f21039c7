//! SQL over `totp_secrets` and `recovery_codes`, and over all factors of a person.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::vault::Sealed;
use crate::passkeys;
use crate::sessions::proofs;
use schema::{recovery_codes, totp_secrets};

/// Whether a person has a second factor: an app, or a passkey. Recovery codes are none by themselves.
///
/// # Errors
/// Those of the database.
pub async fn has_any(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    Ok(has_app(conn, user_id).await? || passkeys::queries::has_any(conn, user_id).await?)
}

async fn has_app(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let app = totp_secrets::table
        .find(user_id)
        .filter(totp_secrets::confirmed_at.is_not_null());
    diesel::select(exists(app)).get_result(conn).await
}

/// What a person can show as their second factor; nothing, if they have none.
///
/// # Errors
/// Those of the database.
pub async fn methods(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Vec<&'static str>> {
    let mut all = Vec::new();
    if has_app(conn, user_id).await? {
        all.push("totp");
    }
    if passkeys::queries::has_any(conn, user_id).await? {
        all.push("passkey");
    }
    if !all.is_empty() && codes_left(conn, user_id).await? > 0 {
        all.push("recovery_code");
    }
    Ok(all)
}

/// Deletes all factors of a person, with the recovery codes. Returns whether there was one in use.
///
/// # Errors
/// Those of the database.
pub async fn remove_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let had = has_any(conn, user_id).await?;
    remove_since(conn, user_id, DateTime::<Utc>::UNIX_EPOCH).await?;
    Ok(had)
}

/// Deletes the factors of a person that were set up after this moment. Without one left the recovery codes go, too.
///
/// # Errors
/// Those of the database.
pub async fn remove_since(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<()> {
    let secret = secret(conn, user_id).await?;
    if secret.is_some_and(|one| one.confirmed_at.is_none_or(|at| at > since)) {
        remove_secret(conn, user_id).await?;
    }
    passkeys::queries::remove_since(conn, user_id, since).await?;
    if !has_any(conn, user_id).await? {
        remove_codes(conn, user_id).await?;
        proofs::forget_second(conn, user_id).await?;
    }
    Ok(())
}

/// The secret of a person's app.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = totp_secrets, check_for_backend(diesel::pg::Pg))]
pub struct Secret {
    pub key_id: String,
    pub sealed: Vec<u8>,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// The secret of a person's app, in use or not.
///
/// # Errors
/// Those of the database.
pub async fn secret(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<Secret>> {
    let row = totp_secrets::table
        .find(user_id)
        .select(Secret::as_select());
    row.first(conn).await.optional()
}

/// Stores a secret in the place of one that is not in use. Returns whether it did: not while one is in use.
///
/// # Errors
/// Those of the database.
pub async fn put_secret(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    sealed: &Sealed,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let stored = diesel::sql_query(
        "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
             created_at = excluded.created_at, last_step = 0
         WHERE totp_secrets.confirmed_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(user_id)
    .bind::<sql_types::Text, _>(&sealed.key_id)
    .bind::<sql_types::Binary, _>(&sealed.bytes)
    .bind::<sql_types::Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(stored == 1)
}

/// Uses up the code of a step. Returns whether it was the newest: of two at once one is, and none is twice.
///
/// # Errors
/// Those of the database.
pub async fn take_step(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    step: i64,
) -> QueryResult<bool> {
    let older = totp_secrets::table
        .find(user_id)
        .filter(totp_secrets::last_step.lt(step));
    let taken = diesel::update(older)
        .set(totp_secrets::last_step.eq(step))
        .execute(conn)
        .await?;
    Ok(taken == 1)
}

/// From now on the secret is in use.
///
/// # Errors
/// Those of the database.
pub async fn confirm_secret(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(totp_secrets::table.find(user_id))
        .set(totp_secrets::confirmed_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Deletes the secret. Returns whether it was in use.
///
/// # Errors
/// Those of the database.
pub async fn remove_secret(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let since: Option<Option<DateTime<Utc>>> = diesel::delete(totp_secrets::table.find(user_id))
        .returning(totp_secrets::confirmed_at)
        .get_result(conn)
        .await
        .optional()?;
    Ok(since.flatten().is_some())
}

/// Stores recovery codes in the place of those before.
///
/// # Errors
/// Those of the database.
pub async fn put_codes(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digests: &[Vec<u8>],
) -> QueryResult<()> {
    remove_codes(conn, user_id).await?;
    let rows = digests.iter().map(|digest| {
        (
            recovery_codes::user_id.eq(user_id),
            recovery_codes::digest.eq(digest),
        )
    });
    diesel::insert_into(recovery_codes::table)
        .values(rows.collect::<Vec<_>>())
        .execute(conn)
        .await
        .map(|_| ())
}

/// Uses up a recovery code. Returns whether there was this one: of two at once one finds it.
///
/// # Errors
/// Those of the database.
pub async fn take_code(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digest: &[u8],
) -> QueryResult<bool> {
    let code = diesel::delete(recovery_codes::table.find((user_id, digest)));
    Ok(code.execute(conn).await? == 1)
}

/// How many recovery codes are left.
///
/// # Errors
/// Those of the database.
pub async fn codes_left(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .select(count_star())
        .first(conn)
        .await
}

/// Deletes the recovery codes.
///
/// # Errors
/// Those of the database.
pub async fn remove_codes(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user_id));
    diesel::delete(codes).execute(conn).await.map(|_| ())
}
