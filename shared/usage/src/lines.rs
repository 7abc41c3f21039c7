//! Lines of requests, written in batches, with the sums that follow from them in the same statement. A batch that is
//! written twice, because the reply to its commit was lost, counts once.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Jsonb, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use crate::network::network;
use crate::rules;

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: Uuid,
    /// When it was answered.
    pub occurred_at: DateTime<Utc>,
    /// The person that it is about.
    pub user_id: Option<Uuid>,
    /// The account that it is for. Lines of an account that is gone are not written.
    pub account_id: Option<Uuid>,
    /// The key that it came by.
    pub key_id: Option<Uuid>,
    pub method: &'static str,
    /// The pattern of the route, never the path.
    pub endpoint: String,
    pub status: u16,
    pub latency_ms: u32,
    /// Whether that time was the client's: it has asked to wait, or has sent a file.
    pub is_untimed: bool,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Of a refusal.
    pub error_code: Option<&'static str>,
    pub request_id: String,
    /// Of the client; its network alone is written.
    pub address: Option<IpAddr>,
}

impl Line {
    fn row(&self) -> serde_json::Value {
        json!({
            "id": self.id,
            "occurred_at": self.occurred_at,
            "user_id": self.user_id,
            "account_id": self.account_id,
            "key_id": self.key_id,
            "method": self.method,
            "endpoint": self.endpoint,
            "status": self.status,
            "latency_ms": i32::try_from(self.latency_ms).unwrap_or(i32::MAX),
            "latency_bucket": match self.is_untimed {
                true => rules::UNTIMED,
                false => rules::latency_bucket(self.latency_ms),
            },
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "error_code": self.error_code,
            "request_id": self.request_id,
            "address": self.address.map(network),
        })
    }
}

/// Writes lines, with what follows from them. Returns the ids of those that are to be written later, because their account
/// is perhaps being deleted.
///
/// # Errors
/// Those of the database.
pub async fn write(conn: &mut AsyncPgConnection, lines: &[Line]) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Later {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let rows: Vec<_> = lines.iter().map(Line::row).collect();
    let later: Vec<Later> = diesel::sql_query(include_str!("lines.sql"))
        .bind::<Jsonb, _>(serde_json::Value::Array(rows))
        .load(conn)
        .await?;
    Ok(later.into_iter().map(|one| one.id).collect())
}
