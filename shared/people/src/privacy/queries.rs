//! SQL over `privacy_requests`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Interval, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Request, RequestKind, RequestStatus};
use super::rules::{ARCHIVE_DAYS, ONCE_IN, archive_key};
use crate::abuse_memory::MemoryKey;
use kernel::Language;
use kernel::error::ErrorCode;
use schema::sql_types::PrivacyRequestKind as SqlKind;
use schema::{abuse_memory, privacy_requests as requests, users};

const LIVE: [RequestStatus; 2] = [RequestStatus::Pending, RequestStatus::Processing];

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Asked {
    New(Request),
    /// The one that is live; or a copy that was made within the last day.
    Known(Request),
    /// Nothing is done before this moment: the person had the same within a day before it.
    NotBefore(DateTime<Utc>),
    /// The person is the only owner of an organization with other members.
    OwnsAlone,
    /// The person is gone.
    NoSuchPerson,
}

/// Asks for a copy or a deletion: once a day each, also over a deletion of the person, whom the keys of
/// the memory name.
///
/// # Errors
/// Those of the database.
pub async fn ask(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: RequestKind,
    memory: &[MemoryKey],
) -> QueryResult<Asked> {
    // The live one may end between the statements: try again.
    for _ in 0..TRIES {
        let made = insert(conn, user_id, kind, memory).await?;
        let request = requests::table
            .filter(requests::user_id.eq(user_id))
            .filter(requests::kind.eq(kind))
            .filter(requests::status.ne(RequestStatus::Failed))
            .order((requests::created_at.desc(), requests::id.desc()))
            .select(Request::as_select())
            .first(conn)
            .await
            .optional()?;
        match request {
            Some(request) if made => return Ok(Asked::New(request)),
            Some(request) if is_fresh(&request) => return Ok(Asked::Known(request)),
            _ => {}
        }
        if let Some(until) = not_before(conn, kind, memory).await? {
            return Ok(Asked::NotBefore(until));
        }
    }
    Ok(Asked::NoSuchPerson)
}

const TRIES: usize = 5;

/// Whether a request stands for the next one: it is live, or its copy is younger than a day.
fn is_fresh(request: &Request) -> bool {
    let since_day = Utc::now() - ONCE_IN;
    request.completed_at.is_none_or(|ended| ended > since_day)
}

/// Inserts a request unless there is one for today; returns whether it did.
async fn insert(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: RequestKind,
    memory: &[MemoryKey],
) -> QueryResult<bool> {
    let made = diesel::sql_query(
        "INSERT INTO privacy_requests (id, user_id, kind)
         SELECT $1, id, $3 FROM users WHERE id = $2
           AND NOT EXISTS (SELECT FROM privacy_requests AS other
               WHERE other.user_id = $2 AND other.kind = $3 AND other.status = 'completed'
                 AND other.completed_at > now() - $5::interval)
           AND NOT EXISTS (SELECT FROM abuse_memory WHERE memory_key = ANY ($4)
               AND CASE $3 WHEN 'export' THEN last_export_at ELSE last_deletion_at END > now() - $5::interval)
         ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(Uuid::now_v7())
    .bind::<SqlUuid, _>(user_id)
    .bind::<SqlKind, _>(kind)
    .bind::<Array<Binary>, _>(in_sql(memory))
    .bind::<Interval, _>(ONCE_IN)
    .execute(conn)
    .await?;
    Ok(made == 1)
}

fn in_sql(memory: &[MemoryKey]) -> Vec<Vec<u8>> {
    memory.iter().map(|key| key.to_vec()).collect()
}

/// When what was had before the person's last deletion may be asked for again; `None`: now.
async fn not_before(
    conn: &mut AsyncPgConnection,
    kind: RequestKind,
    memory: &[MemoryKey],
) -> QueryResult<Option<DateTime<Utc>>> {
    let known: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = abuse_memory::table
        .filter(abuse_memory::memory_key.eq_any(in_sql(memory)))
        .select((abuse_memory::last_deletion_at, abuse_memory::last_export_at))
        .load(conn)
        .await?;
    let last = known
        .into_iter()
        .filter_map(|(deletion, export)| match kind {
            RequestKind::Deletion => Some(deletion),
            RequestKind::Export => export,
        });
    let last = last.max();
    Ok(last
        .map(|last| last + ONCE_IN)
        .filter(|until| *until > Utc::now()))
}

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
