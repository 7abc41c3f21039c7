//! What is left of a quota, and the refusal of a used-up one. Pure.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::model::{PlanLimit, Unit, Usage};
use crate::subscriptions::model::SubscriptionTier;
use kernel::error::Error;

/// When there are units again; `None`: there are some now, or waiting does not help, because the trial is over.
pub fn free_at(usage: &Usage, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if is_trial_over(usage, now) || usage.bonus_units > 0 {
        None
    } else if is_used_up(usage.month_used, usage.month_limit) {
        Some(usage.month_ends_at)
    } else if is_used_up(usage.day_used, usage.day_limit) {
        Some(usage.day_ends_at)
    } else {
        None
    }
}

/// Whether the trial is over, and nothing has taken its place.
pub fn is_trial_over(usage: &Usage, now: DateTime<Utc>) -> bool {
    usage.trial_ends_at.is_some_and(|end| end <= now)
}

fn is_used_up(used: i64, limit: Option<i64>) -> bool {
    limit.is_some_and(|limit| used >= limit)
}

/// How many units are left, with those beyond the plan; `None`: the plan has no quota.
pub fn left(usage: &Usage, now: DateTime<Utc>) -> Option<i64> {
    if is_trial_over(usage, now) {
        return Some(usage.bonus_units.into());
    }
    let of = |limit: Option<i64>, used: i64| limit.map(|limit| (limit - used).max(0));
    let day = of(usage.day_limit, usage.day_used);
    let month = of(usage.month_limit, usage.month_used);
    let of_plan = day.into_iter().chain(month).min()?;
    Some(of_plan + i64::from(usage.bonus_units))
}

/// How many units the next reading takes: none of a plan without a quota.
pub fn cost(usage: &Usage, now: DateTime<Utc>) -> u8 {
    u8::from(left(usage, now).is_some())
}

/// Why there is no unit left: E303 for a trial that is over, E302 for the month, E301 for the day.
/// The month comes first: with its quota used up, waiting for tomorrow would not help.
pub fn refusal(usage: &Usage, now: DateTime<Utc>) -> Error {
    let tier = usage.tier.as_str();
    let (code, details) = if let Some(ended) = usage.trial_ends_at.filter(|end| *end <= now) {
        (
            crate::codes::TRIAL_EXPIRED,
            json!({ "tier": tier, "trial_ended_at": ended }),
        )
    } else if is_used_up(usage.month_used, usage.month_limit) {
        (
            crate::codes::MONTHLY_LIMIT_EXCEEDED,
            json!({ "tier": tier, "monthly_limit": usage.month_limit,
                "used": usage.month_used, "reset_at": usage.month_ends_at }),
        )
    } else {
        (
            crate::codes::DAILY_LIMIT_EXCEEDED,
            json!({ "tier": tier, "daily_limit": usage.day_limit,
                "used": usage.day_used, "reset_at": usage.day_ends_at }),
        )
    };
    Error::LimitExceeded { code, details }
}

/// What a plan allows of readings, in a day and in a month.
pub fn readings_of(limits: &[PlanLimit], tier: SubscriptionTier) -> [Option<i64>; 2] {
    let of_readings = |one: &&PlanLimit| one.tier == tier && one.unit == Unit::Analyses.as_str();
    let limit = limits.iter().find(of_readings);
    limit.map_or([Some(0); 2], |limit| [limit.day_limit, limit.month_limit])
}
