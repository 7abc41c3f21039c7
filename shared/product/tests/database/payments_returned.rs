//! Parts that go back, refunds that fail after all, and disputes, in any order.

use super::payments::{
    all_lead_to, authorized, confirmed, expired, part, refunded, rejected, said,
};
use money::payments::model::{Event, Happened};

/// Of a vendor that says what has gone back in all.
fn part_of(roubles: &str, all: &str) -> Event {
    Event {
        returned: Some(all.parse().expect("a sum")),
        ..part(roubles)
    }
}

fn return_failed(roubles: &str) -> Event {
    said("REFUND_FAILED", Happened::ReturnFailed, roubles)
}

fn disputed(roubles: &str) -> Event {
    said("DISPUTED", Happened::Disputed, roubles)
}

fn won() -> Event {
    said("DISPUTE_WON", Happened::DisputeWon, "299")
}

fn lost(roubles: &str) -> Event {
    said("DISPUTE_LOST", Happened::DisputeLost, roubles)
}

const PLAN: &str = "succeeded 299 13660 t; BASIC 2026-12-30";

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_booked_once_each_in_any_order_if_the_vendor_says_their_sum() -> anyhow::Result<()>
{
    let events = [
        rejected(),
        confirmed("299"),
        part_of("100", "100"),
        part_of("50", "150"),
        expired(),
    ];
    let expected =
        format!("{PLAN} 12:00:00; 150.00 0.00; clearing:sbp_tinkoff 14900, deferred -14900; ");
    all_lead_to(&events, &[0, 1, 2, 2, 3, 4], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_back_and_is_here_again_is_a_plan_in_any_order() -> anyhow::Result<()> {
    let events = [
        rejected(),
        confirmed("299"),
        refunded(),
        return_failed("299"),
        expired(),
    ];
    let expected =
        format!("{PLAN} 12:00:00; 0.00 0.00; clearing:sbp_tinkoff 29900, deferred -29900; ");
    all_lead_to(&events, &[0, 1, 2, 3, 3, 4], &expected).await?;
    let events = [
        confirmed("299"),
        part_of("100", "100"),
        return_failed("100"),
    ];
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_payment_keeps_its_plan_and_its_vendor_holds_the_money() -> anyhow::Result<()> {
    let events = [
        authorized(),
        rejected(),
        confirmed("299"),
        part_of("100", "100"),
        disputed("199"),
    ];
    let expected =
        format!("{PLAN} 12:00:00; 100.00 199.00; deferred -19900, disputed:sbp_tinkoff 19900; ");
    all_lead_to(&events, &[0, 1, 2, 3, 4, 4], &expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_lost_takes_the_plan_and_one_that_is_won_leaves_it_in_any_order()
-> anyhow::Result<()> {
    let (paid, held) = (confirmed("299"), disputed("299"));
    let is_lost = [rejected(), paid.clone(), held.clone(), lost("299")];
    let expected = "refunded 299 13660 t; FREE; 299.00 0.00; CONFIRMED";
    all_lead_to(&is_lost, &[0, 1, 1, 2, 3, 3], expected).await?;
    let expected =
        format!("{PLAN} 12:00:00; 0.00 0.00; clearing:sbp_tinkoff 29900, deferred -29900; ");
    let is_won = [rejected(), paid.clone(), held.clone(), won(), expired()];
    all_lead_to(&is_won, &[0, 1, 2, 3, 3, 4], &expected).await?;
    let after_an_appeal = [paid.clone(), held.clone(), lost("299"), won(), expired()];
    all_lead_to(&after_an_appeal, &[0, 1, 2, 2, 3, 4], &expected).await?;
    // Of a part.
    let expected =
        format!("{PLAN} 12:00:00; 99.00 0.00; clearing:sbp_tinkoff 20000, deferred -20000; ");
    let of_a_part = [paid, disputed("99"), lost("99"), rejected()];
    all_lead_to(&of_a_part, &[0, 0, 1, 2, 2, 3], &expected).await
}
