//! Rows of the view `current_meters`, and units that were taken.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::pg_enum;
use serde::Serialize;
use uuid::Uuid;

use crate::subscriptions::model::SubscriptionTier;
use schema::{current_meters, plan_limits};

pg_enum! {
    /// What a meter counts.
    Unit as Text {
        /// Readings.
        Analyses = "analyses",
        /// Messages of a person to a model.
        Messages = "messages",
        /// Conversations that are begun.
        Conversations = "conversations",
        /// Files.
        Uploads = "uploads",
        /// Requests to a model outside of a conversation.
        AiRequests = "ai_requests",
        /// Requests of the account's own keys to the API; taken in blocks (`usage::leases`).
        ApiRequests = "api_requests",
    }
}

/// How much of a unit an account has used by now. A limit of `None`: the plan has no quota.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = current_meters, check_for_backend(diesel::pg::Pg))]
pub struct Usage {
    /// One of [`Unit`], or an operator's own.
    pub unit: String,
    pub tier: SubscriptionTier,
    pub day_used: i64,
    pub day_limit: Option<i64>,
    /// The next midnight of the account's clock, at least 20 hours after the last one that counted.
    pub day_ends_at: DateTime<Utc>,
    pub month_used: i64,
    pub month_limit: Option<i64>,
    /// The next first of the month of the account's clock, at least 20 days after the last one that counted.
    pub month_ends_at: DateTime<Utc>,
    /// Of a trial only.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Beyond the plan: taken when it has none left.
    pub bonus_units: i32,
}

/// What a plan allows of a unit. `None`: no quota.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = plan_limits, check_for_backend(diesel::pg::Pg))]
#[diesel(primary_key(tier, unit), treat_none_as_null = true)]
pub struct PlanLimit {
    pub tier: SubscriptionTier,
    pub unit: String,
    pub day_limit: Option<i64>,
    pub month_limit: Option<i64>,
}

/// Units that were taken, and from which windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub account_id: Uuid,
    pub unit: Unit,
    pub amount: i64,
    /// When the day ends that they were taken from; in the year 9999 of bonus units.
    pub day_ends_at: DateTime<Utc>,
    /// When the month ends that they were taken from.
    pub month_ends_at: Option<DateTime<Utc>>,
}

/// The end of the window of a bonus unit, 9999-12-31T00:00:00Z in seconds since 1970, as `take_units` writes it.
const BONUS_WINDOW: i64 = 253_402_214_400;

impl Taken {
    /// Whether they were taken beyond the plan.
    pub(super) fn is_bonus(&self) -> bool {
        self.day_ends_at.timestamp() == BONUS_WINDOW
    }
}
