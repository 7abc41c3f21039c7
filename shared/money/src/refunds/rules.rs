//! What may go back, and what a vendor's answer says of a refund whose end is not known. Pure.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use vendors::payment::{Happened, Notification, number_in};

use super::model::{Refund, RefundState};
use crate::payments::model::{Payment, PaymentStatus};

/// What of a payment can still be given back, beside what is on its way; the error says why nothing can.
///
/// # Errors
/// A sentence for the operator.
pub fn left(payment: &Payment, own: &[Refund]) -> Result<Decimal, &'static str> {
    if payment.status != PaymentStatus::Succeeded {
        return Err("nothing of this payment is here: it was not paid, or its money went back");
    }
    if payment.window().is_none() || payment.external_id.is_none() {
        return Err(
            "nothing was given for this money: it is sent back at the vendor (`symancy payments astray`)",
        );
    }
    if !payment.disputed.is_zero() {
        return Err("the payment is disputed, and its vendor holds the money until that is over");
    }
    let open = own.iter().filter(|one| !one.state.is_end());
    let open: Decimal = open.map(|one| one.amount).sum();
    Ok(payment.amount - payment.returned - open)
}

/// What follows from what a vendor says of a charge whose refund was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The money has gone back.
    Succeeded,
    /// It is here again.
    Bounced,
    /// Nothing was begun: it is asked for once more.
    Again,
    /// It is on its way.
    Wait,
    /// It cannot be told: an operator looks at the vendor's.
    Unclear,
}

/// The verdict; `said` is of this charge alone.
pub fn verdict(refund: &Refund, said: &[&Notification]) -> Verdict {
    let has = |happened| said.iter().any(|one| one.happened == happened);
    let failed = said
        .iter()
        .filter(|one| one.happened == Happened::ReturnFailed);
    let failed: Decimal = failed.map(|one| one.amount).sum();
    let told = said.iter().filter_map(|one| one.returned).max();
    let told = told.map(|all| all - failed);
    let gone = told.is_some_and(|told| told >= refund.gone_before + refund.amount);
    if has(Happened::Returned) || gone {
        return Verdict::Succeeded;
    }
    if has(Happened::Underway) {
        return Verdict::Wait;
    }
    // A vendor that tells no sums: the part that has gone back may be another one, of the vendor's cabinet too.
    if told.is_none() && has(Happened::PartlyReturned) {
        return match parts(said).any(|part| is_it(refund, part)) {
            true => Verdict::Succeeded,
            false => Verdict::Unclear,
        };
    }
    if !has(Happened::Paid) && !has(Happened::PartlyReturned) {
        return Verdict::Unclear;
    }
    match (refund.accepted, told) {
        (false, _) => Verdict::Again,
        (true, None) => Verdict::Bounced,
        // Sums may lag behind; that it failed is told by itself.
        (true, Some(_)) => Verdict::Wait,
    }
}

fn parts<'a>(said: &'a [&Notification]) -> impl Iterator<Item = &'a Notification> {
    let all = said.iter().copied();
    all.filter(|one| one.happened == Happened::PartlyReturned)
}

/// Whether a part that went back is this refund: by its number, or, while nothing had gone back before, by its sum. The sum
/// of a part without a number says nothing: the bank tells what is left of the payment, or what went.
fn is_it(refund: &Refund, part: &Notification) -> bool {
    match (number_in(&part.status), refund.number.as_deref()) {
        (Some(number), Some(own)) => number == own,
        (Some(_), None) => refund.gone_before.is_zero() && part.amount == refund.amount,
        (None, _) => false,
    }
}

/// The vendor's number of the part by which a refund is known to have arrived, where it has one.
pub fn number_of<'a>(refund: &Refund, said: &[&'a Notification]) -> Option<&'a str> {
    let is_part = |one: &&&Notification| {
        one.happened == Happened::PartlyReturned && one.amount == refund.amount
    };
    number_in(&said.iter().find(is_part)?.status)
}

/// When a refund that is on its way is asked after again: it has been for so long.
pub fn pause(age: TimeDelta) -> TimeDelta {
    match age.num_minutes() {
        ..5 => TimeDelta::minutes(1),
        5..60 => TimeDelta::minutes(10),
        60..1_440 => TimeDelta::hours(1),
        _ => TimeDelta::hours(12),
    }
}

