//! SQL that erases a person. Rows that refer to them are locked first, so that a concurrent transaction
//! either commits before, and its rows are deleted too, or finds no row of the person.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use delivery::job::key_of_chat;
use jobs::Job;
use kernel::Language;
use people::privacy::model::RequestKind;
use people::users::limit_key;
use readings::jobs::{Interpret, ReadCup};
use readings::model::AnalysisStatus;
use schema::{analysis_history, privacy_requests, users};

/// The person to erase.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub id: Uuid,
    /// Also the id of their chat with the bot.
    pub telegram_id: i64,
    pub language: Language,
}

/// The person; `None` if they are gone already.
///
/// # Errors
/// Those of the database.
pub async fn person(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Person>> {
    let found: Option<(i64, String)> = users::table
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

/// Readings that have, or may have, objects in the bucket.
///
/// # Errors
/// Those of the database.
pub async fn readings(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Uuid>> {
    analysis_history::table
        .filter(analysis_history::user_id.eq(user_id))
        .order(analysis_history::id)
        .select(analysis_history::id)
        .load(conn)
        .await
}

/// Readings that were cut off now: a request of their last step may still reach the bucket.
///
/// # Errors
/// Those of the database.
pub async fn cut_off(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Uuid>> {
    let over = [AnalysisStatus::Completed, AnalysisStatus::Failed];
    analysis_history::table
        .filter(analysis_history::user_id.eq(user_id))
        .filter(analysis_history::status.ne_all(over))
        .order(analysis_history::id)
        .select(analysis_history::id)
        .load(conn)
        .await
}

/// Exports that have, or may have, an archive in the bucket.
///
/// # Errors
/// Those of the database.
pub async fn exports(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Uuid>> {
    privacy_requests::table
        .filter(privacy_requests::user_id.eq(user_id))
        .filter(privacy_requests::kind.eq(RequestKind::Export))
        .select(privacy_requests::id)
        .load(conn)
        .await
}

/// The jobs of a person, by their arguments: $1 is the id in `users`, $2 the chat.
const OF_PERSON: &str = "(args ->> 'user_id' = $1::text OR args ->> 'chat_id' = $2::text
    OR args ->> 'analysis_id' IN (SELECT id::text FROM analysis_history WHERE user_id = $1))";

/// The statements about them: for those that wait, those that run and those that have ended. Public for
/// the test that prepares all statements.
pub fn of_jobs() -> [String; 3] {
    // In the order of the ids, like all bulk writes to the ledger: so they cannot deadlock.
    [
        format!(
            "WITH mine AS (SELECT id FROM jobs WHERE state = 'queued' AND id <> $3 AND {OF_PERSON}
                           ORDER BY id FOR UPDATE)
             DELETE FROM jobs USING mine WHERE jobs.id = mine.id"
        ),
        format!(
            "WITH mine AS (SELECT id FROM jobs WHERE state = 'running' AND id <> $3 AND {OF_PERSON}
                           ORDER BY id FOR UPDATE)
             UPDATE jobs SET cancel_requested = TRUE FROM mine WHERE jobs.id = mine.id"
        ),
        format!(
            "WITH page AS (SELECT id, state, args FROM jobs WHERE id > $3 ORDER BY id LIMIT {PAGE}),
             ended AS (
                 DELETE FROM jobs USING (
                     SELECT id AS mine FROM page
                     WHERE state IN ('done', 'dead', 'cancelled') AND {OF_PERSON}) AS of_person
                 WHERE id = mine AND state IN ('done', 'dead', 'cancelled'))
             SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS id"
        ),
    ]
}

/// Ends the readings that are under way: their steps find nothing more to do, and no failure is
/// reported to the person.
///
/// # Errors
/// Those of the database.
pub async fn stop_readings(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    let under_way = [AnalysisStatus::Pending, AnalysisStatus::Processing];
    diesel::update(analysis_history::table)
        .filter(analysis_history::user_id.eq(user_id))
        .filter(analysis_history::status.eq_any(under_way))
        .set((
            analysis_history::status.eq(AnalysisStatus::Canceled),
            analysis_history::completed_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Deletes the person's waiting jobs, and asks the workers to end the running ones, without the job
/// `except`. Returns how many are running.
///
/// # Errors
/// Those of the database.
pub async fn cancel_jobs(
    conn: &mut AsyncPgConnection,
    person: &Person,
    except: Uuid,
) -> QueryResult<usize> {
    let [waiting, running, _] = of_jobs();
    let mut affected = 0;
    for statement in [waiting, running] {
        affected = diesel::sql_query(statement)
            .bind::<SqlUuid, _>(person.id)
            .bind::<BigInt, _>(person.telegram_id)
            .bind::<SqlUuid, _>(except)
            .execute(conn)
            .await?;
    }
    Ok(affected)
}

/// Rows of the ledger in one page.
const PAGE: i64 = 20_000;

/// Deletes those of the person's jobs that have ended, among the next rows of the ledger after
/// `after`. Returns where the next page begins; `None` at the end. (Arguments have no index: a
/// deletion is rare, and each job would pay for it.)
///
/// # Errors
/// Those of the database.
pub async fn forget_ended_jobs(
    conn: &mut AsyncPgConnection,
    person: &Person,
    after: Uuid,
) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::Nullable<SqlUuid>)]
        id: Option<Uuid>,
    }
    let [.., ended] = of_jobs();
    let last: Last = diesel::sql_query(ended)
        .bind::<SqlUuid, _>(person.id)
        .bind::<BigInt, _>(person.telegram_id)
        .bind::<SqlUuid, _>(after)
        .get_result(conn)
        .await?;
    Ok(last.id)
}

/// Locks what refers to the person, and the person. In this order: what takes a unit of their
/// plan, or writes to one of their readings, locks that first and refers to the person afterwards.
/// `None` if they are gone.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Person>> {
    for statement in [
        // Creates a missing row first: this waits for a transaction that is creating it.
        "SELECT ensure_usage_limits($1)",
        "SELECT FROM usage_limits WHERE user_id = $1 FOR UPDATE",
        "SELECT FROM analysis_history WHERE user_id = $1 ORDER BY id FOR UPDATE",
        "SELECT FROM users WHERE id = $1 FOR UPDATE",
    ] {
        diesel::sql_query(statement)
            .bind::<SqlUuid, _>(id)
            .execute(conn)
            .await?;
    }
    person(conn, id).await
}

