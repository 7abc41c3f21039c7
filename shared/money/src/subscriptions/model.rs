//! Rows of `plans` and `subscriptions`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use kernel::pg_enum;
use schema::{plans, subscriptions};

pg_enum! {
    /// A plan.
    SubscriptionTier as schema::sql_types::SubscriptionTier {
        Free = "FREE",
        Trial = "TRIAL",
        Basic = "BASIC",
        Advanced = "ADVANCED",
        Premium = "PREMIUM",
        Pro = "PRO",
        Enterprise = "ENTERPRISE",
    }
}

pg_enum! {
    /// The state of a subscription.
    SubscriptionStatus as schema::sql_types::SubscriptionStatus {
        Active = "active",
        Canceled = "canceled",
        PastDue = "past_due",
        Expired = "expired",
    }
}

/// What a plan costs. What it allows is in `plan_limits`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = plans, check_for_backend(diesel::pg::Pg))]
pub struct Plan {
    pub tier: SubscriptionTier,
    /// For one month, in roubles; `None`: not for sale.
    pub price_rub: Option<Decimal>,
    /// For one month, in Telegram Stars; `None`: not for sale.
    pub price_stars: Option<i32>,
    /// 0: this plan is not a trial.
    pub trial_days: i32,
    /// The most tokens of one request to a model; `None`: no bound.
    pub max_tokens: Option<i32>,
    /// How many requests a minute an account may send, with all its keys; `None`: as the settings say.
    pub requests_per_minute: Option<i32>,
}

impl Plan {
    /// Whether it has a price.
    pub fn is_for_sale(&self) -> bool {
        self.price_rub.is_some() || self.price_stars.is_some()
    }
}

/// An account's plan.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = subscriptions, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_null = true)]
pub struct Subscription {
    pub id: Uuid,
    /// The account: a person's own, which has their id, or an organization.
    pub user_id: Uuid,
    pub tier: SubscriptionTier,
    pub status: SubscriptionStatus,
    pub trial_used: bool,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub current_period_start: Option<DateTime<Utc>>,
    pub current_period_end: Option<DateTime<Utc>>,
    pub cancel_at_period_end: bool,
    pub canceled_at: Option<DateTime<Utc>>,
}

impl Subscription {
    /// Whether the time of a paid plan is still running.
    pub fn is_paid(&self, now: DateTime<Utc>) -> bool {
        is_for_sale(self.tier) && self.current_period_end.is_some_and(|end| end > now)
    }

    /// Its columns in the audit log.
    pub fn for_audit(&self) -> Value {
        json!({
            "tier": self.tier,
            "status": self.status,
            "trial_ends_at": self.trial_ends_at,
            "current_period_end": self.current_period_end,
            "cancel_at_period_end": self.cancel_at_period_end,
        })
    }
}

/// Whether this plan is paid for: by people, or given by an operator.
pub fn is_for_sale(tier: SubscriptionTier) -> bool {
    !matches!(tier, SubscriptionTier::Free | SubscriptionTier::Trial)
}

/// Place of a plan among the others; a higher one gives more.
pub fn rank(tier: SubscriptionTier) -> usize {
    let same = |other: &SubscriptionTier| *other == tier;
    SubscriptionTier::ALL.iter().position(same).unwrap_or(0)
}
