//! SQL over `privacy_requests`.

use std::collections::HashSet;

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Request, RequestKind, RequestStatus};
use super::rules::{ARCHIVE_DAYS, archive_key};
use kernel::Language;
use kernel::error::ErrorCode;
use schema::sql_types::PrivacyRequestKind as SqlKind;
use schema::{privacy_requests as requests, users};

const LIVE: [RequestStatus; 2] = [RequestStatus::Pending, RequestStatus::Processing];

/// The live request of this kind, made if there is none; and whether it is new. `None` if the
/// person is gone.
///
/// # Errors
/// Those of the database.
pub async fn find_or_create(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: RequestKind,
) -> QueryResult<Option<(Request, bool)>> {
    // The live one may end between the two statements: try again.
    for _ in 0..TRIES {
        let made = diesel::sql_query(
            "INSERT INTO privacy_requests (id, user_id, kind)
             SELECT $1, id, $3 FROM users WHERE id = $2 ON CONFLICT DO NOTHING",
        )
        .bind::<SqlUuid, _>(Uuid::now_v7())
        .bind::<SqlUuid, _>(user_id)
        .bind::<SqlKind, _>(kind)
        .execute(conn)
        .await?;
        let live = requests::table
            .filter(requests::user_id.eq(user_id))
            .filter(requests::kind.eq(kind))
            .filter(requests::status.eq_any(LIVE))
            .select(Request::as_select())
            .first(conn)
            .await
            .optional()?;
        if let Some(live) = live {
            return Ok(Some((live, made == 1)));
        }
    }
    Ok(None)
}

const TRIES: usize = 5;

/// The newest requests of a person, newest first.
///
/// # Errors
/// Those of the database.
pub async fn newest(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: RequestKind,
    limit: i64,
) -> QueryResult<Vec<Request>> {
    requests::table
        .filter(requests::user_id.eq(user_id))
        .filter(requests::kind.eq(kind))
        .order((requests::created_at.desc(), requests::id.desc()))
        .limit(limit)
        .select(Request::as_select())
        .load(conn)
        .await
}

/// One export of a person.
///
/// # Errors
/// Those of the database.
pub async fn export(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
) -> QueryResult<Option<Request>> {
    requests::table
        .find(id)
        .filter(requests::user_id.eq(user_id))
        .filter(requests::kind.eq(RequestKind::Export))
        .select(Request::as_select())
        .first(conn)
        .await
        .optional()
}

/// Begins to work on a request, unless it has ended or is gone. A failed one is begun again if an
/// operator has retried its job and the person has made no other request.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    redriven: bool,
) -> QueryResult<Option<Request>> {
    if redriven {
        revive(conn, id).await?;
    }
    diesel::update(requests::table.find(id))
        .filter(requests::status.eq_any(LIVE))
        .set(requests::status.eq(RequestStatus::Processing))
        .returning(Request::as_returning())
        .get_result(conn)
        .await
        .optional()
}

async fn revive(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE privacy_requests AS mine
         SET status = 'processing', error_code = NULL, completed_at = NULL
         WHERE id = $1 AND status = 'failed' AND NOT EXISTS (
             SELECT FROM privacy_requests AS other
             WHERE other.user_id = mine.user_id AND other.kind = mine.kind
               AND other.status IN ('pending', 'processing'))",
    )
    .bind::<SqlUuid, _>(id)
    .execute(conn)
    .await
    .map(|_| ())
}

/// The archive is in the bucket. Returns whether the request was still live.
///
/// # Errors
/// Those of the database.
pub async fn complete_export(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    key: &str,
    size_bytes: u64,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE privacy_requests SET status = 'completed', completed_at = now(), archive_key = $2,
             archive_size_bytes = $3, expires_at = now() + make_interval(days => $4)
         WHERE id = $1 AND status IN ('pending', 'processing')",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(key)
    .bind::<BigInt, _>(i64::try_from(size_bytes).unwrap_or(i64::MAX))
    .bind::<Integer, _>(ARCHIVE_DAYS)
    .execute(conn)
    .await?;
    Ok(changed == 1)
}

/// The deletion is done.
///
/// # Errors
/// Those of the database.
pub async fn complete_deletion(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(requests::table.find(id))
        .set((
            requests::status.eq(RequestStatus::Completed),
            requests::completed_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The request failed. Returns whether it was still live; one that has ended stays as it is.
///
/// # Errors
/// Those of the database.
pub async fn fail(conn: &mut AsyncPgConnection, id: Uuid, code: ErrorCode) -> QueryResult<bool> {
    let changed = diesel::update(requests::table.find(id))
        .filter(requests::status.eq_any(LIVE))
        .set((
            requests::status.eq(RequestStatus::Failed),
            requests::error_code.eq(code.as_str()),
            requests::completed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Some of the expired archives.
///
/// # Errors
/// Those of the database.
pub async fn expired(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<(Uuid, String)>> {
    requests::table
        .filter(
            requests::expires_at.le(now.into_sql::<diesel::sql_types::Timestamptz>().nullable()),
        )
        .filter(requests::archive_key.is_not_null())
        .order(requests::expires_at)
        .limit(limit)
        .select((requests::id, requests::archive_key.assume_not_null()))
        .load(conn)
        .await
}

/// These archives are no longer in the bucket.
///
/// # Errors
/// Those of the database.
pub async fn forget_archives(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<()> {
    diesel::update(requests::table.filter(requests::id.eq_any(ids)))
        .set(requests::archive_key.eq(None::<String>))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Those of `ids` whose archive may be in the bucket: it is being made, or kept.
///
/// # Errors
/// Those of the database.
pub async fn with_archive(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    let kept = requests::archive_key
        .is_not_null()
        .or(requests::status.eq_any(LIVE));
    let found: Vec<Uuid> = requests::table
        .filter(requests::id.eq_any(ids))
        .filter(kept)
        .select(requests::id)
        .load(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// A request and the language of its person; `None` if either is gone.
///
/// # Errors
/// Those of the database.
pub async fn to_tell(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<Option<(Request, Language)>> {
    let found: Option<(Request, String)> = requests::table
        .find(id)
        .inner_join(users::table)
        .select((Request::as_select(), users::language_code))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(request, code)| (request, Language::from_tag(&code).unwrap_or(Language::En))))
}

/// The keys of the archives that are, or may be, in the bucket for a person.
///
/// # Errors
/// Those of the database.
pub async fn archives(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<String>> {
    let exports: Vec<Uuid> = requests::table
        .filter(requests::user_id.eq(user_id))
        .filter(requests::kind.eq(RequestKind::Export))
        .select(requests::id)
        .load(conn)
        .await?;
    Ok(exports.into_iter().map(archive_key).collect())
}

/// Old rows (see [`jobs::prune`]): requests that ended so long ago that the
/// audit log no longer has them. The archive is removed first.
pub const PRUNE: &[&str] = &["DELETE FROM privacy_requests WHERE id IN (
         SELECT id FROM privacy_requests
         WHERE status IN ('completed', 'failed') AND archive_key IS NULL
           AND completed_at < now() - interval '90 days' LIMIT $1)"];
