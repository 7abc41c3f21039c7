//! The rules of renewals. Pure; explained in docs/PAYMENTS.md.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Months, TimeDelta, Utc};
use uuid::Uuid;

use super::model::{Renewal, RenewalState, is_by_vendor};
use crate::subscriptions::model::{SubscriptionTier, rank};
use crate::subscriptions::rules::Window;

/// How long before the end of a period the next one is charged: a vendor may be away for a while.
pub const LEAD: TimeDelta = TimeDelta::days(1);

/// When a refused period is tried again, in days after the first refusal: salaries and cards come within a week.
pub const TRIES_AFTER: [i64; 4] = [1, 3, 5, 7];

/// How soon the refusal of a first charge is heard, as a rule: its tries are counted from when it was due then.
const HEARD_WITHIN: TimeDelta = TimeDelta::hours(12);

/// How long the plan is kept after the first refusal, or after the end of what is paid for, if that is later: a day longer
/// than it is tried.
pub const GRACE: TimeDelta = TimeDelta::days(8);

/// How long a charge without an answer is left alone before the vendor is asked what became of it.
pub const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// How long a vendor that renews by itself may take, and its word may need to come here.
pub const VENDORS_DELAY: TimeDelta = TimeDelta::days(5);

/// The period of Telegram's subscriptions (<https://core.telegram.org/bots/api#createinvoicelink>), which may be longer than
/// a month.
pub const VENDORS_PERIOD: TimeDelta = TimeDelta::days(30);

/// The end of the period that begins at `from`: a month later, on the day of the first period, or the last day of a month
/// that does not have it. So the 31st of January leads to the 28th of February and on to the 31st of March.
pub fn period_end(from: DateTime<Utc>, anchor_day: i16) -> DateTime<Utc> {
    let plain = from.checked_add_months(Months::new(1)).unwrap_or(from);
    let anchor = u32::try_from(anchor_day).unwrap_or(1);
    let is_last = (from + TimeDelta::days(1)).month() != from.month();
    if !is_last || anchor <= from.day() {
        return plain;
    }
    let mut days = (from.day()..=anchor).rev();
    days.find_map(|day| plain.with_day(day)).unwrap_or(plain)
}

/// The window that the next charge buys.
pub fn next_period(renewal: &Renewal) -> (DateTime<Utc>, DateTime<Utc>) {
    let from = match renewal.paused_until {
        Some(pause) => pause.max(renewal.paid_until),
        None => renewal.paid_until,
    };
    (from, period_end(from, renewal.anchor_day))
}

/// What happens to a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A period was paid, by a charge or by hand: paid until then.
    Paid(DateTime<Utc>),
    /// The bank has refused the charge, or it was given up. `is_hard`: the same card need not be tried again.
    Refused { is_hard: bool },
    /// The end of the charge is not known when the period is over.
    Late,
    /// The person cancels.
    Cancel,
    /// The person resumes what they have cancelled or paused.
    Resume,
    /// The person wants no charge for so many months after the period.
    Pause(u32),
    /// The time that it had is over, or its money went back.
    End,
}

/// The renewal after an event.
///
/// # Errors
/// Why a person cannot have that.
pub fn step(renewal: &Renewal, event: Event, now: DateTime<Utc>) -> Result<Renewal, &'static str> {
    use RenewalState as S;
    let mut after = renewal.clone();
    match event {
        Event::Paid(until) => paid(&mut after, until),
        Event::Refused { is_hard } => refused(&mut after, is_hard, now),
        Event::Late => {
            let until = renewal.paid_until.max(now) + GRACE;
            after.state = S::PastDue;
            after.access_until = renewal.access_until.or(Some(until));
        }
        Event::Cancel if renewal.state == S::PastDue => end(&mut after),
        Event::Cancel if renewal.goes_on() => {
            after.state = S::Canceled;
            after.next_at = Some(renewal.paid_until);
            after.paused_until = None;
        }
        Event::Cancel => return Err("the subscription does not renew"),
        Event::Resume if renewal.state == S::Paused => {
            after.state = S::Active;
            // A period that begins again is not counted from the old one.
            after.paused_until = (now > renewal.paid_until).then_some(now);
            after.next_at = Some(due(renewal, renewal.paid_until).max(now));
        }
        Event::Resume if renewal.state == S::Canceled && now < renewal.paid_until => {
            after.state = S::Active;
            after.next_at = Some(due(renewal, renewal.paid_until).max(now));
        }
        Event::Resume => return Err("there is nothing to resume: buy the plan again"),
        Event::Pause(months) if renewal.state == S::Active && renewal.underway.is_none() => {
            let until = renewal.paid_until.checked_add_months(Months::new(months));
            after.state = S::Paused;
            after.paused_until = until;
            after.next_at = until;
        }
        Event::Pause(_) => return Err("only a subscription that is paid can be paused"),
        Event::End => end(&mut after),
    }
    Ok(after)
}

/// When the job looks at a renewal that is paid until then.
pub fn due(renewal: &Renewal, until: DateTime<Utc>) -> DateTime<Utc> {
    match is_by_vendor(renewal.provider) {
        true => until + VENDORS_DELAY,
        false => until - LEAD,
    }
}

fn paid(after: &mut Renewal, until: DateTime<Utc>) {
    use RenewalState as S;
    let has_begun = matches!(after.state, S::Active | S::PastDue);
    if let Some(pause) = after.paused_until.filter(|_| has_begun) {
        (after.anchor_day, after.paused_until) = (day_of(pause), None);
    }
    after.paid_until = until;
    after.paused_until = after.paused_until.map(|pause| pause.max(until));
    after.next_at = match after.state {
        S::Canceled => Some(until),
        S::Ended => None,
        S::Paused => after.paused_until,
        S::Active | S::PastDue => {
            after.state = S::Active;
            Some(due(after, until))
        }
    };
    (after.tries, after.refused_at, after.access_until) = (0, None, None);
    after.underway = None;
    forget_quote(after);
}

