//! What is shown of usage. All of it is of one account.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::day::{Period, Sums};

/// The clock of an account.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Today {
    /// Its IANA time zone; that of an organization is UTC.
    #[diesel(sql_type = Text)]
    pub timezone: String,
    /// The day that it is there.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
}

/// The day that it is by the clock of an account.
///
/// # Errors
/// Those of the database.
pub async fn today(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Today> {
    diesel::sql_query(TODAY)
        .bind::<SqlUuid, _>(account)
        .bind::<Timestamptz, _>(now)
        .get_result(conn)
        .await
}

const TODAY: &str = "
    SELECT timezone, ($2::timestamptz AT TIME ZONE timezone)::date AS day
    FROM (SELECT COALESCE((SELECT timezone::text FROM users WHERE id = $1), 'UTC') AS timezone) AS clock";

/// What an account has used since a day; `None`: ever.
///
/// # Errors
/// Those of the database.
pub async fn sums(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    since: Option<NaiveDate>,
) -> QueryResult<Sums> {
    diesel::sql_query(SUMS)
        .bind::<SqlUuid, _>(account)
        .bind::<Nullable<Date>, _>(since)
        .get_result(conn)
        .await
}

const SUMS: &str = "
    SELECT COALESCE(sum(requests), 0)::bigint AS requests, COALESCE(sum(errors), 0)::bigint AS errors,
        COALESCE(sum(messages), 0)::bigint AS messages, COALESCE(sum(readings), 0)::bigint AS readings,
        COALESCE(sum(files), 0)::bigint AS files, COALESCE(sum(events), 0)::bigint AS events,
        COALESCE(sum(tokens), 0)::bigint AS tokens, COALESCE(sum(cost_micros), 0)::bigint AS cost_micros
    FROM usage_daily_aggregates WHERE account_id = $1 AND ($2::date IS NULL OR day >= $2)";

/// What an account has used in each of the last months, also those without anything, the oldest first. The last one is that
/// of `today`.
///
/// # Errors
/// Those of the database.
pub async fn months(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    today: NaiveDate,
    months: i32,
) -> QueryResult<Vec<Period>> {
    diesel::sql_query(MONTHS)
        .bind::<SqlUuid, _>(account)
        .bind::<Date, _>(today)
        .bind::<Integer, _>(months)
        .load(conn)
        .await
}

const MONTHS: &str = "
    SELECT first::date AS day,
        COALESCE(sum(requests), 0)::bigint AS requests, COALESCE(sum(errors), 0)::bigint AS errors,
        COALESCE(sum(messages), 0)::bigint AS messages, COALESCE(sum(readings), 0)::bigint AS readings,
        COALESCE(sum(files), 0)::bigint AS files, COALESCE(sum(events), 0)::bigint AS events,
        COALESCE(sum(tokens), 0)::bigint AS tokens, COALESCE(sum(cost_micros), 0)::bigint AS cost_micros
    FROM generate_series(date_trunc('month', $2::date::timestamp) - make_interval(months => $3 - 1),
        date_trunc('month', $2::date::timestamp), interval '1 month') AS first
    LEFT JOIN usage_daily_aggregates ON account_id = $1 AND day >= first::date AND day < (first + interval '1 month')::date
    GROUP BY first ORDER BY first";

/// A day of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageOfKeyDay)]
pub struct KeyDay {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
    #[diesel(sql_type = BigInt)]
    pub errors: i64,
}

/// The requests of a key by day of the account's clock, from a day on; days without any are left out. Quarters of an hour
/// make days of every zone.
///
/// # Errors
/// Those of the database.
pub async fn key_days(
    conn: &mut AsyncPgConnection,
    (account, key): (Uuid, Uuid),
    zone: &str,
    since: NaiveDate,
) -> QueryResult<Vec<KeyDay>> {
    diesel::sql_query(KEY_DAYS)
        .bind::<SqlUuid, _>(account)
        .bind::<SqlUuid, _>(key)
        .bind::<Text, _>(zone)
        .bind::<Date, _>(since)
        .load(conn)
        .await
}

const KEY_DAYS: &str = "
    SELECT (bucket AT TIME ZONE $3)::date AS day, sum(requests)::bigint AS requests,
        COALESCE(sum(requests) FILTER (WHERE status_class >= 4), 0)::bigint AS errors
    FROM api_requests_quarter
    WHERE account_id = $1 AND key_id = $2 AND bucket >= $4::date::timestamp AT TIME ZONE $3
    GROUP BY 1 ORDER BY 1";

/// Requests that took alike.
#[derive(Clone, Debug, QueryableByName)]
pub struct Bucket {
    /// Method and route.
    #[diesel(sql_type = Text)]
    pub endpoint: String,
    #[diesel(sql_type = SmallInt)]
    pub status_class: i16,
    /// See [`crate::rules::latency_bucket`]; [`crate::rules::UNTIMED`] of those whose time was the client's.
    #[diesel(sql_type = SmallInt)]
    pub latency_bucket: i16,
    #[diesel(sql_type = BigInt)]
    pub requests: i64,
}

/// The requests of an account by endpoint since a moment, of one key if that is named.
///
/// # Errors
/// Those of the database.
pub async fn endpoints(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    key: Option<Uuid>,
    since: DateTime<Utc>,
) -> QueryResult<Vec<Bucket>> {
    diesel::sql_query(ENDPOINTS)
        .bind::<SqlUuid, _>(account)
        .bind::<Nullable<SqlUuid>, _>(key)
        .bind::<Timestamptz, _>(since)
        .load(conn)
        .await
}

const ENDPOINTS: &str = "
    SELECT endpoint, status_class, latency_bucket, sum(requests)::bigint AS requests
    FROM api_requests_quarter
    WHERE account_id = $1 AND ($2::uuid IS NULL OR key_id = $2) AND bucket >= $3
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// What a model was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageOfModel)]
pub struct ModelUse {
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub model: String,
    /// Each attempt.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Of these: those that gave no answer that could be used.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    #[diesel(sql_type = BigInt)]
    pub input_tokens: i64,
    #[diesel(sql_type = BigInt)]
    pub output_tokens: i64,
    /// Millionths of a dollar.
    #[diesel(sql_type = BigInt)]
    pub cost_micros: i64,
}

/// The calls of models for a person's own account since a moment, the dearest first.
///
/// # Errors
/// Those of the database.
pub async fn models(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<Vec<ModelUse>> {
    diesel::sql_query(MODELS)
        .bind::<SqlUuid, _>(account)
        .bind::<Timestamptz, _>(since)
        .load(conn)
        .await
}

const MODELS: &str = "
    SELECT provider::text AS provider, COALESCE(model, '') AS model, count(*) AS calls,
        count(*) FILTER (WHERE state NOT IN ('answered', 'intent')) AS failed,
        COALESCE(sum(input_tokens), 0)::bigint AS input_tokens,
        COALESCE(sum(output_tokens), 0)::bigint AS output_tokens,
        COALESCE(sum(cost_micro_usd), 0)::bigint AS cost_micros
    FROM paid_calls WHERE user_id = $1 AND began_at >= $2
    GROUP BY 1, 2 ORDER BY cost_micros DESC, provider, model";

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageLine)]
pub struct LogLine {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub occurred_at: DateTime<Utc>,
    /// Null: a key of an organization acted for no person, the person is gone, or is another one and the asker may not read
    /// the audit log.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    /// Null: a person came without a key.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub key_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub method: String,
    /// The pattern of the route.
    #[diesel(sql_type = Text)]
    #[schema(example = "/v1/analyses/{id}")]
    pub endpoint: String,
    #[diesel(sql_type = SmallInt)]
    pub status: i16,
    #[diesel(sql_type = Integer)]
    pub latency_ms: i32,
    #[diesel(sql_type = BigInt)]
    pub bytes_in: i64,
    #[diesel(sql_type = BigInt)]
    pub bytes_out: i64,
    #[diesel(sql_type = Integer)]
    pub tokens: i32,
    #[diesel(sql_type = BigInt)]
    pub cost_micros: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub model: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub error_code: Option<String>,
    #[diesel(sql_type = Text)]
    pub request_id: String,
    /// The network that it came from; null as `user_id`.
    #[diesel(sql_type = Nullable<Text>)]
    #[schema(example = "203.0.113.0/24")]
    pub network: Option<String>,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub key: Option<Uuid>,
    pub endpoint: Option<String>,
    /// The least and the greatest status.
    pub status: Option<(i16, i16)>,
    pub from: Option<DateTime<Utc>>,
    /// This moment is not wanted.
    pub to: Option<DateTime<Utc>>,
    /// Older than this line.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

/// Lines of an account's log, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn log(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    wanted: &Wanted,
    limit: i64,
) -> QueryResult<Vec<LogLine>> {
    diesel::sql_query(LOG)
        .bind::<SqlUuid, _>(account)
        .bind::<Nullable<SqlUuid>, _>(wanted.key)
        .bind::<Nullable<Text>, _>(&wanted.endpoint)
        .bind::<Nullable<SmallInt>, _>(wanted.status.map(|(least, _)| least))
        .bind::<Nullable<SmallInt>, _>(wanted.status.map(|(_, most)| most))
        .bind::<Nullable<Timestamptz>, _>(wanted.from)
        .bind::<Nullable<Timestamptz>, _>(wanted.to)
        .bind::<Nullable<Timestamptz>, _>(wanted.before.map(|(at, _)| at))
        .bind::<Nullable<SqlUuid>, _>(wanted.before.map(|(_, id)| id))
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}

