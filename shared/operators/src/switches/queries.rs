//! SQL over `system_settings`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::error::Error;
use serde_json::{Value, json};

use super::rules::{Switch, Values};
use crate::model::{Act, By};
use schema::system_settings;

/// How they stand.
///
/// # Errors
/// Those of the database.
pub async fn read(conn: &mut AsyncPgConnection) -> QueryResult<Values> {
    let rows = system_settings::table.select((system_settings::key, system_settings::value));
    let rows: Vec<(String, Value)> = rows.load(conn).await?;
    Ok(Values::of(rows))
}

/// Turns one, in the caller's transaction.
///
/// # Errors
/// E105 for a value of another kind; those of the database.
pub async fn turn(
    conn: &mut AsyncPgConnection,
    switch: &Switch,
    value: &Value,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    switch.judge(value)?;
    let was = system_settings::table
        .find(switch.key)
        .select(system_settings::value)
        .for_update();
    let was: Option<Value> = was.first(conn).await.optional()?;
    let row = (
        system_settings::value.eq(value),
        system_settings::updated_at.eq(now),
    );
    diesel::insert_into(system_settings::table)
        .values((system_settings::key.eq(switch.key), row))
        .on_conflict(system_settings::key)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    let was = was.unwrap_or_else(|| switch.initial());
    let act = Act {
        action: "switch_turned",
        entity: ("switch", None),
        person: None,
        was: Some(json!({ "key": switch.key, "value": was })),
        is: json!({ "key": switch.key, "value": value }),
    };
    by.note(conn, act).await
}
