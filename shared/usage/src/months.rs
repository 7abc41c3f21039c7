//! The partitions of `usage_logs`, one a month, by UTC; as those of the outbox (`events::months`).

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// For so many months after this one there are partitions.
const AHEAD: i32 = 3;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Makes the partitions that are missing; returns their names.
///
/// # Errors
/// Those of the database.
pub async fn make(conn: &mut AsyncPgConnection) -> QueryResult<Vec<String>> {
    let make = diesel::sql_query("SELECT name FROM usage_make_months(now(), $1) AS made (name)");
    Ok(names(make.bind::<Integer, _>(AHEAD).load(conn).await?))
}

/// The same where the role of this program may do it.
///
/// # Errors
/// Those of the database.
pub async fn make_if_allowed(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Allowed {
        #[diesel(sql_type = Bool)]
        allowed: bool,
    }
    let Allowed { allowed } = diesel::sql_query(
        "SELECT has_function_privilege('usage_make_months(timestamptz, integer)', 'EXECUTE') AS allowed",
    )
    .get_result(conn)
    .await?;
    if allowed {
        make(conn).await?;
    }
    Ok(())
}

/// Drops the partitions that ended more than `kept` months ago; returns their names.
///
/// # Errors
/// Those of the database; that the table is in use for too long.
pub async fn drop_old(conn: &mut AsyncPgConnection, kept: i32) -> QueryResult<Vec<String>> {
    let drop = diesel::sql_query("SELECT name FROM usage_drop_months($1) AS dropped (name)");
    Ok(names(drop.bind::<Integer, _>(kept).load(conn).await?))
}

fn names(rows: Vec<Name>) -> Vec<String> {
    rows.into_iter().map(|row| row.name).collect()
}

/// For how many days from now on there are partitions.
///
/// # Errors
/// Those of the database.
pub async fn days_left(conn: &mut AsyncPgConnection) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Left {
        #[diesel(sql_type = Integer)]
        days: i32,
    }
    let left: Left = diesel::sql_query(
        "SELECT COALESCE(extract(day FROM
             (max(to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC') - now()), 0)::INTEGER
             AS days
         FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'usage_logs'::regclass",
    )
    .get_result(conn)
    .await?;
    Ok(left.days)
}