/// The own refund that a report of the vendor ends, and how. `told`: all that has gone back, if the vendor says it;
/// `is_new`: it is reported for the first time.
pub fn ends(
    refund: &Refund,
    (happened, amount, told): (Happened, Decimal, Option<Decimal>),
    is_new: bool,
) -> Option<RefundState> {
    use RefundState::{Failed, Requested, Succeeded, Underway};
    match (happened, refund.state) {
        (Happened::Returned, Underway) => Some(Succeeded),
        // All is back, so this one is not needed any more.
        (Happened::Returned, Requested) => Some(Failed),
        (Happened::PartlyReturned, Underway) => {
            let is_it = match told {
                // One that the vendor has not taken may be no part of the sum: its job asks for it again, by its key.
                Some(told) => refund.accepted && told >= refund.gone_before + refund.amount,
                None => is_new && amount == refund.amount,
            };
            is_it.then_some(Succeeded)
        }
        (Happened::ReturnFailed, Underway | Succeeded) => {
            (is_new && amount == refund.amount).then_some(Failed)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use uuid::Uuid;

    fn refund(gone_before: i64, accepted: bool) -> Refund {
        Refund {
            id: Uuid::nil(),
            payment_id: Uuid::nil(),
            amount: Decimal::from(100),
            currency: "RUB".to_owned(),
            whole: false,
            reason: String::new(),
            state: RefundState::Underway,
            key: String::new(),
            number: None,
            accepted,
            gone_before: Decimal::from(gone_before),
            asked_by: String::new(),
            error: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            asked_at: None,
            ended_at: None,
        }
    }

    fn said(happened: Happened, returned: Option<i64>) -> Notification {
        Notification {
            order_id: String::new(),
            external_id: String::new(),
            status: String::new(),
            happened,
            amount: Decimal::from(299),
            currency: "RUB".to_owned(),
            returned: returned.map(Decimal::from),
            payer: None,
            refusal: None,
            saved: None,
            words: Value::Null,
        }
    }

    #[test]
    fn a_refund_is_asked_for_again_only_where_nothing_of_it_was_begun() {
        use Happened::{Open, Paid, PartlyReturned, Returned, Underway};
        for (before, accepted, happened, returned, expected) in [
            (0, false, Paid, None, Verdict::Again),
            (0, false, Paid, Some(0), Verdict::Again),
            (50, false, PartlyReturned, Some(50), Verdict::Again),
            (50, false, PartlyReturned, Some(150), Verdict::Succeeded),
            (0, false, PartlyReturned, None, Verdict::Unclear),
            (50, false, PartlyReturned, None, Verdict::Unclear),
            (0, false, Returned, None, Verdict::Succeeded),
            (0, false, Underway, None, Verdict::Wait),
            (0, true, Underway, None, Verdict::Wait),
            (0, true, Paid, None, Verdict::Bounced),
            (0, true, Paid, Some(0), Verdict::Wait),
            (0, false, Open, None, Verdict::Unclear),
        ] {
            let (refund, said) = (refund(before, accepted), said(happened, returned));
            assert_eq!(
                verdict(&refund, &[&said]),
                expected,
                "{happened:?} {returned:?} after {before}"
            );
        }
        assert_eq!(verdict(&refund(0, false), &[]), Verdict::Unclear);
    }

    #[test]
    fn a_part_with_a_number_is_the_refund_of_that_number_or_sum_and_no_other() {
        let part = |status: &str, amount: i64| Notification {
            status: status.to_owned(),
            amount: Decimal::from(amount),
            ..said(Happened::PartlyReturned, None)
        };
        let numbered = |number: &str| Refund {
            number: Some(number.to_owned()),
            ..refund(50, true)
        };
        for (refund, status, amount, expected) in [
            (refund(0, false), "Refund 21", 100, Verdict::Succeeded),
            (refund(0, false), "Refund 21", 70, Verdict::Unclear),
            (refund(50, false), "Refund 21", 100, Verdict::Unclear),
            (numbered("21"), "Refund 21", 100, Verdict::Succeeded),
            (numbered("22"), "Refund 21", 100, Verdict::Unclear),
            (refund(0, false), "PARTIAL_REFUNDED", 100, Verdict::Unclear),
        ] {
            let found = verdict(&refund, &[&part(status, amount)]);
            assert_eq!(found, expected, "{status} of {amount}");
        }
    }

    #[test]
    fn a_report_ends_the_refund_that_it_is_about() {
        use Happened::{Paid, PartlyReturned, ReturnFailed, Returned};
        let part = Decimal::from(100);
        for (happened, amount, told, is_new, expected) in [
            (Returned, 299, None, false, Some(RefundState::Succeeded)),
            (
                PartlyReturned,
                100,
                None,
                true,
                Some(RefundState::Succeeded),
            ),
            (PartlyReturned, 100, None, false, None),
            (PartlyReturned, 70, None, true, None),
            (
                PartlyReturned,
                70,
                Some(150),
                true,
                Some(RefundState::Succeeded),
            ),
            (PartlyReturned, 100, Some(100), true, None),
            (ReturnFailed, 100, None, true, Some(RefundState::Failed)),
            (ReturnFailed, 100, None, false, None),
            (Paid, 100, None, true, None),
        ] {
            let event = (happened, Decimal::from(amount), told.map(Decimal::from));
            assert_eq!(
                ends(&refund(50, true), event, is_new),
                expected,
                "{event:?}"
            );
        }
        // By sums alone, one that the vendor has not taken may be no part of them.
        let sums = (PartlyReturned, Decimal::from(70), Some(Decimal::from(150)));
        assert_eq!(ends(&refund(50, false), sums, true), None);
        let mut waits = refund(0, false);
        waits.state = RefundState::Requested;
        assert_eq!(
            ends(&waits, (Returned, part, None), true),
            Some(RefundState::Failed)
        );
        waits.state = RefundState::Failed;
        assert_eq!(ends(&waits, (Returned, part, None), true), None);
    }
}
