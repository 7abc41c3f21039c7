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

/// The verdict; `said` is of this charge alone. Of a refund whose number is known, that number alone is looked at: another
/// one may have the same sum.
pub fn verdict(refund: &Refund, said: &[&Notification]) -> Verdict {
    match refund.number.as_deref() {
        Some(number) => by_number(refund, number, said),
        None => by_sums(refund, said),
    }
}

fn by_number(refund: &Refund, number: &str, said: &[&Notification]) -> Verdict {
    let own = said
        .iter()
        .filter(|one| number_in(&one.status) == Some(number));
    let mut ends = own.filter_map(|one| match one.happened {
        Happened::Returned | Happened::PartlyReturned if one.amount >= refund.amount => {
            Some(Verdict::Succeeded)
        }
        Happened::ReturnFailed => Some(Verdict::Bounced),
        _ => None,
    });
    // The last word counts: what is here again may have been told as gone before.
    ends.next_back().unwrap_or(Verdict::Wait)
}

fn by_sums(refund: &Refund, said: &[&Notification]) -> Verdict {
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

/// Whether a part that went back is this refund, whose number is not known: by its sum, while nothing had gone back before.
/// The sum of a part without a number says nothing: the bank tells what is left of the payment, or what went.
fn is_it(refund: &Refund, part: &Notification) -> bool {
    let has_number = number_in(&part.status).is_some();
    has_number && refund.gone_before.is_zero() && part.amount == refund.amount
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

/// What a report of the vendor says of what went back.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub happened: Happened,
    pub amount: Decimal,
    /// All that has gone back, if the vendor says it.
    pub told: Option<Decimal>,
    /// The vendor's number of the refund that it is about, if it says it.
    pub number: Option<&'a str>,
    /// It is reported for the first time.
    pub is_new: bool,
    /// Whether the vendor finds a refund by its key (`Manners::knows_refunds`).
    pub knows_refunds: bool,
}

/// How a report of the vendor ends this refund of our own, if it is about it. Of one whose number is known, that number
/// decides. One that the vendor finds by its key has its number from there, and is not taken for another one of its sum.
pub fn ends(refund: &Refund, report: &Report<'_>) -> Option<RefundState> {
    match refund.number.as_deref() {
        Some(own) if report.number == Some(own) => ends_by_number(refund, report),
        Some(_) => None,
        None if report.knows_refunds && refund.state == RefundState::Underway => None,
        None => ends_by_sum(refund, report),
    }
}

fn ends_by_number(refund: &Refund, report: &Report<'_>) -> Option<RefundState> {
    use RefundState::{Failed, Succeeded, Underway};
    match (report.happened, refund.state) {
        (Happened::Returned | Happened::PartlyReturned, Underway) => {
            (report.amount >= refund.amount).then_some(Succeeded)
        }
        (Happened::ReturnFailed, Underway | Succeeded) => report.is_new.then_some(Failed),
        _ => None,
    }
}

fn ends_by_sum(refund: &Refund, report: &Report<'_>) -> Option<RefundState> {
    use RefundState::{Failed, Requested, Succeeded, Underway};
    let Report {
        happened,
        amount,
        told,
        is_new,
        ..
    } = *report;
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
#[path = "rules_tests.rs"]
mod tests;
