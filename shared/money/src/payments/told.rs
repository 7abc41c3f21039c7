//! What all that a vendor has said of a charge comes to, in whichever order it was said. Pure.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use vendors::payment::number_in;

use super::model::Happened;
use super::reports::Report;
use crate::refunds::model::Refund;

/// The sum of the reports of a charge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Sums that came.
    has_come: bool,
    /// All of it went back.
    whole: bool,
    /// The most that went back, if the vendor tells sums; with what is here again.
    returned: Decimal,
    /// What of it is here again.
    failed: Decimal,
    /// Parts by the numbers of their refunds, of a vendor that tells no sums.
    parts: BTreeMap<String, Decimal>,
    /// By the vendor's numbers; `None`: the vendor has told of one without its number.
    disputes: BTreeMap<Option<String>, Dispute>,
}

/// What was said of one dispute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Dispute {
    disputed: Decimal,
    won: bool,
    lost: Decimal,
}

impl Told {
    /// Of the reports of a charge for which this was to be paid.
    pub fn of<'a>(reports: impl IntoIterator<Item = &'a Report>, amount: Decimal) -> Self {
        let mut told = Self::default();
        for one in reports {
            let is = |happened: Happened| one.happened == happened.as_str();
            if is(Happened::Paid) {
                told.has_come |= one.amount == amount;
            } else if is(Happened::Returned) {
                told.whole = true;
            } else if is(Happened::PartlyReturned) && one.returned.is_none() {
                if let Some(number) = number_in(one.status()) {
                    // BTCPay pays one refund out in several steps.
                    let part = told.parts.entry(number.to_owned()).or_default();
                    *part = one.amount.max(*part);
                }
            } else if is(Happened::ReturnFailed) {
                told.failed += one.amount;
            } else if is(Happened::Disputed) {
                let dispute = told.dispute(one);
                dispute.disputed = dispute.disputed.max(one.amount);
            } else if is(Happened::DisputeWon) {
                told.dispute(one).won = true;
            } else if is(Happened::DisputeLost) {
                let dispute = told.dispute(one);
                dispute.lost = dispute.lost.max(one.amount);
            }
            // Also a notification about something else may have it.
            told.returned = told.returned.max(one.returned.unwrap_or_default());
        }
        told
    }

    fn dispute(&mut self, report: &Report) -> &mut Dispute {
        let number = number_in(report.status()).map(str::to_owned);
        self.disputes.entry(number).or_default()
    }

    /// Those that count. What was said without a number is about one of those that have one, if there are any.
    fn counted(&self) -> impl Iterator<Item = &Dispute> {
        let has_numbers = self.disputes.keys().any(Option::is_some);
        let all = self.disputes.iter();
        let counted = all.filter(move |(number, _)| number.is_some() || !has_numbers);
        counted.map(|(_, dispute)| dispute).filter(|one| !one.won)
    }

    /// What is here again of what went back.
    pub fn failed(&self) -> Decimal {
        self.failed
    }

    /// Whether the money has come at all.
    pub fn has_come(&self) -> bool {
        self.has_come
    }

    /// What has gone back of `amount`; `own`: our own refunds that have arrived. A vendor's sums have ours in them, and so
    /// have its parts with their numbers.
    pub fn gone(&self, amount: Decimal, own: &[Refund]) -> Decimal {
        let told = |one: &&Refund| match &one.number {
            Some(number) => self.parts.contains_key(number),
            None => true,
        };
        let untold = own.iter().filter(|one| !told(one));
        let untold: Decimal = untold.map(|one| one.amount).sum();
        let parts = self.parts.values().sum::<Decimal>() + untold;
        let own: Decimal = own.iter().map(|one| one.amount).sum();
        let sent = match self.whole {
            true => amount.max(self.returned),
            false => self.returned,
        };
        let sent = (sent - self.failed).max(own).max(parts);
        let lost: Decimal = self.counted().map(|one| one.lost).sum();
        (sent + lost).min(amount)
    }

    /// What is held of `amount` because of disputes without an end.
    pub fn held(&self, amount: Decimal, own: &[Refund]) -> Decimal {
        let open = self.counted().filter(|one| one.lost.is_zero());
        let held: Decimal = open.map(|one| one.disputed).sum();
        held.min(amount - self.gone(amount, own))
    }
}