/// Makes rows anonymous, and deletes others; the rest is deleted with the row in `users`, whose id
/// is $1.
pub const ERASURES: &[&str] = &[
    // The line stays, with action and time (90 days).
    "UPDATE audit_logs SET user_id = NULL, ip_address = NULL, user_agent = NULL, old_value = NULL,
         new_value = NULL, entity_id = NULL
     WHERE user_id = $1",
    // What the law requires stays: amount, time, the vendor's number (7 years).
    "UPDATE payments SET user_id = NULL, subscription_id = NULL, metadata = '{}',
         error_message = NULL
     WHERE user_id = $1 OR subscription_id IN (SELECT id FROM subscriptions WHERE user_id = $1)",
    "DELETE FROM privacy_requests WHERE user_id = $1 AND kind = 'export'",
    "DELETE FROM users WHERE id = $1",
];

/// Erases the person. The caller has locked them.
///
/// # Errors
/// Those of the database.
pub async fn erase(conn: &mut AsyncPgConnection, person: &Person) -> QueryResult<()> {
    forget_answers(conn, person.id).await?;
    for statement in ERASURES {
        diesel::sql_query(*statement)
            .bind::<SqlUuid, _>(person.id)
            .execute(conn)
            .await?;
    }
    diesel::sql_query("DELETE FROM idempotency_keys WHERE caller = $1")
        .bind::<Text, _>(format!("user:{}", person.telegram_id))
        .execute(conn)
        .await?;
    // The throttle key of their chat names them as well.
    diesel::sql_query("DELETE FROM job_keys WHERE key = ANY ($1)")
        .bind::<Array<Text>, _>(vec![limit_key(person.id), key_of_chat(person.telegram_id)])
        .execute(conn)
        .await
        .map(|_| ())
}

/// Deletes the AI's answers about their cups, and keeps that it was asked and paid. An open call is
/// closed, so that its answer cannot be stored, and settled at the reserved cost.
async fn forget_answers(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    // All are locked before any is changed, as everywhere: the sums of costs are locked after them.
    diesel::sql_query("SELECT FROM paid_calls WHERE user_id = $1 ORDER BY id FOR UPDATE")
        .bind::<SqlUuid, _>(user_id)
        .execute(conn)
        .await?;
    // Older calls have no user_id.
    let paid = [ReadCup::KIND, Interpret::KIND];
    diesel::sql_query(
        "UPDATE paid_calls SET error = NULL, ended_at = COALESCE(ended_at, now()),
             user_id = NULL, subject_id = NULL,
             cost_micro_usd = COALESCE(cost_micro_usd, reserved_micro_usd),
             cost_source = CASE WHEN cost_micro_usd IS NULL THEN 'reserved' ELSE cost_source END,
             answer = CASE WHEN state = 'answered' THEN 'null'::jsonb END,
             state = CASE WHEN state IN ('intent', 'unknown') THEN 'useless' ELSE state END
         WHERE user_id = $1 OR user_id IS NULL AND key IN (
             SELECT kind || ':' || a.id FROM analysis_history AS a, unnest($2::text[]) AS kind
             WHERE a.user_id = $1)",
    )
    .bind::<SqlUuid, _>(user_id)
    .bind::<Array<Text>, _>(paid.as_slice())
    .execute(conn)
    .await?;
    diesel::sql_query("DELETE FROM ai_budgets WHERE scope = $1")
        .bind::<Text, _>(limit_key(user_id))
        .execute(conn)
        .await
        .map(|_| ())
}
