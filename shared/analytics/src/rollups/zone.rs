//! The reporting zone: that of the setting, and that of the days as they are kept.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use schema::{analytics_settings, event_cursors};

use super::CURSOR;

/// Whether the days are of this zone. Before anything is counted they become so.
///
/// # Errors
/// `Conflict` if there is no such zone, or those of the database.
pub async fn is_kept(conn: &mut AsyncPgConnection, zone: &str) -> Result<bool, Error> {
    let kept: String = analytics_settings::table
        .select(analytics_settings::zone)
        .first(conn)
        .await?;
    if kept == zone {
        return Ok(true);
    }
    let begun: i64 = event_cursors::table
        .find(CURSOR)
        .count()
        .get_result(conn)
        .await?;
    if begun > 0 {
        return Ok(false);
    }
    check(conn, zone).await?;
    diesel::update(analytics_settings::table)
        .set(analytics_settings::zone.eq(zone))
        .execute(conn)
        .await?;
    Ok(true)
}

/// Asks the database whether there is this zone.
///
/// # Errors
/// `Conflict` if there is not, or those of the database.
pub async fn check(conn: &mut AsyncPgConnection, zone: &str) -> Result<(), Error> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let found: Count =
        diesel::sql_query("SELECT count(*) AS count FROM pg_timezone_names WHERE name = $1")
            .bind::<Text, _>(zone)
            .get_result(conn)
            .await?;
    match found.count {
        0 => Err(Error::Conflict(format!(
            "ANALYTICS_TIMEZONE: {zone} is not an IANA time zone (example: Europe/Moscow)"
        ))),
        _ => Ok(()),
    }
}