const LOG: &str = "
    SELECT id, occurred_at, user_id, key_id, method, endpoint, status, latency_ms, bytes_in, bytes_out, tokens, cost_micros,
        model, error_code, request_id, address::text AS network
    FROM usage_logs
    WHERE account_id = $1 AND ($2::uuid IS NULL OR key_id = $2) AND ($3::text IS NULL OR endpoint = $3)
      AND ($4::smallint IS NULL OR status >= $4) AND ($5::smallint IS NULL OR status <= $5)
      AND ($6::timestamptz IS NULL OR occurred_at >= $6) AND ($7::timestamptz IS NULL OR occurred_at < $7)
      AND ($8::timestamptz IS NULL OR (occurred_at, id) < ($8, $9::uuid))
    ORDER BY occurred_at DESC, id DESC LIMIT $10";

/// That a day has changed after it was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, QueryableByName, ToSchema)]
#[schema(as = UsageCorrection)]
pub struct Correction {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// A field of the sums.
    #[diesel(sql_type = Text)]
    #[schema(example = "events")]
    pub unit: String,
    /// What was added.
    #[diesel(sql_type = BigInt)]
    pub delta: i64,
    /// `late`: it came after the day; `recount`: the day was counted again.
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = Timestamptz)]
    pub noted_at: DateTime<Utc>,
}

/// The corrections of an account since a moment, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn corrections(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<Vec<Correction>> {
    diesel::sql_query(CORRECTIONS)
        .bind::<SqlUuid, _>(account)
        .bind::<Timestamptz, _>(since)
        .load(conn)
        .await
}

const CORRECTIONS: &str = "
    SELECT day, unit, delta, reason, noted_at FROM usage_corrections
    WHERE account_id = $1 AND noted_at >= $2 ORDER BY noted_at DESC, day DESC, unit LIMIT 1000";
