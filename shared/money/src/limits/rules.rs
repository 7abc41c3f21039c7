//! The refusal of a used-up quota. Pure.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::model::Usage;
use kernel::error::Error;

/// When there are units again; `None`: there are some now, or waiting does not help, because the trial is over.
pub fn free_at(usage: &Usage, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if is_trial_over(usage, now) || usage.bonus_units > 0 {
        None
    } else if is_used_up(usage.monthly_analyses_used, usage.monthly_analyses_limit) {
        Some(usage.monthly_reset_at)
    } else if is_used_up(usage.daily_analyses_used, usage.daily_analyses_limit) {
        Some(usage.daily_reset_at)
    } else {
        None
    }
}

/// Whether the trial is over, and nothing has taken its place.
pub fn is_trial_over(usage: &Usage, now: DateTime<Utc>) -> bool {
    usage.trial_ends_at.is_some_and(|end| end <= now)
}

fn is_used_up(used: i32, limit: Option<i32>) -> bool {
    limit.is_some_and(|limit| used >= limit)
}

/// How many units are left, with those beyond the plan; `None`: the plan has no quota.
pub fn left(usage: &Usage, now: DateTime<Utc>) -> Option<i32> {
    if is_trial_over(usage, now) {
        return Some(usage.bonus_units);
    }
    let of = |limit: Option<i32>, used: i32| limit.map(|limit| (limit - used).max(0));
    let day = of(usage.daily_analyses_limit, usage.daily_analyses_used);
    let month = of(usage.monthly_analyses_limit, usage.monthly_analyses_used);
    let of_plan = day.into_iter().chain(month).min()?;
    Some(of_plan + usage.bonus_units)
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
    } else if is_used_up(usage.monthly_analyses_used, usage.monthly_analyses_limit) {
        (
            crate::codes::MONTHLY_LIMIT_EXCEEDED,
            json!({ "tier": tier, "monthly_limit": usage.monthly_analyses_limit,
                "used": usage.monthly_analyses_used, "reset_at": usage.monthly_reset_at }),
        )
    } else {
        (
            crate::codes::DAILY_LIMIT_EXCEEDED,
            json!({ "tier": tier, "daily_limit": usage.daily_analyses_limit,
                "used": usage.daily_analyses_used, "reset_at": usage.daily_reset_at }),
        )
    };
    Error::LimitExceeded { code, details }
}
