//! The mark of a restored database, which is in the past: persons who were deleted are there again, and money that came
//! is not. Until `symancy restore finish` has caught up, no program works on it. The mark is a setting of the database,
//! so that it needs no table, and each new connection has it without a query.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::error::Error;

/// Refuses a session of a marked database, in one round trip with the settings of the session.
pub(super) const REFUSE: &str = "DO $$BEGIN
        IF current_setting('symancy.restored_to', true) <> '' THEN
            RAISE EXCEPTION 'this database was restored to %, and is not brought up to date: run `symancy restore finish` before it is served',
                current_setting('symancy.restored_to');
        END IF;
    END$$";

const FIND: &str = "SELECT current_setting('symancy.restored_to', true) AS moment";

/// The name of the database cannot be an argument of `ALTER DATABASE`.
const MARK: &str = "SELECT format('ALTER DATABASE %I SET symancy.restored_to = %L', current_database(), $1::text) AS moment";
const LIFT: &str =
    "SELECT format('ALTER DATABASE %I RESET symancy.restored_to', current_database()) AS moment";

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Nullable<Text>)]
    moment: Option<String>,
}

/// The moment that the database of this connection was restored to, as the mark says; `None`: it has no mark.
///
/// # Errors
/// Those of the database.
pub async fn mark(conn: &mut AsyncPgConnection) -> Result<Option<String>, Error> {
    let said: Said = sql_query(FIND).get_result(conn).await?;
    Ok(said.moment.filter(|moment| !moment.is_empty()))
}

/// Marks the database of this connection as restored to a moment; new connections see it.
///
/// # Errors
/// Those of the database: the role must own it, and be a superuser or, from Postgres 15 on, have the right to set
/// `symancy.restored_to`.
pub async fn set_mark(conn: &mut AsyncPgConnection, moment: DateTime<Utc>) -> Result<(), Error> {
    let moment = moment.to_rfc3339();
    let statement: Said = sql_query(MARK)
        .bind::<Text, _>(moment)
        .get_result(conn)
        .await?;
    Ok(conn
        .batch_execute(&statement.moment.unwrap_or_default())
        .await?)
}

/// Takes the mark away.
///
/// # Errors
/// Those of the database: the role must own it, and be a superuser or, from Postgres 15 on, have the right to set
/// `symancy.restored_to`.
pub async fn lift_mark(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let statement: Said = sql_query(LIFT).get_result(conn).await?;
    Ok(conn
        .batch_execute(&statement.moment.unwrap_or_default())
        .await?)
}

/// Refuses a marked database, for programs that start.
///
/// # Errors
/// It is marked; those of the database.
pub async fn refuse(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    match mark(conn).await? {
        None => Ok(()),
        Some(moment) => Err(Error::internal(format!(
            "this database was restored to {moment}, and is not brought up to date: run `symancy restore finish` \
             before it is served"
        ))),
    }
}
