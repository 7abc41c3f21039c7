//! The rules of paid time. Pure; explained in docs/PAYMENTS.md.
//!
//! Each payment that succeeded owns a window of one calendar month. The plan of a moment is the
//! highest one whose window covers it.

use std::cmp::Reverse;

use chrono::{DateTime, Months, TimeDelta, Utc};
use uuid::Uuid;

use super::model::{Plan, Subscription, SubscriptionStatus, is_for_sale, rank};
use crate::subscriptions::model::SubscriptionTier;

/// The time that one payment has bought, from `from` up to but without `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub payment_id: Uuid,
    pub tier: SubscriptionTier,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// What a month of it lasts at the least: zero, but where the vendor renews by periods of its own.
    pub least: TimeDelta,
}

impl Window {
    /// When it ends if it begins there. A whole month is a month of the calendar wherever it begins, so that the end does
    /// not depend on where it stood before; what is left of one has its length.
    fn until_if(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        match self.until == month_after(self.from, self.least) {
            true => month_after(from, self.least),
            false => from + (self.until - self.from),
        }
    }
}

/// A month later: after the 31st, the last day of the next month.
fn month_after(from: DateTime<Utc>, least: TimeDelta) -> DateTime<Utc> {
    let until = from.checked_add_months(Months::new(1)).unwrap_or(from);
    until.max(from + least)
}

/// The paid plan of a moment, and how long it goes on without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub tier: SubscriptionTier,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The month that a payment buys now. It follows all that was bought of the same plan or a higher
/// one; over a lower plan it begins at once.
pub fn next_window(
    bought: &[Window],
    payment_id: Uuid,
    tier: SubscriptionTier,
    now: DateTime<Utc>,
) -> Window {
    let before = bought.iter().filter(|one| rank(one.tier) >= rank(tier));
    let from = before.map(|one| one.until).max().unwrap_or(now).max(now);
    let least = TimeDelta::zero();
    Window {
        payment_id,
        tier,
        from,
        until: month_after(from, least),
        least,
    }
}

/// The same, where a month lasts so long at the least.
#[must_use]
pub fn lasting(next: Window, least: TimeDelta) -> Window {
    Window {
        until: month_after(next.from, least),
        least,
        ..next
    }
}

/// The same for what is left of the time of a payment whose money is here again.
pub fn next_rest(bought: &[Window], had: &Window, rest: TimeDelta, now: DateTime<Utc>) -> Window {
    let next = next_window(bought, had.payment_id, had.tier, now);
    let is_whole = rest == had.until - had.from;
    Window {
        until: match is_whole {
            true => had.until_if(next.from),
            false => next.from + rest,
        },
        least: had.least,
        ..next
    }
}

/// What was left of a window when it was taken back: what was used stays used.
pub fn rest(had: &Window, taken_back_at: DateTime<Utc>) -> TimeDelta {
    had.until - taken_back_at.max(had.from).min(had.until)
}

/// The plan of this moment; `None`: nothing is paid for it.
pub fn standing(bought: &[Window], now: DateTime<Utc>) -> Option<Standing> {
    let covers = |one: &&Window| one.from <= now && now < one.until;
    let current = bought
        .iter()
        .filter(covers)
        .max_by_key(|one| (rank(one.tier), one.until))?;
    let mut until = current.until;
    while let Some(next) = bought
        .iter()
        .find(|one| one.tier == current.tier && one.from <= until && one.until > until)
    {
        until = next.until;
    }
    Some(Standing {
        tier: current.tier,
        from: current.from,
        until,
    })
}

/// What is left after a payment was given back. Time that has not begun is laid out again as if it had been bought without
/// that payment: in its order, each behind what is left of the same plan or a higher one, a month as a month from there. Of
/// one plan or a higher one, what was sold first begins first: so the end is the same in whichever order is heard of sales
/// and returns.
pub fn after_return(bought: &[Window], returned: &Window, now: DateTime<Utc>) -> Vec<Window> {
    let mut left: Vec<Window> = bought
        .iter()
        .filter(|one| one.payment_id != returned.payment_id)
        .cloned()
        .collect();
    left.sort_by_key(|one| (one.from, Reverse(rank(one.tier)), one.until, one.payment_id));
    for at in 0..left.len() {
        let (earlier, one) = (&left[..at], &left[at]);
        if one.from > now {
            let before = earlier.iter().filter(|e| rank(e.tier) >= rank(one.tier));
            let from = before.map(|e| e.until).max().unwrap_or(now).max(now);
            (left[at].until, left[at].from) = (one.until_if(from), from);
        }
    }
    left
}

