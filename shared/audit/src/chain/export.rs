//! Sealed lines with their seals, in the order of the chain: what is needed to check the chain elsewhere.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A seal and its line. Of a line that was deleted after its time the seal alone.
#[derive(Clone, Debug, Serialize, QueryableByName)]
pub struct Sealed {
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// In microseconds since 1970: so it enters the link.
    #[diesel(sql_type = BigInt)]
    pub made_at_micros: i64,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    pub action: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub actor: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub entity_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub old_value: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub new_value: Option<Value>,
    #[diesel(sql_type = Nullable<Text>)]
    pub ip_address: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub user_agent: Option<String>,
    /// Digests of the line and the link, in hexadecimal: link = SHA-256 of the link before, `seq`, `made_at_micros` (8
    /// bytes each, the highest first), `lasting` and `whole`.
    #[diesel(sql_type = Text)]
    pub lasting: String,
    #[diesel(sql_type = Text)]
    pub whole: String,
    #[diesel(sql_type = Text)]
    pub link: String,
}

const PAGE: &str = "
    SELECT s.seq, s.log_id AS id, (extract(epoch FROM s.made_at) * 1000000)::bigint AS made_at_micros,
        s.made_at AS created_at, l.action::text AS action, l.actor::text AS actor, l.user_id,
        l.entity_type::text AS entity_type, l.entity_id, l.old_value, l.new_value,
        host(l.ip_address) AS ip_address, l.user_agent::text AS user_agent, encode(s.lasting, 'hex') AS lasting,
        encode(s.whole, 'hex') AS whole, encode(s.chain, 'hex') AS link
    FROM audit_seals s LEFT JOIN audit_logs l ON l.id = s.log_id
    WHERE s.seq > $1 AND ($2::timestamptz IS NULL OR s.made_at >= $2)
      AND ($3::timestamptz IS NULL OR s.made_at <= $3)
    ORDER BY s.seq LIMIT $4";

/// Those behind a number, written within a stretch of time.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    behind: i64,
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    limit: i64,
) -> QueryResult<Vec<Sealed>> {
    diesel::sql_query(PAGE)
        .bind::<BigInt, _>(behind)
        .bind::<Nullable<Timestamptz>, _>(from)
        .bind::<Nullable<Timestamptz>, _>(to)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}
