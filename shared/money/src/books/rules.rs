//! Which accounts an event moves money between. Pure.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::payments::model::PaymentProvider;

/// An account of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// What a vendor holds for us.
    Clearing(PaymentProvider),
    /// Paid for, and not yet given: the rest of a month.
    Deferred,
    /// Given, and paid for.
    Revenue,
    /// Given, and the money went back after all.
    Refunds,
    /// Money astray: it came for no order of ours, or not as ordered. An operator gives it back.
    Suspense(PaymentProvider),
    /// What a vendor holds back from us, because a bank demands it.
    Disputed(PaymentProvider),
    /// What vendors keep for their work.
    Fees(PaymentProvider),
    /// What vendors have sent to our bank.
    Bank,
    /// What stands in another currency than it was taken in.
    Exchange,
}

impl Account {
    /// Its name in the books.
    pub fn name(self) -> String {
        match self {
            Self::Clearing(provider) => format!("clearing:{}", provider.as_str()),
            Self::Deferred => "deferred".to_owned(),
            Self::Revenue => "revenue".to_owned(),
            Self::Refunds => "refunds".to_owned(),
            Self::Suspense(provider) => format!("suspense:{}", provider.as_str()),
            Self::Disputed(provider) => format!("disputed:{}", provider.as_str()),
            Self::Fees(provider) => format!("fees:{}", provider.as_str()),
            Self::Bank => "bank".to_owned(),
            Self::Exchange => "exchange".to_owned(),
        }
    }
}

/// What is booked. Sums are minor units, and positive where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// Money came, and time was given for it.
    Paid(i64),
    /// Of the time that was paid for, this much is over.
    Earned(i64),
    /// Money went back, of which this much had been earned.
    Returned { sum: i64, earned: i64 },
    /// Money that had gone back is here again, of which this much had been earned; the rest is owed, or its time is over.
    ReturnFailed {
        sum: i64,
        earned: i64,
        is_over: bool,
    },
    /// A vendor holds this much.
    Disputed(i64),
    /// It holds it no more: what is lost goes back from there.
    DisputeClosed(i64),
    /// Money came for which nothing was given.
    Astray(i64),
    /// Such money went back.
    AstrayReturned(i64),
    /// The vendor keeps this much for its work; less than nothing: it gives that back.
    Fee(i64),
    /// Sent to our bank; less than nothing: it has come back from there.
    PaidOut(i64),
    /// Of what was taken in a currency, this much stands in another one.
    ExchangedFrom(i64),
    /// So much of the other one it is.
    ExchangedTo(i64),
}

impl Booked {
    /// The kind of the entry.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Paid(_) => "paid",
            Self::Earned(_) => "earned",
            Self::Returned { .. } => "returned",
            Self::ReturnFailed { .. } => "return_failed",
            Self::Disputed(_) => "disputed",
            Self::DisputeClosed(_) => "dispute_closed",
            Self::Astray(_) => "astray",
            Self::AstrayReturned(_) => "astray_returned",
            Self::Fee(_) => "fee",
            Self::PaidOut(_) => "paid_out",
            Self::ExchangedFrom(_) | Self::ExchangedTo(_) => "exchanged",
        }
    }

    /// Its postings, which sum to zero. None of zero.
    pub fn postings(self, provider: PaymentProvider) -> Vec<(Account, i64)> {
        use Account as A;
        let (clearing, suspense) = (A::Clearing(provider), A::Suspense(provider));
        let disputed = A::Disputed(provider);
        let mut all = match self {
            Self::Paid(sum) => vec![(clearing, sum), (A::Deferred, -sum)],
            Self::Earned(sum) => vec![(A::Deferred, sum), (A::Revenue, -sum)],
            Self::Returned { sum, earned } => vec![
                (A::Deferred, sum - earned),
                (A::Refunds, earned),
                (clearing, -sum),
            ],
            Self::ReturnFailed {
                sum,
                earned,
                is_over,
            } => vec![
                (clearing, sum),
                (A::Refunds, -earned),
                (if is_over { A::Revenue } else { A::Deferred }, earned - sum),
            ],
            Self::Disputed(sum) => vec![(disputed, sum), (clearing, -sum)],
            Self::DisputeClosed(sum) => vec![(clearing, sum), (disputed, -sum)],
            Self::Astray(sum) => vec![(clearing, sum), (suspense, -sum)],
            Self::AstrayReturned(sum) => vec![(suspense, sum), (clearing, -sum)],
            Self::Fee(sum) => vec![(A::Fees(provider), sum), (clearing, -sum)],
            Self::PaidOut(sum) => vec![(A::Bank, sum), (clearing, -sum)],
            Self::ExchangedFrom(sum) => vec![(A::Exchange, sum), (clearing, -sum)],
            Self::ExchangedTo(sum) => vec![(clearing, sum), (A::Exchange, -sum)],
        };
        all.retain(|(_, minor)| *minor != 0);
        all
    }
}

