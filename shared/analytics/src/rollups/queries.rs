//! What a batch needs to know.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::Event;
use schema::{analytics_customers, analytics_people, analytics_settings};
use uuid::Uuid;

use super::facts::Counted;
use super::known::{Customer, Known, Person, Rebuilt};
use super::turn::bucket;
use super::{meet, rules};

/// How the sums are kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = analytics_settings, check_for_backend(diesel::pg::Pg))]
pub struct Settings {
    /// The zone that the days are of.
    pub zone: String,
    pub rebuilt_at: Option<DateTime<Utc>>,
    pub rebuilt_from: Option<DateTime<Utc>>,
}

/// Reads them.
///
/// # Errors
/// Those of the database.
pub async fn settings(conn: &mut AsyncPgConnection) -> QueryResult<Settings> {
    let row = analytics_settings::table.select(Settings::as_select());
    row.first(conn).await
}

/// What is known about the persons, accounts and days of a batch. The persons and organizations that are there are kept
/// until the transaction ends, before any row of theirs is touched: so an erasure comes before all of it, or after.
///
/// # Errors
/// Those of the database.
pub async fn known(
    conn: &mut AsyncPgConnection,
    settings: &Settings,
    batch: &[(Event, Counted)],
) -> QueryResult<Known> {
    let ids = ids(batch);
    let there = keep(conn, &ids).await?;
    meet::meet(conn, &there).await?;
    let people: Vec<Person> = analytics_people::table
        .filter(analytics_people::user_id.eq_any(&there))
        .select(Person::as_select())
        .load(conn)
        .await?;
    let customers: Vec<Customer> = analytics_customers::table
        .filter(analytics_customers::account_id.eq_any(&there))
        .select(Customer::as_select())
        .load(conn)
        .await?;
    let rebuilt = settings.rebuilt_at.zip(settings.rebuilt_from);
    Ok(Known {
        there: there.into_iter().collect(),
        people: people.into_iter().map(|one| (one.user_id, one)).collect(),
        customers: customers.into_iter().map(|one| (one.key(), one)).collect(),
        days: days(conn, &settings.zone, batch)
            .await?
            .into_iter()
            .collect(),
        rebuilt: rebuilt.map(|(at, from)| Rebuilt { at, from }),
        ..Known::default()
    })
}

/// The persons and accounts of a batch, once each and in order.
fn ids(batch: &[(Event, Counted)]) -> Vec<Uuid> {
    let ids = batch
        .iter()
        .flat_map(|(event, _)| [event.user_id, event.account_id]);
    let mut ids: Vec<Uuid> = ids.flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Keeps persons, then organizations, in the order of their ids; returns those that are there.
async fn keep(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let mut there = Vec::new();
    for statement in [
        "SELECT id FROM users WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE",
        "SELECT id FROM accounts WHERE id = ANY ($1) AND user_id IS NULL ORDER BY id FOR KEY SHARE",
    ] {
        let kept = diesel::sql_query(statement).bind::<Array<SqlUuid>, _>(ids);
        let kept: Vec<Id> = kept.load(conn).await?;
        there.extend(kept.into_iter().map(|row| row.id));
    }
    Ok(there)
}

#[derive(QueryableByName)]
struct Day {
    #[diesel(sql_type = Timestamptz)]
    bucket: DateTime<Utc>,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

/// The day of each quarter hour of a batch. By the database, which knows all zones: a quarter hour is of one day in each.
async fn days(
    conn: &mut AsyncPgConnection,
    zone: &str,
    batch: &[(Event, Counted)],
) -> QueryResult<Vec<(DateTime<Utc>, NaiveDate)>> {
    let moments = batch
        .iter()
        .map(|(event, counted)| rules::moment(event, counted));
    let mut buckets: Vec<DateTime<Utc>> = moments.map(bucket).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let days: Vec<Day> = diesel::sql_query(
        "SELECT bucket, (bucket AT TIME ZONE $2::text)::date AS day
         FROM unnest($1::timestamptz[]) AS quarters (bucket)",
    )
    .bind::<Array<Timestamptz>, _>(buckets)
    .bind::<Text, _>(zone)
    .load(conn)
    .await?;
    Ok(days.into_iter().map(|row| (row.bucket, row.day)).collect())
}
