//! Tests of the rules of refunds.

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
        (numbered("22"), "Refund 21", 100, Verdict::Wait),
        (refund(0, false), "PARTIAL_REFUNDED", 100, Verdict::Unclear),
    ] {
        let found = verdict(&refund, &[&part(status, amount)]);
        assert_eq!(found, expected, "{status} of {amount}");
    }
}

/// Of a vendor that does not know refunds by their keys, for the first time.
fn report(happened: Happened, amount: i64) -> Report<'static> {
    Report {
        happened,
        amount: Decimal::from(amount),
        told: None,
        number: None,
        is_new: true,
        knows_refunds: false,
    }
}

#[test]
fn a_report_ends_the_refund_that_it_is_about() {
    use Happened::{Paid, PartlyReturned, ReturnFailed, Returned};
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
        let report = Report {
            told: told.map(Decimal::from),
            is_new,
            ..report(happened, amount)
        };
        assert_eq!(ends(&refund(50, true), &report), expected, "{report:?}");
    }
    // By sums alone, one that the vendor has not taken may be no part of them.
    let sums = Report {
        told: Some(Decimal::from(150)),
        ..report(PartlyReturned, 70)
    };
    assert_eq!(ends(&refund(50, false), &sums), None);
    let mut waits = refund(0, false);
    waits.state = RefundState::Requested;
    let all = report(Returned, 100);
    assert_eq!(ends(&waits, &all), Some(RefundState::Failed));
    waits.state = RefundState::Failed;
    assert_eq!(ends(&waits, &all), None);
}

/// Of two refunds of the same sum the vendor tells by their numbers which one has arrived.
#[test]
fn a_refund_with_a_number_ends_by_that_number_and_by_no_sum() {
    use Happened::{Paid, PartlyReturned, ReturnFailed, Returned};
    let own = Refund {
        number: Some("P1".to_owned()),
        ..refund(0, true)
    };
    let arrived = (Verdict::Succeeded, Some(RefundState::Succeeded));
    let bounced = (Verdict::Bounced, Some(RefundState::Failed));
    let waits = (Verdict::Wait, None);
    for (happened, status, amount, told, expected) in [
        (PartlyReturned, "Refund P1", 100, None, arrived),
        (Returned, "Refund P1", 299, None, arrived),
        (PartlyReturned, "Refund P2", 100, None, waits),
        (PartlyReturned, "Refund P2", 100, Some(100), waits),
        (PartlyReturned, "partially_refunded", 100, Some(100), waits),
        (Returned, "Refund P2", 299, None, waits),
        (Returned, "Refunded", 299, Some(299), waits),
        // The first step of a payout in two.
        (PartlyReturned, "Refund P1", 40, None, waits),
        (ReturnFailed, "Refund P1", 100, None, bounced),
        (ReturnFailed, "Refund P2", 100, None, waits),
        (Paid, "Settled", 299, Some(0), waits),
    ] {
        let said = Notification {
            status: status.to_owned(),
            amount: Decimal::from(amount),
            ..said(happened, told)
        };
        let report = Report {
            told: told.map(Decimal::from),
            number: number_in(status),
            ..report(happened, amount)
        };
        let found = (verdict(&own, &[&said]), ends(&own, &report));
        assert_eq!(found, expected, "{happened:?} {status} of {amount}");
    }
}

/// The call for it may be on its way, and its number not known yet.
#[test]
fn a_refund_that_its_vendor_finds_by_its_key_is_taken_for_no_other_one_of_its_sum() {
    use Happened::{PartlyReturned, Returned};
    for (happened, number) in [
        (PartlyReturned, Some("P2")),
        (PartlyReturned, None),
        (Returned, Some("P2")),
        (Returned, None),
    ] {
        let report = Report {
            number,
            knows_refunds: true,
            ..report(happened, 100)
        };
        assert_eq!(ends(&refund(0, false), &report), None, "{report:?}");
    }
}
