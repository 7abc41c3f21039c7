//! Suspended accounts: they may have their data copied and deleted, and nothing else. Of an organization the members
//! still see what is there.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use serde_json::json;
use uuid::Uuid;

use crate::codes::SUSPENDED;
use crate::users::model::PersonKey;
use schema::{suspensions, users};

/// Why an account is suspended, and how long.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = suspensions, check_for_backend(diesel::pg::Pg))]
#[diesel(primary_key(account_id), treat_none_as_null = true)]
pub struct Suspension {
    pub account_id: Uuid,
    pub reason: String,
    pub since: DateTime<Utc>,
    /// `None`: until it is taken back.
    pub until: Option<DateTime<Utc>>,
}

impl Suspension {
    /// What its person is told.
    pub fn refusal(&self) -> Error {
        Error::Denied {
            code: SUSPENDED,
            details: json!({ "until": self.until }),
        }
    }
}

/// The suspension of an account: of the person of this proof, or of the row.
///
/// # Errors
/// Those of the database.
pub async fn of(
    conn: &mut AsyncPgConnection,
    whose: PersonKey,
    now: DateTime<Utc>,
) -> QueryResult<Option<Suspension>> {
    let lasting = suspensions::until.is_null().or(suspensions::until.gt(now));
    let lasting = suspensions::table.filter(lasting);
    let lasting = lasting.select(Suspension::as_select());
    let found = match whose {
        PersonKey::Row(id) => {
            lasting
                .filter(suspensions::account_id.eq(id))
                .first(conn)
                .await
        }
        PersonKey::Telegram(id) => {
            let person = users::table
                .filter(users::telegram_id.eq(id))
                .select(users::id);
            lasting
                .filter(suspensions::account_id.eq_any(person))
                .first(conn)
                .await
        }
    };
    found.optional()
}

/// Refuses what a person wants who is suspended.
///
/// # Errors
/// E215 while they are; those of the database.
pub async fn check(
    conn: &mut AsyncPgConnection,
    whose: PersonKey,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    match of(conn, whose, now).await? {
        Some(suspension) => Err(suspension.refusal()),
        None => Ok(()),
    }
}

/// Suspends an account, in the place of an earlier suspension.
///
/// # Errors
/// Those of the database.
pub async fn put(conn: &mut AsyncPgConnection, suspension: &Suspension) -> QueryResult<()> {
    diesel::insert_into(suspensions::table)
        .values(suspension)
        .on_conflict(suspensions::account_id)
        .do_update()
        .set(suspension)
        .execute(conn)
        .await
        .map(|_| ())
}

/// Takes a suspension back. Returns whether there was one.
///
/// # Errors
/// Those of the database.
pub async fn end(conn: &mut AsyncPgConnection, account_id: Uuid) -> QueryResult<bool> {
    let ended = diesel::delete(suspensions::table.find(account_id))
        .execute(conn)
        .await?;
    Ok(ended == 1)
}

/// The statements that delete old rows: 30 days after the end.
pub const PRUNE: &[&str] = &["DELETE FROM suspensions WHERE account_id IN (
         SELECT account_id FROM suspensions WHERE until < now() - interval '30 days' LIMIT $1)"];
