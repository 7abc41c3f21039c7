//! Counts everything anew from the events that are kept.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::months;
use kernel::Error;
use schema::{analytics_settings, event_cursors};

use super::step::{BATCH, step_within};
use super::{CURSOR, cursor, queries, zone};

/// What a rebuild began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The zone of the days from now on.
    pub zone: String,
    /// Sums before it stay as they are, in the zone that they were counted by: their events were dropped.
    pub from: DateTime<Utc>,
}

/// Takes away the sums of the months whose events are kept, and sets the cursor before them, in one transaction: the
/// projection counts them anew, and readers see the sums grow meanwhile. `zone`: as it is, if none is given.
///
/// # Errors
/// `Conflict` if there is no such zone, or those of the database.
pub async fn begin(conn: &mut AsyncPgConnection, zone: Option<&str>) -> Result<Begun, Error> {
    if let Some(zone) = zone {
        zone::check(conn, zone).await?;
    }
    // A cursor that others do not see yet would have their steps wait instead of end.
    diesel::insert_into(event_cursors::table)
        .values(event_cursors::name.eq(CURSOR))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    conn.transaction(async |conn| {
        cursor::unhurried(conn).await?;
        let place = event_cursors::table
            .find(CURSOR)
            .select(event_cursors::name);
        let _: String = place.for_update().first(conn).await?;
        // What was told before is counted before: see `Known::rebuilt`.
        while step_within(conn, BATCH).await? > 0 {}
        let kept = queries::settings(conn).await?;
        let zone = zone.unwrap_or(&kept.zone).to_owned();
        let from = months::first(conn).await?;
        take_away(conn, from).await?;
        diesel::update(analytics_settings::table)
            .set((
                analytics_settings::zone.eq(&zone),
                // Not the beginning of the transaction, since when it has read.
                analytics_settings::rebuilt_at
                    .eq(sql::<Nullable<Timestamptz>>("clock_timestamp()")),
                analytics_settings::rebuilt_from.eq(from),
            ))
            .execute(conn)
            .await?;
        events::replay(conn, CURSOR, DateTime::UNIX_EPOCH).await?;
        Ok(Begun { zone, from })
    })
    .await
}

async fn take_away(conn: &mut AsyncPgConnection, from: DateTime<Utc>) -> QueryResult<()> {
    for statement in TAKE_AWAY {
        diesel::sql_query(*statement)
            .bind::<Timestamptz, _>(from)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Sums since `$1`; and of persons, customers and conversations that came before it what has happened to them since.
const TAKE_AWAY: &[&str] = &[
    "DELETE FROM user_signups_quarter WHERE bucket >= $1",
    "DELETE FROM chat_activity_quarter WHERE bucket >= $1",
    "DELETE FROM tokens_by_plan_quarter WHERE bucket >= $1",
    "DELETE FROM model_usage_quarter WHERE bucket >= $1",
    "DELETE FROM provider_performance_quarter WHERE bucket >= $1",
    "DELETE FROM revenue_quarter WHERE bucket >= $1",
    "DELETE FROM mrr_movements_quarter WHERE bucket >= $1",
    "DELETE FROM active_users_daily WHERE day >= ($1::timestamptz AT TIME ZONE analytics_zone())::date",
    "DELETE FROM user_usage_daily WHERE day >= ($1::timestamptz AT TIME ZONE analytics_zone())::date",
    "DELETE FROM model_users_daily WHERE day >= ($1::timestamptz AT TIME ZONE analytics_zone())::date",
    "DELETE FROM active_counts_daily WHERE day >= ($1::timestamptz AT TIME ZONE analytics_zone())::date",
    "DELETE FROM analytics_people WHERE signed_up_at >= $1",
    "UPDATE analytics_people SET verified_at = CASE WHEN verified_at < $1 THEN verified_at END,
         first_paid_at = CASE WHEN first_paid_at < $1 THEN first_paid_at END",
    "UPDATE analytics_people AS person SET plan = first.plan
     FROM (SELECT DISTINCT ON (user_id) user_id, data ->> 'from' AS plan FROM events
           WHERE name = 'plan.changed' AND occurred_at >= $1 AND user_id = account_id ORDER BY user_id, tx, seq) AS first
     WHERE person.user_id = first.user_id AND first.plan IS NOT NULL",
    "UPDATE analytics_customers SET since = CASE WHEN since < $1 THEN since END,
         first_paid_at = CASE WHEN first_paid_at < $1 THEN first_paid_at END",
    "UPDATE analytics_customers AS customer SET paid_total = paid_total - again.total
     FROM (SELECT account_id, data ->> 'currency' AS currency,
               sum((data ->> 'amount')::bigint * CASE data ->> 'kind' WHEN 'paid' THEN 1 WHEN 'returned' THEN -1
                   WHEN 'return_failed' THEN 1 ELSE 0 END)::bigint AS total
           FROM events WHERE name = 'payment.booked' AND occurred_at >= $1
             AND COALESCE((data ->> 'at')::timestamptz, occurred_at) >= $1
           GROUP BY 1, 2) AS again
     WHERE customer.account_id = again.account_id AND customer.currency = again.currency",
    "DELETE FROM analytics_conversations WHERE created_at >= $1",
    "UPDATE analytics_conversations AS known SET messages = known.messages - again.messages
     FROM (SELECT (data ->> 'conversation')::uuid AS id, count(*) AS messages FROM events
           WHERE name = 'message.created' AND occurred_at >= $1 GROUP BY 1) AS again
     WHERE conversation_id = again.id",
];

/// After a dump was read into another cluster the numbers of transactions in the events lie in its future: no reader would
/// read them. Gives them the first numbers of a cluster, one for all that stand between the same two cursors, so that their
/// sequence orders them, and every cursor stands where it stood. Returns how many events had such a number.
///
/// # Errors
/// Those of the database.
pub async fn rebase(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    conn.transaction(async |conn| {
        cursor::unhurried(conn).await?;
        let ahead = diesel::sql_query(
            "SELECT FROM events WHERE tx >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT 1",
        )
        .execute(conn)
        .await?;
        if ahead == 0 {
            return Ok(0);
        }
        diesel::sql_query("SELECT FROM event_cursors ORDER BY name FOR UPDATE")
            .execute(conn)
            .await?;
        let events = diesel::sql_query(REBASE_EVENTS).execute(conn).await?;
        diesel::sql_query(REBASE_CURSORS).execute(conn).await?;
        Ok(events)
    })
    .await
}

/// By how many cursors stand before an event: those that have read it see their own number or a smaller one, the others a
/// greater one.
const REBASE_EVENTS: &str =
    "UPDATE events SET tx = (3 + (SELECT count(*) FROM event_cursors AS place
        WHERE (place.tx, place.seq) < (events.tx, events.seq)))::text::xid8";

/// Behind all events of the number of those that it stood behind.
const REBASE_CURSORS: &str = "UPDATE event_cursors AS place SET
        tx = (3 + (SELECT count(*) FROM event_cursors AS other
            WHERE (other.tx, other.seq) < (place.tx, place.seq)))::text::xid8,
        seq = COALESCE((SELECT max(events.seq) FROM events), 0)";
