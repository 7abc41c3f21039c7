//! SQL over `sign_in_attempts`: counts tries before they are made, so that many at once are no way around.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Integer, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::error::Error;

use super::tries::{Subject, count, wait};
use crate::sessions::Sessions;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Binary)]
    subject: Vec<u8>,
    #[diesel(sql_type = Integer)]
    tries: i32,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// Takes a try of each subject, if it is time for one.
///
/// # Errors
/// E304 with the time to wait; those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    sessions: &Sessions,
    subjects: &[Subject; 3],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match take_here(conn, sessions, subjects, now).await? {
        Some(left) => Err(too_soon(left)),
        None => Ok(()),
    }
}

/// Takes a try of an address in a network, if it is time for one there. Returns how long the address or the network have
/// to wait, of which none is taken then: only a person who is known there need not.
///
/// # Errors
/// E304 with the time to wait; those of the database.
pub async fn take_here(
    conn: &mut AsyncPgConnection,
    sessions: &Sessions,
    subjects: &[Subject; 3],
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, Error> {
    conn.transaction(async |conn| {
        let counted = locked(conn, &digests(sessions, subjects), now).await?;
        let here = sessions.subject_of_tries(&subjects[0].name);
        let mut longest = None;
        let (mut keys, mut tries) = (Vec::new(), Vec::new());
        for one in counted {
            let free = free_of(sessions, subjects, &one.subject);
            let left = wait(free, one.tries, one.last_at, now);
            if one.subject == here && let Some(left) = left {
                return Err(too_soon(left));
            }
            longest = longest.max(left);
            tries.push(count(one.tries, one.last_at, now));
            keys.push(one.subject);
        }
        if longest.is_some() {
            let place = keys.iter().position(|key| *key == here);
            tries = place.and_then(|at| tries.get(at).copied()).into_iter().collect();
            keys = vec![here.to_vec()];
        }
        diesel::sql_query(
            "UPDATE sign_in_attempts AS one SET tries = new.tries, last_at = $3
             FROM unnest($1::bytea[], $2::int[]) AS new (subject, tries) WHERE one.subject = new.subject",
        )
        .bind::<Array<Binary>, _>(keys)
        .bind::<Array<Integer>, _>(tries)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await?;
        Ok(longest)
    })
    .await
}

/// The refusal.
pub fn too_soon(left: TimeDelta) -> Error {
    Error::RateLimited {
        retry_after: left.to_std().unwrap_or_default() + std::time::Duration::from_secs(1),
    }
}

fn digests(sessions: &Sessions, subjects: &[Subject]) -> Vec<Vec<u8>> {
    let digest = |one: &Subject| sessions.subject_of_tries(&one.name).to_vec();
    subjects.iter().map(digest).collect()
}

fn free_of(sessions: &Sessions, subjects: &[Subject], digest: &[u8]) -> i32 {
    let mut all = subjects.iter();
    let found = all.find(|one| sessions.subject_of_tries(&one.name) == digest);
    found.map_or(0, |one| one.free)
}

/// The rows of the subjects, made if they are new, and locked in one order.
async fn locked(
    conn: &mut AsyncPgConnection,
    digests: &[Vec<u8>],
    now: DateTime<Utc>,
) -> QueryResult<Vec<Counted>> {
    diesel::sql_query(
        "INSERT INTO sign_in_attempts (subject, last_at)
         SELECT subject, $2::timestamptz FROM unnest($1::bytea[]) AS asked (subject) ORDER BY subject
         ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
         RETURNING subject, tries, last_at",
    )
    .bind::<Array<Binary>, _>(digests)
    .bind::<Timestamptz, _>(now)
    .load(conn)
    .await
}

/// Gives back a try that was right. No more than that: what others have tried stays counted, so that they do not see
/// that somebody has signed in.
///
/// # Errors
/// Those of the database.
pub async fn give_back(
    conn: &mut AsyncPgConnection,
    sessions: &Sessions,
    subjects: &[Subject],
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE sign_in_attempts SET tries = greatest(tries - 1, 0) WHERE subject IN (
             SELECT subject FROM sign_in_attempts WHERE subject = ANY ($1) ORDER BY subject FOR UPDATE)",
    )
    .bind::<Array<Binary>, _>(digests(sessions, subjects))
    .execute(conn)
    .await
    .map(|_| ())
}

/// The statements that delete what is not counted any more.
pub const PRUNE: &[&str] = &["DELETE FROM sign_in_attempts WHERE subject IN (
         SELECT subject FROM sign_in_attempts WHERE last_at < now() - interval '1 day' LIMIT $1)"];
