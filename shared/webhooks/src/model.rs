//! Endpoints and deliveries, as they are read.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use schema::{webhook_deliveries, webhook_endpoints};

/// Where the events of an account are posted to.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = webhook_endpoints, check_for_backend(diesel::pg::Pg))]
pub struct Endpoint {
    pub id: Uuid,
    pub account_id: Uuid,
    pub url: String,
    pub description: Option<String>,
    /// The names of the events that it gets; none: all.
    pub events: Vec<String>,
    pub enabled: bool,
    /// Why it was switched off, if not by its owner: `gone` or `failing`.
    pub disabled_why: Option<String>,
    /// Since its last success nothing was delivered.
    pub failing_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(diesel::pg::Pg))]
pub struct Delivery {
    pub id: Uuid,
    pub endpoint_id: Uuid,
    pub event_id: Uuid,
    pub event_name: String,
    pub occurred_at: DateTime<Utc>,
    /// A spelling of [`Status`].
    pub status: String,
    /// Of this run: a replay begins anew.
    pub attempts: i32,
    pub next_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    pub response_status: Option<i16>,
    /// Why there was no answer, or why there is no further attempt.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryStatus)]
pub enum Status {
    /// It waits for its first or its next attempt.
    Pending,
    Delivered,
    /// There is no further attempt, unless it is replayed.
    Failed,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl Endpoint {
    /// Where it is, without the rest of its address, which may hold a secret.
    pub fn host(&self) -> String {
        let url = self.url.parse::<url::Url>().ok();
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_default()
    }

    /// Whether it was switched off because it has answered so.
    pub fn is_gone(&self) -> bool {
        self.disabled_why.as_deref() == Some("gone")
    }
}

impl Delivery {
    /// Whether there is, or may be, a further attempt.
    pub fn is_pending(&self) -> bool {
        self.status == Status::Pending.as_str()
    }
}
