//! Who of the pre-MVP can be brought over, and what they get. Pure.

use chrono::{DateTime, Utc};
use money::subscriptions::model::{
    Subscription, SubscriptionStatus, SubscriptionTier, is_for_sale,
};
use serde_json::Value;

use super::model::{Arrival, Here, Older, Plan, Reading, Reason, Terms};

/// A person as they can be brought over.
///
/// # Errors
/// All reasons why they cannot.
pub fn judge(older: &Older, terms: &Terms) -> Result<Arrival, Vec<Reason>> {
    let row = &older.person;
    let found = (
        telegram_id(row, terms),
        created_at(row, terms.now),
        plan(row, terms.now),
        readings(&older.readings),
    );
    match found {
        (Ok(telegram_id), Ok(created_at), Ok(plan), Ok(readings)) => Ok(Arrival {
            source_id: older.id,
            telegram_id,
            username: text(&row["username"]),
            first_name: text(&row["first_name"]),
            last_name: text(&row["last_name"]),
            created_at,
            plan,
            readings,
        }),
        (id, at, plan, readings) => {
            let wrong = [id.err(), at.err(), plan.err(), readings.err()];
            Err(wrong.into_iter().flatten().collect())
        }
    }
}

fn telegram_id(row: &Value, terms: &Terms) -> Result<i64, Reason> {
    let id = &row["telegram_id"];
    if id.is_null() {
        return Err(Reason::TelegramIdMissing);
    }
    // Groups have negative ones.
    let id = id.as_i64().filter(|id| *id > 0);
    let id = id.ok_or(Reason::TelegramIdInvalid)?;
    match terms.twice.contains(&id) {
        true => Err(Reason::TelegramIdTwice),
        false => Ok(id),
    }
}

fn created_at(row: &Value, now: DateTime<Utc>) -> Result<DateTime<Utc>, Reason> {
    let at = moment(&row["created_at"]).filter(|at| *at <= now);
    at.ok_or(Reason::CreatedAtInvalid)
}

/// Without a name it is FREE. Paid time that is over is no plan any more; a trial that is over counts as used.
fn plan(row: &Value, now: DateTime<Utc>) -> Result<Plan, Reason> {
    let tier = match &row["subscription_tier"] {
        Value::Null => SubscriptionTier::Free,
        tier => {
            let tier = tier.as_str().and_then(SubscriptionTier::parse);
            tier.ok_or(Reason::TierUnknown)?
        }
    };
    match (tier, moment(&row["paid_until"])) {
        (SubscriptionTier::Free, _) => Ok(Plan::Free),
        (_, None) => Err(Reason::EndMissing),
        (SubscriptionTier::Trial, Some(until)) => Ok(Plan::Trial(until)),
        (tier, Some(until)) if until > now => Ok(Plan::Paid(tier, until)),
        _ => Ok(Plan::Free),
    }
}

fn readings(all: &[Value]) -> Result<Vec<Reading>, Reason> {
    let one = |row: &Value| {
        let result = row["result"].as_str().filter(|it| !it.trim().is_empty())?;
        Some(Reading {
            source_id: row["id"].as_i64()?,
            created_at: moment(&row["created_at"])?,
            result: result.to_owned(),
        })
    };
    let all: Option<Vec<Reading>> = all.iter().map(one).collect();
    all.ok_or(Reason::ReadingBroken)
}

/// `None` also for `infinity`.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(at.to_utc())
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

/// What is done about a person who can be brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They come, with their plan or without.
    Comes {
        with_plan: bool,
    },
    /// They have come, and had their data deleted since.
    Gone,
    Refused(Reason),
}

/// What is done, by what is known here of them. What was changed here after an earlier import stays.
pub fn fate(arrival: &Arrival, here: &Here, now: DateTime<Utc>) -> Fate {
    if here.is_imported && here.imported_as.is_none() {
        return Fate::Gone;
    }
    if here.was_deleted && !here.is_imported {
        return Fate::Refused(Reason::DeletedHere);
    }
    let pays_here = is_for_sale(here.tier()) && here.until.is_some_and(|until| until > now);
    let (stands, wanted) = (
        (here.tier(), here.until),
        (arrival.plan.tier(), arrival.plan.until()),
    );
    let is_as_brought = here.is_imported && Some(stands) == here.brought();
    match arrival.plan {
        Plan::Paid(..) if stands == wanted => Fate::Comes { with_plan: false },
        Plan::Paid(..) if !pays_here || is_as_brought => Fate::Comes { with_plan: true },
        Plan::Paid(..) if !here.is_imported => Fate::Refused(Reason::PlanOnBothSides),
        Plan::Trial(_) => Fate::Comes {
            with_plan: !here.is_imported && !pays_here,
        },
        Plan::Paid(..) | Plan::Free => Fate::Comes { with_plan: false },
    }
}

/// A subscription with a plan of the pre-MVP; `None`: it stays as it is. A trial is had once, on either side.
pub fn with_plan(before: &Subscription, plan: Plan, now: DateTime<Utc>) -> Option<Subscription> {
    let after = match plan {
        Plan::Free => return None,
        Plan::Trial(_) if before.trial_used => return None,
        Plan::Trial(until) => Subscription {
            status: match until > now {
                true => SubscriptionStatus::Active,
                false => SubscriptionStatus::Expired,
            },
            trial_used: true,
            trial_ends_at: Some(until),
            current_period_start: Some(now.min(until)),
            ..before.clone()
        },
        Plan::Paid(..) => Subscription {
            status: SubscriptionStatus::Active,
            current_period_start: Some(now),
            cancel_at_period_end: false,
            canceled_at: None,
            ..before.clone()
        },
    };
    Some(Subscription {
        tier: plan.tier(),
        current_period_end: plan.until(),
        ..after
    })
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
