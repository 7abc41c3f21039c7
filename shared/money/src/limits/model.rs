//! Rows of the view `current_usage`, and units.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::subscriptions::model::SubscriptionTier;
use schema::current_usage;

/// How much of the quota of their plan a person has used by now. `None`: the plan has no such quota.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = current_usage, check_for_backend(diesel::pg::Pg))]
pub struct Usage {
    pub tier: SubscriptionTier,
    pub daily_analyses_used: i32,
    pub daily_analyses_limit: Option<i32>,
    /// The next midnight in the person's timezone, at least 20 hours after the last one that counted.
    pub daily_reset_at: DateTime<Utc>,
    pub monthly_analyses_used: i32,
    pub monthly_analyses_limit: Option<i32>,
    /// The next first of the month in the person's timezone, at least 20 days after the last one that counted.
    pub monthly_reset_at: DateTime<Utc>,
    /// Of a trial only.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Beyond the plan: taken when it has none left.
    pub bonus_units: i32,
}

/// A unit of a quota that was taken: its person, and its windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub user_id: Uuid,
    /// When the day ends that it was taken from; in the year 9999 of a bonus unit.
    pub daily_reset_at: DateTime<Utc>,
    /// When the month ends that it was taken from.
    pub monthly_reset_at: Option<DateTime<Utc>>,
}

/// The end of the window of a bonus unit, 9999-12-31T00:00:00Z in seconds since 1970, as `take_unit` writes it.
const BONUS_WINDOW: i64 = 253_402_214_400;

impl Unit {
    /// Whether it was taken beyond the plan.
    pub(super) fn is_bonus(&self) -> bool {
        self.daily_reset_at.timestamp() == BONUS_WINDOW
    }
}
