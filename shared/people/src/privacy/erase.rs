//! The erasure of a person, over the lists of the features ([`jobs::personal`]). Rows that refer to them
//! are locked first, so that a concurrent transaction either commits before, and its rows are erased
//! too, or finds no row of the person.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::abuse_memory::AbuseMemory;
use crate::facts::PersonDeleted;
use crate::idempotency;
use crate::organizations::estate;
use crate::users::limit_key;
use crate::users::model::PersonKey;
use ::jobs::Feature;
use ::jobs::personal::{Erasure, Lock};
use delivery::job::key_of_chat;
use kernel::Language;
use schema::users;

/// The person to erase.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub id: Uuid,
    /// Also the id of their chat with the bot.
    pub telegram_id: Option<i64>,
    pub language: Language,
}

impl Person {
    /// What names them in other rows than those that refer to theirs.
    fn keys(&self) -> Vec<String> {
        let row = [
            limit_key(self.id),
            idempotency::owner_of_person(PersonKey::Row(self.id)),
        ];
        let in_telegram = self.telegram_id.map(|id| {
            let caller = idempotency::owner_of_person(PersonKey::Telegram(id));
            [key_of_chat(id), caller]
        });
        row.into_iter()
            .chain(in_telegram.into_iter().flatten())
            .collect()
    }
}

/// The person; `None` if they are gone already.
///
/// # Errors
/// Those of the database.
pub async fn person(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Person>> {
    let found: Option<(Option<i64>, String)> = users::table
        .find(id)
        .select((users::telegram_id, users::language_code))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(telegram_id, code)| Person {
        id,
        telegram_id,
        language: Language::from_tag(&code).unwrap_or(Language::En),
    }))
}

/// The erasures of all features.
fn erasures(features: &[Feature]) -> impl Iterator<Item = &Erasure> {
    features.iter().map(|feature| &feature.personal.erasure)
}

/// The keys of all objects in the bucket that belong, or may belong, to the person.
///
/// # Errors
/// Those of the database.
pub async fn objects(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    user_id: Uuid,
) -> QueryResult<HashSet<String>> {
    let mut keys = HashSet::new();
    for list in erasures(features).flat_map(|one| one.objects) {
        keys.extend(list(conn, user_id).await?);
    }
    Ok(keys)
}

/// Ends what is under way for the person: deletes their jobs that wait or have ended, and asks the
/// workers to end those that run. The job `except` stays. Returns how many run.
///
/// # Errors
/// Those of the database.
pub async fn stop(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    person: &Person,
    except: Uuid,
) -> QueryResult<usize> {
    for statement in erasures(features).flat_map(|one| one.stop) {
        run(conn, person, statement).await?;
    }
    end_jobs(conn, WAIT, person.id, except).await
}

/// How many rows one statement takes ahead of the transaction.
const AHEAD: usize = 2_000;

/// Does one round of what is done in batches before the transaction. Returns whether there is more.
///
/// # Errors
/// Those of the database.
pub async fn ahead(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    person: &Person,
) -> QueryResult<bool> {
    let mut more = false;
    for statement in erasures(features).flat_map(|one| one.ahead) {
        let statement = diesel::sql_query(as_person(statement))
            .bind::<SqlUuid, _>(person.id)
            .bind::<Nullable<BigInt>, _>(person.telegram_id)
            .bind::<Array<Text>, _>(person.keys())
            .bind::<BigInt, _>(AHEAD as i64);
        more |= statement.execute(conn).await? >= AHEAD;
    }
    Ok(more)
}

/// Deletes the person's jobs that do not run, and asks the workers to end those that do. Returns how many
/// run.
async fn end_jobs(
    conn: &mut AsyncPgConnection,
    lock: &str,
    person: Uuid,
    except: Uuid,
) -> QueryResult<usize> {
    let mut running = 0;
    for statement in of_jobs(lock) {
        running = diesel::sql_query(statement)
            .bind::<SqlUuid, _>(person)
            .bind::<SqlUuid, _>(except)
            .execute(conn)
            .await?;
    }
    Ok(running)
}

/// The statements that end the jobs of the person `$1` without the job `$2`: the first deletes those that
/// do not run, the second asks for the end of those that do. In the order of the ids, like all bulk writes
/// to the ledger: so they cannot deadlock. Public for the test that prepares all statements.
pub fn of_jobs(lock: &str) -> [String; 2] {
    [
        format!(
            "WITH mine AS (SELECT id FROM jobs WHERE subject_id = $1 AND id <> $2
                 AND state <> 'running' ORDER BY id {lock})
             DELETE FROM jobs USING mine WHERE jobs.id = mine.id"
        ),
        format!(
            "WITH mine AS (SELECT id FROM jobs WHERE subject_id = $1 AND id <> $2
                 AND state = 'running' ORDER BY id {lock})
             UPDATE jobs SET cancel_requested = TRUE FROM mine WHERE jobs.id = mine.id"
        ),
    ]
}

/// Waits for a claim that is under way.
pub const WAIT: &str = "FOR UPDATE";
/// Passes over what another transaction holds: it may wait for a row that we have locked.
pub const PASS_OVER: &str = "FOR UPDATE SKIP LOCKED";

/// Locks what refers to the person, and the person, in the order of the product ([`Lock::order`]).
/// `None` if they are gone.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    id: Uuid,
) -> QueryResult<Option<Person>> {
    let mut locks: Vec<&Lock> = erasures(features).flat_map(|one| one.locks).collect();
    locks.sort_by_key(|lock| lock.order);
    for lock in locks {
        diesel::sql_query(lock.query)
            .bind::<SqlUuid, _>(id)
            .execute(conn)
            .await?;
    }
    person(conn, id).await
}

/// Erases the person, whom the caller has locked, and remembers what prevents abuse.
///
/// # Errors
/// Those of the database.
pub async fn erase(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    person: &Person,
    memory: &AbuseMemory,
    except: Uuid,
) -> QueryResult<()> {
    memory.remember(conn, person.id).await?;
    for enqueue in erasures(features).flat_map(|one| one.afterwards) {
        enqueue(conn, person.id).await?;
    }
    estate::settle(conn, features, person.id).await?;
    for statement in erasures(features).flat_map(|one| one.statements) {
        run(conn, person, statement).await?;
    }
    diesel::delete(users::table.find(person.id))
        .execute(conn)
        .await?;
    // Those that were enqueued before the lock.
    end_jobs(conn, PASS_OVER, person.id, except).await?;
    events::record(conn, None, &PersonDeleted {}).await
}

/// Runs a statement that sees the person as `person`.
async fn run(conn: &mut AsyncPgConnection, person: &Person, statement: &str) -> QueryResult<()> {
    diesel::sql_query(as_person(statement))
        .bind::<SqlUuid, _>(person.id)
        .bind::<Nullable<BigInt>, _>(person.telegram_id)
        .bind::<Array<Text>, _>(person.keys())
        .execute(conn)
        .await
        .map(|_| ())
}

/// The whole text of a statement of an erasure; it takes the id, the Telegram id and the keys.
pub fn as_person(statement: &str) -> String {
    format!(
        "WITH person AS (SELECT $1::uuid AS id, $2::bigint AS telegram_id, $3::text[] AS keys)
         {statement}"
    )
}