/// How much of a sum is earned at a moment, by the second, rounded down: nothing at the beginning of its time, all of it at
/// the end.
pub fn earned(sum: i64, (from, until): (DateTime<Utc>, DateTime<Utc>), at: DateTime<Utc>) -> i64 {
    let whole = i128::from((until - from).num_seconds());
    let over = i128::from((at.min(until) - from).num_seconds().max(0));
    match whole {
        ..=0 => sum,
        _ => i64::try_from(i128::from(sum) * over / whole).unwrap_or(sum),
    }
}

/// Until when earnings are booked: the first of the running month, so that a payment has an entry for each month that
/// it touches, and one at its end.
pub fn cut(now: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
    if until <= now {
        return until;
    }
    first_of_month(now)
}

/// The beginning of the running month, in UTC.
pub fn first_of_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let first = NaiveDate::from_ymd_opt(now.year(), now.month(), 1);
    let first = first.and_then(|day| day.and_hms_opt(0, 0, 0));
    first.map_or(now, |first| first.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: PaymentProvider = PaymentProvider::TelegramStars;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn the_postings_of_every_entry_sum_to_zero() {
        for sum in [1, 2, 29_900, i64::MAX] {
            for earned in [0, 1, sum / 3, sum] {
                for booked in [
                    Booked::Paid(sum),
                    Booked::Earned(sum),
                    Booked::Returned { sum, earned },
                    Booked::ReturnFailed {
                        sum,
                        earned,
                        is_over: earned % 2 == 0,
                    },
                    Booked::Disputed(sum),
                    Booked::DisputeClosed(sum),
                    Booked::Astray(sum),
                    Booked::AstrayReturned(sum),
                    Booked::Fee(sum),
                    Booked::Fee(-sum),
                    Booked::PaidOut(sum),
                    Booked::PaidOut(-sum),
                    Booked::ExchangedFrom(sum),
                    Booked::ExchangedTo(sum),
                ] {
                    let postings = booked.postings(P);
                    let total: i128 = postings.iter().map(|(_, minor)| i128::from(*minor)).sum();
                    assert_eq!(total, 0, "{booked:?}");
                    assert!(postings.len() >= 2 && postings.iter().all(|(_, minor)| *minor != 0));
                }
            }
        }
    }

    #[test]
    fn what_came_and_went_leaves_every_account_as_it_was() {
        let mut left = std::collections::BTreeMap::new();
        let story = [
            Booked::Paid(29_900),
            Booked::Earned(10_000),
            Booked::Returned {
                sum: 29_900,
                earned: 10_000,
            },
            Booked::Astray(7),
            Booked::AstrayReturned(7),
        ];
        for (account, minor) in story.iter().flat_map(|one| one.postings(P)) {
            *left.entry(account.name()).or_insert(0) += minor;
        }
        // What was earned and given back is seen from both sides.
        let expected = [("revenue", -10_000), ("refunds", 10_000)];
        let expected = expected.map(|(account, minor)| (account.to_owned(), minor));
        left.retain(|_, minor| *minor != 0);
        assert_eq!(left, expected.into());
    }

    #[test]
    fn a_month_is_earned_by_the_second_and_wholly_at_its_end() {
        let month = (at("2026-01-31T00:00:00Z"), at("2026-02-28T00:00:00Z"));
        let then = |moment| earned(2_800, month, at(moment));
        assert_eq!(then("2026-01-01T00:00:00Z"), 0);
        assert_eq!(then("2026-01-31T00:00:00Z"), 0);
        assert_eq!(then("2026-02-01T00:00:00Z"), 100);
        assert_eq!(then("2026-02-27T23:59:59Z"), 2_799);
        assert_eq!(then("2026-02-28T00:00:00Z"), 2_800);
        assert_eq!(then("2030-01-01T00:00:00Z"), 2_800);
        assert_eq!(
            earned(i64::MAX, month, at("2026-02-14T00:00:00Z")),
            i64::MAX / 2
        );
        assert_eq!(earned(5, (month.0, month.0), month.0), 5);
    }

    #[test]
    fn earnings_are_cut_at_months_and_at_the_end() {
        let (now, end) = (at("2026-03-10T07:00:00Z"), at("2026-03-20T00:00:00Z"));
        assert_eq!(cut(now, end), at("2026-03-01T00:00:00Z"));
        assert_eq!(cut(end, end), end);
        assert_eq!(cut(at("2027-01-01T00:00:00Z"), end), end);
    }
}
