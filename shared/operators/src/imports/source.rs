//! The database of the pre-MVP. It is only read.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use kernel::db::Address;
use serde_json::Value;

use super::model::Older;

/// A connection to it.
pub struct Source {
    conn: AsyncPgConnection,
}

/// The readings of a person there.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Digest {
    #[diesel(sql_type = BigInt)]
    pub source_id: i64,
    #[diesel(sql_type = BigInt)]
    pub readings: i64,
    /// The hash of all of them, in hex.
    #[diesel(sql_type = Nullable<Text>)]
    pub digest: Option<String>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Jsonb)]
    person: Value,
}

#[derive(QueryableByName)]
struct Readings {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Jsonb)]
    readings: Value,
}

// What these name stands in another database: they are no statements of the product.
const PEOPLE: &str = include_str!("../../pre_mvp/people.sql");
const READINGS: &str = include_str!("../../pre_mvp/readings.sql");
const TWICE: &str = include_str!("../../pre_mvp/twice.sql");
const DIGESTS: &str = include_str!("../../pre_mvp/digests.sql");

impl Source {
    /// Connects, to read in one schema.
    ///
    /// # Errors
    /// `Conflict` with what is wrong, if the database does not let us in; those of the database.
    pub async fn open(address: &Address, schema: &str) -> Result<Self, Error> {
        let connected = address.connect().await;
        let mut conn = connected.map_err(|why| {
            let place = address.place();
            Error::Conflict(format!("the pre-MVP at {place} cannot be read: {why}"))
        })?;
        diesel::sql_query(
            "SELECT set_config('default_transaction_read_only', 'on', FALSE),
                set_config('search_path', quote_ident($1), FALSE), set_config('TimeZone', 'UTC', FALSE)",
        )
        .bind::<Text, _>(schema)
        .execute(&mut conn)
        .await?;
        Ok(Self { conn })
    }

    /// The Telegram ids that more than one person has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn twice(&mut self) -> QueryResult<HashSet<i64>> {
        let rows: Vec<Id> = diesel::sql_query(TWICE).load(&mut self.conn).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// Up to `limit` persons behind a number, in the order of their numbers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn page(&mut self, after: i64, limit: i64) -> QueryResult<Vec<Older>> {
        let people: Vec<Person> = diesel::sql_query(PEOPLE)
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(limit)
            .load(&mut self.conn)
            .await?;
        let ids: Vec<i64> = people.iter().map(|one| one.id).collect();
        let mut readings = self.readings(&ids).await?;
        let older = |Person { id, person }| Older {
            id,
            person,
            readings: readings.remove(&id).unwrap_or_default(),
        };
        Ok(people.into_iter().map(older).collect())
    }

    async fn readings(&mut self, ids: &[i64]) -> QueryResult<HashMap<i64, Vec<Value>>> {
        let rows: Vec<Readings> = diesel::sql_query(READINGS)
            .bind::<Array<BigInt>, _>(ids)
            .load(&mut self.conn)
            .await?;
        let list = |value| match value {
            Value::Array(readings) => readings,
            _ => Vec::new(),
        };
        let rows = rows.into_iter();
        Ok(rows.map(|row| (row.id, list(row.readings))).collect())
    }

    /// The hashes of the readings of persons, without the readings of these numbers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn digests(
        &mut self,
        ids: &[i64],
        without: &[i64],
    ) -> QueryResult<HashMap<i64, Digest>> {
        let rows: Vec<Digest> = diesel::sql_query(DIGESTS)
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<BigInt>, _>(without)
            .load(&mut self.conn)
            .await?;
        Ok(rows.into_iter().map(|row| (row.source_id, row)).collect())
    }
}