fn refused(after: &mut Renewal, is_hard: bool, now: DateTime<Utc>) {
    after.underway = None;
    // Cancelled meanwhile: nothing is tried again.
    if !after.goes_on() {
        return;
    }
    let first = after.refused_at.unwrap_or(now);
    let access_until = after
        .access_until
        .unwrap_or(first.max(after.paid_until) + GRACE);
    let mut tries = TRIES_AFTER
        .iter()
        .map(|days| first + TimeDelta::days(*days));
    let again = tries.find(|at| *at > now);
    after.tries += 1;
    after.state = RenewalState::PastDue;
    (after.refused_at, after.access_until) = (Some(first), Some(access_until));
    after.next_at = match again {
        // It is not tried again, and ends then unless the person acts.
        None => Some(access_until),
        _ if is_hard => Some(access_until),
        again => again,
    };
    forget_quote(after);
}

/// The moment that a charge was due at, which its id names to the millisecond.
pub fn due_of(charge: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = charge.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// From when on the tries of a period are counted whose first charge is refused: from when that was due, if it is heard soon.
/// A restored database, which hears it later, knows that moment and finds the tries by it.
pub fn refused_from(charge: Uuid, now: DateTime<Utc>) -> DateTime<Utc> {
    let due = due_of(charge).filter(|due| *due <= now && now - *due <= HEARD_WITHIN);
    due.unwrap_or(now)
}

/// The moments at which a period that was refused was to be tried again until now, whether or not it was. `first`: when its
/// first charge was due.
pub fn tries_until(
    renewal: &Renewal,
    first: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    if renewal.state != RenewalState::PastDue {
        return Vec::new();
    }
    let counted = renewal.refused_at.into_iter().chain(first);
    let tries = counted.flat_map(|from| TRIES_AFTER.map(|days| from + TimeDelta::days(days)));
    // Another card is charged at once.
    let next = renewal.charges_at().filter(|_| renewal.underway.is_none());
    let all: BTreeSet<DateTime<Utc>> = tries.chain(next).filter(|at| *at <= now).collect();
    all.into_iter().collect()
}

/// Whether the next try of what was refused is the last one.
pub fn is_last_try(renewal: &Renewal) -> bool {
    let last = TRIES_AFTER.last().copied().map(TimeDelta::days);
    let last = renewal
        .refused_at
        .zip(last)
        .map(|(first, days)| first + days);
    last.is_some() && renewal.next_at == last
}

fn end(after: &mut Renewal) {
    after.state = RenewalState::Ended;
    (after.next_at, after.underway, after.paused_until) = (None, None, None);
    forget_quote(after);
}

fn forget_quote(after: &mut Renewal) {
    (after.quote_id, after.quote_tier) = (None, None);
    (after.quote_amount, after.quote_at) = (None, None);
}

/// The day of the month on which periods begin that were first counted from then.
pub fn day_of(from: DateTime<Utc>) -> i16 {
    i16::try_from(from.day()).unwrap_or(1)
}

/// What was paid for a stretch of time, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub minor: i64,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// What a higher plan costs from `at` to the end of the period, in minor units; `None`: the period is over. By the second:
/// the price of the rest, rounded up, without what is left of all that was paid for this period, rounded down; at least
/// 1. The whole is the full period, that is the longest part: of a plan that began in its middle it is not the rest.
pub fn prorate(price: i64, paid: &[Part], at: DateTime<Utc>) -> Option<i64> {
    let end = paid.iter().map(|part| part.until).max()?;
    let whole = paid.iter().map(|part| seconds(part.from, end)).max()?;
    let left = seconds(at, end);
    if left <= 0 || whole <= 0 {
        return None;
    }
    let cost = (i128::from(price) * left + whole - 1) / whole;
    let credit: i128 = paid
        .iter()
        .filter(|part| part.until > at && part.until > part.from)
        .map(|part| {
            let length = seconds(part.from, part.until);
            let rest = seconds(at.max(part.from), part.until);
            i128::from(part.minor) * rest.min(length) / length.max(1)
        })
        .sum();
    i64::try_from((cost - credit).max(1)).ok()
}

fn seconds(from: DateTime<Utc>, until: DateTime<Utc>) -> i128 {
    i128::from((until - from).num_seconds())
}

/// Until when a person has paid for this plan or a higher one, of the windows that are not over; `None`: they have not.
pub fn paid_until(bought: &[Window], tier: SubscriptionTier) -> Option<DateTime<Utc>> {
    let covers = |one: &&Window| !one.payment_id.is_nil() && rank(one.tier) >= rank(tier);
    let covering = bought.iter().filter(covers);
    covering.map(|one| one.until).max()
}

/// The window that a payment was planned to buy, unless that time was bought otherwise, or is over.
pub fn planned(
    payment_id: Uuid,
    tier: SubscriptionTier,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    bought: &[Window],
    now: DateTime<Utc>,
) -> Option<Window> {
    let takes = |one: &Window| {
        !one.payment_id.is_nil()
            && one.payment_id != payment_id
            && rank(one.tier) >= rank(tier)
            && one.from < until
            && one.until > from
    };
    let is_free = until > now && !bought.iter().any(takes);
    is_free.then_some(Window {
        payment_id,
        tier,
        from,
        until,
        least: TimeDelta::zero(),
    })
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