/// The windows together with time that no payment bought: an operator may grant some.
pub fn with_given(
    mut bought: Vec<Window>,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> Vec<Window> {
    let (tier, end) = (subscription.tier, subscription.current_period_end);
    let Some(end) = end.filter(|_| subscription.is_paid(now)) else {
        return bought;
    };
    if standing(&bought, now).is_some_and(|standing| standing.tier == tier) {
        return bought;
    }
    let follows = |one: &&Window| one.tier == tier && one.from > now;
    let next = bought.iter().filter(follows).map(|one| one.from).min();
    bought.push(Window {
        payment_id: Uuid::nil(),
        tier,
        from: subscription.current_period_start.unwrap_or(now).min(now),
        until: next.map_or(end, |next| next.min(end)),
        least: TimeDelta::zero(),
    });
    bought
}

/// The subscription of a moment, whether or not its row was written since: the highest plan that is
/// paid for, or given by an operator; else the trial, also one that is over; else FREE. Its tier is what
/// readings count against. The SQL function `current_tier` says the same, and a test compares them.
pub fn by_now(
    subscription: &Subscription,
    bought: Vec<Window>,
    now: DateTime<Utc>,
) -> Subscription {
    let running = subscription.is_paid(now).then_some(subscription.tier);
    match standing(&with_given(bought, subscription, now), now) {
        Some(standing) if running == Some(standing.tier) => subscription.clone(),
        None if is_trial_to_expire(subscription, now) => Subscription {
            status: SubscriptionStatus::Expired,
            ..subscription.clone()
        },
        standing => ended(subscription, standing, SubscriptionStatus::Expired, now),
    }
}

/// It stays TRIAL, so that the refusal of a reading can name the reason.
fn is_trial_to_expire(subscription: &Subscription, now: DateTime<Utc>) -> bool {
    subscription.tier == SubscriptionTier::Trial
        && subscription.status == SubscriptionStatus::Active
        && subscription.trial_ends_at.is_none_or(|end| end <= now)
}

/// The subscription after a payment for `bought` has brought it to `standing`. Buying the
/// plan that they have undoes its cancellation.
pub fn paid(
    subscription: &Subscription,
    bought: SubscriptionTier,
    standing: Standing,
) -> Subscription {
    let mut after = at(subscription, standing);
    if bought == standing.tier {
        (after.cancel_at_period_end, after.canceled_at) = (false, None);
    }
    after
}

/// The subscription when the time of its plan was taken back, or has run out: what else was paid
/// for, or FREE. One that is not paid for stays as it is.
pub fn ended(
    subscription: &Subscription,
    left: Option<Standing>,
    why: SubscriptionStatus,
    now: DateTime<Utc>,
) -> Subscription {
    if let Some(standing) = left {
        return at(subscription, standing);
    }
    let mut after = subscription.clone();
    if is_for_sale(after.tier) {
        after.status = match after.cancel_at_period_end {
            true => SubscriptionStatus::Canceled,
            false => why,
        };
        after.tier = SubscriptionTier::Free;
        after.cancel_at_period_end = false;
        after.current_period_end = after.current_period_end.map(|end| end.min(now));
        after.current_period_start = after.current_period_start.map(|start| start.min(now));
    }
    after
}

fn at(subscription: &Subscription, standing: Standing) -> Subscription {
    let same = subscription.tier == standing.tier;
    Subscription {
        tier: standing.tier,
        status: SubscriptionStatus::Active,
        current_period_start: Some(standing.from),
        current_period_end: Some(standing.until),
        cancel_at_period_end: same && subscription.cancel_at_period_end,
        canceled_at: subscription.canceled_at.filter(|_| same),
        ..subscription.clone()
    }
}

/// The trial: once for each person, and not beside a paid plan.
///
/// # Errors
/// Why the person cannot have it.
pub fn trial(
    subscription: &Subscription,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<Subscription, &'static str> {
    if plan.trial_days == 0 {
        return Err("there is no trial");
    }
    if subscription.trial_used {
        return Err("the trial was used");
    }
    if subscription.is_paid(now) {
        return Err("a paid plan is running");
    }
    let end = now + TimeDelta::days(plan.trial_days.into());
    Ok(Subscription {
        tier: SubscriptionTier::Trial,
        status: SubscriptionStatus::Active,
        trial_used: true,
        trial_ends_at: Some(end),
        current_period_start: Some(now),
        current_period_end: Some(end),
        cancel_at_period_end: false,
        canceled_at: None,
        ..subscription.clone()
    })
}

/// Cancelled by the person: a paid plan runs to the end of its time, a trial ends at once. `None`:
/// there is nothing to cancel, or it is cancelled.
pub fn canceled(subscription: &Subscription, now: DateTime<Utc>) -> Option<Subscription> {
    let mut after = subscription.clone();
    if subscription.is_paid(now) && !subscription.cancel_at_period_end {
        after.cancel_at_period_end = true;
    } else if subscription.tier == SubscriptionTier::Trial {
        after.tier = SubscriptionTier::Free;
        after.status = SubscriptionStatus::Canceled;
        after.trial_ends_at = after.trial_ends_at.map(|end| end.min(now));
        after.current_period_end = after.current_period_end.map(|end| end.min(now));
    } else {
        return None;
    }
    after.canceled_at = Some(now);
    Some(after)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "rules_orders.rs"]
mod orders;
