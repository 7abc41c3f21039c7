//! The sums of a day.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Date};
use serde::Serialize;
use utoipa::ToSchema;

/// What was used. Costs are millionths of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageSums)]
pub struct Sums {
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
    /// Of the requests: those that were answered with 4xx or 5xx.
    #[diesel(sql_type = BigInt)]
    pub errors: i64,
    #[diesel(sql_type = BigInt)]
    pub messages: i64,
    /// That were completed.
    #[diesel(sql_type = BigInt)]
    pub readings: i64,
    #[diesel(sql_type = BigInt)]
    pub files: i64,
    /// Of the account's own (`POST /v1/events`).
    #[diesel(sql_type = BigInt)]
    pub events: i64,
    /// Of models.
    #[diesel(sql_type = BigInt)]
    pub tokens: i64,
    #[diesel(sql_type = BigInt)]
    pub cost_micros: i64,
}

/// The sums of one day, or of the month that begins with it, of the account's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageOfPeriod)]
pub struct Period {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    #[diesel(embed)]
    #[serde(flatten)]
    pub sums: Sums,
}
