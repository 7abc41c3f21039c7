//! What all that a vendor has said of a charge comes to, in whichever order it was said. Pure.

use rust_decimal::Decimal;

use super::model::Happened;
use super::reports::Report;

/// The sum of the reports of a charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Sums that came.
    has_come: bool,
    /// All of it went back.
    whole: bool,
    /// The most that went back, if the vendor tells sums; with what is here again.
    returned: Decimal,
    /// What of it is here again.
    failed: Decimal,
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
            } else if is(Happened::ReturnFailed) {
                told.failed += one.amount;
            } else if is(Happened::Disputed) {
                told.disputed = told.disputed.max(one.amount);
            } else if is(Happened::DisputeWon) {
                told.won = true;
            } else if is(Happened::DisputeLost) {
                told.lost = told.lost.max(one.amount);
            }
            // Also a notification about something else may have it.
            told.returned = told.returned.max(one.returned.unwrap_or_default());
        }
        told
    }

    /// What is here again of what went back.
    pub fn failed(self) -> Decimal {
        self.failed
    }

    /// Whether the money has come at all.
    pub fn has_come(self) -> bool {
        self.has_come
    }

    /// What has gone back of `amount`; `own`: what we have sent back of it. A vendor's sums have ours in them.
    pub fn gone(self, amount: Decimal, own: Decimal) -> Decimal {
        let sent = match self.whole {
            true => amount.max(self.returned),
            false => self.returned,
        };
        let sent = (sent - self.failed).max(own).max(Decimal::ZERO);
        let lost = if self.won { Decimal::ZERO } else { self.lost };
        (sent + lost).min(amount)
    }

    /// What is held of `amount` because of a dispute without an end.
    pub fn held(self, amount: Decimal, own: Decimal) -> Decimal {
        if self.won || !self.lost.is_zero() {
            return Decimal::ZERO;
        }
        self.disputed.min(amount - self.gone(amount, own))
    }
}
