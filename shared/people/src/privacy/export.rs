//! The copy of a person's data, over the lists of the features ([`jobs::personal`]), page by page. The
//! shape is the design document's `UserDataExport` (section 6.2), plus the person's words, consents and
//! feedback. Of the internals only the versions of the prompts are included: no models, prices, keys or
//! attempts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value as Json;
use uuid::Uuid;

use ::jobs::personal::{Files, List, Value};

/// Rows of one page.
pub const PAGE: usize = 200;

/// A position in a list: the next page begins after it.
pub type Place = (DateTime<Utc>, Uuid);

/// Before everything.
pub const START: Place = (DateTime::UNIX_EPOCH, Uuid::nil());

/// A row of a list.
#[derive(Clone, Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    pub row: Json,
}

impl Row {
    /// Its position in the list.
    pub fn place(&self) -> Place {
        (self.created_at, self.id)
    }
}

/// A file of the archive.
#[derive(Clone, Debug, QueryableByName)]
pub struct File {
    /// Of its row.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    /// In the bucket.
    #[diesel(sql_type = Text)]
    pub key: String,
}

impl File {
    /// Its position in the list.
    pub fn place(&self) -> Place {
        (self.created_at, self.id)
    }
}

/// A single value; `None` if the person has none.
///
/// # Errors
/// Those of the database.
pub async fn value(
    conn: &mut AsyncPgConnection,
    value: &Value,
    user_id: Uuid,
) -> QueryResult<Option<Json>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Jsonb)]
        value: Json,
    }
    let found: Option<Found> = diesel::sql_query(value.query)
        .bind::<SqlUuid, _>(user_id)
        .get_result(conn)
        .await
        .optional()?;
    Ok(found.map(|found| found.value))
}

/// The next [`PAGE`] rows of a list, oldest first, up to the moment `until`.
///
/// # Errors
/// Those of the database.
pub async fn rows(
    conn: &mut AsyncPgConnection,
    list: &List,
    user_id: Uuid,
    until: DateTime<Utc>,
    after: Place,
) -> QueryResult<Vec<Row>> {
    page(rows_query(list), user_id, until, after)
        .load(conn)
        .await
}

/// The next [`PAGE`] files, oldest first, up to the moment `until`.
///
/// # Errors
/// Those of the database.
pub async fn files(
    conn: &mut AsyncPgConnection,
    files: &Files,
    user_id: Uuid,
    until: DateTime<Utc>,
    after: Place,
) -> QueryResult<Vec<File>> {
    page(files_query(files), user_id, until, after)
        .load(conn)
        .await
}

/// The query of a page of a list.
pub fn rows_query(list: &List) -> String {
    page_query(
        &format!("jsonb_build_object({}) AS row", list.row),
        list.rows,
    )
}

/// The query of a page of files.
pub fn files_query(files: &Files) -> String {
    page_query(&format!("{} AS key", files.key), files.rows)
}

fn page_query(column: &str, rows: &str) -> String {
    format!(
        "SELECT id, created_at, {column} FROM {rows}
           AND user_id = $1 AND created_at <= $2 AND (created_at, id) > ($3, $4)
         ORDER BY created_at, id LIMIT $5"
    )
}

type Page =
    diesel::query_builder::BoxedSqlQuery<'static, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

fn page(query: String, user_id: Uuid, until: DateTime<Utc>, after: Place) -> Page {
    diesel::sql_query(query)
        .into_boxed()
        .bind::<SqlUuid, _>(user_id)
        .bind::<Timestamptz, _>(until)
        .bind::<Timestamptz, _>(after.0)
        .bind::<SqlUuid, _>(after.1)
        .bind::<BigInt, _>(PAGE as i64)
}
