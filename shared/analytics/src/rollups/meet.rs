//! Persons of whom no fact says that they came: they were here before the outbox, or were imported.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::cursor;

/// The most persons of a transaction.
const BATCH: i64 = 5_000;

/// Those of `$1` sign up when their row was made, once, with the plan that they had before the first change that is kept: so
/// a rebuild finds the same. Events are looked for by their person, not joined: there are many more than strangers.
const MEET: &str = "WITH unknown AS MATERIALIZED (
        SELECT id, created_at FROM users
        WHERE id = ANY ($1) AND NOT EXISTS (SELECT FROM analytics_people AS known WHERE known.user_id = users.id)),
    met AS (
        INSERT INTO analytics_people (user_id, signed_up_at, signup_plan, plan, organization_id)
        SELECT id, created_at, 'FREE', COALESCE(
            (SELECT (array_agg(data ->> 'from' ORDER BY tx, seq))[1] FROM events
             WHERE user_id = unknown.id AND account_id = unknown.id AND name = 'plan.changed'),
            current_tier(id)::text), '00000000-0000-0000-0000-000000000000'
        FROM unknown
        WHERE (SELECT count(*) FROM events WHERE user_id = unknown.id AND name = 'person.created') = 0
        ORDER BY id ON CONFLICT DO NOTHING RETURNING signed_up_at)
    INSERT INTO user_signups_quarter AS sums (bucket, organization_id, plan, signups)
    SELECT date_bin('15 minutes', signed_up_at, '2000-01-01T00:00:00Z'), '00000000-0000-0000-0000-000000000000', 'FREE',
        count(*) FROM met
    GROUP BY 1 ORDER BY 1
    ON CONFLICT (bucket, organization_id, plan) DO UPDATE SET signups = sums.signups + excluded.signups";

/// Of whom nothing was counted yet.
const STRANGERS: &str = "WITH unknown AS MATERIALIZED (
        SELECT id FROM users
        WHERE NOT EXISTS (SELECT FROM analytics_people AS known WHERE known.user_id = users.id))
    SELECT users.id FROM users JOIN unknown USING (id)
    WHERE (SELECT count(*) FROM events WHERE user_id = unknown.id AND name = 'person.created') = 0
    ORDER BY users.id LIMIT $1 FOR KEY SHARE OF users SKIP LOCKED";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Makes the rows and the sign-ups of these persons, as far as they are not known. The caller holds the cursor, and them.
///
/// # Errors
/// Those of the database.
pub(super) async fn meet(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<()> {
    let met = diesel::sql_query(MEET).bind::<Array<SqlUuid>, _>(ids);
    met.execute(conn).await.map(drop)
}

/// The same of all persons, also of those who do nothing: their deletion is counted, too. Ends where another transaction
/// holds the cursor.
///
/// # Errors
/// Those of the database.
pub async fn meet_all(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    loop {
        let met = conn.transaction(async |conn| {
            if !cursor::hold(conn).await? {
                return Ok(0);
            }
            let strangers = diesel::sql_query(STRANGERS).bind::<BigInt, _>(BATCH);
            let strangers: Vec<Id> = strangers.load(conn).await?;
            let ids: Vec<Uuid> = strangers.into_iter().map(|row| row.id).collect();
            meet(conn, &ids).await?;
            QueryResult::Ok(ids.len())
        });
        if met.await? == 0 {
            return Ok(());
        }
    }
}
