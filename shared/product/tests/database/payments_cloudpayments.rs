//! CloudPayments: any order of what it says of an order ends the same. Each try at its page has a number of its own.

use money::payments::model::{Event, Happened, PaymentProvider};
use serde_json::Value;
use vendors::payment::Refusal;

use crate::payments::{ORDER, all_lead_to};

fn said(number: &str, status: &str, happened: Happened, roubles: &str) -> Event {
    Event {
        provider: PaymentProvider::Cloudpayments,
        order_id: ORDER.to_owned(),
        external_id: number.to_owned(),
        status: status.to_owned(),
        happened,
        amount: roubles.parse().expect("a sum"),
        currency: "RUB".to_owned(),
        payer: None,
        returned: None,
        refusal: (happened == Happened::Refused).then_some(Refusal::InsufficientFunds),
        words: Value::Null,
    }
}

fn refused(number: &str) -> Event {
    said(number, "Declined", Happened::Refused, "299")
}

fn held(number: &str) -> Event {
    said(number, "Authorized", Happened::Underway, "299")
}

fn void(number: &str) -> Event {
    said(number, "Cancelled", Happened::Abandoned, "299")
}

fn paid(number: &str) -> Event {
    said(number, "Completed", Happened::Paid, "299")
}

fn part(number: &str, refund: &str, roubles: &str) -> Event {
    let status = format!("Refund {refund}");
    said(number, &status, Happened::PartlyReturned, roubles)
}

fn back(number: &str, refund: &str) -> Event {
    let status = format!("Refund {refund}");
    said(number, &status, Happened::Returned, "299")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_refused_leaves_no_number_in_any_order_of_six_events() -> anyhow::Result<()>
{
    let events = [
        refused("11"),
        void("12"),
        held("13"),
        paid("13"),
        part("13", "21", "100"),
        part("13", "22", "100"),
    ];
    let expected = "succeeded 299 13 t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4, 5], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_goes_back_after_a_refusal_is_refunded_in_any_order_also_if_all_is_said_twice()
-> anyhow::Result<()> {
    let events = [refused("11"), paid("13"), back("13", "21")];
    let expected = "refunded 299 13 t; FREE";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_all_of_the_money_together_end_the_plan_in_any_order() -> anyhow::Result<()>
{
    let events = [
        refused("11"),
        paid("13"),
        part("13", "21", "100"),
        part("13", "22", "199"),
    ];
    let expected =
        "refunded 299 13 t; FREE; 299 0; Completed 299, Declined 299, Refund 21 100, Refund 22 199";
    all_lead_to(&events, &[0, 1, 2, 2, 3, 3], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_that_all_fail_are_one_refusal_in_any_order() -> anyhow::Result<()> {
    let events = [refused("11"), refused("12"), void("13"), held("14")];
    let expected = "failed 299 f E403; FREE";
    all_lead_to(&events, &[0, 0, 1, 2, 2, 3], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_of_one_order_that_were_both_paid_are_two_payments_in_any_order()
-> anyhow::Result<()> {
    let events = [
        paid("13"),
        paid("14"),
        refused("11"),
        held("13"),
        held("14"),
    ];
    let expected = "succeeded 299 13 t, succeeded 299 14 t; BASIC 2027-01-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4], expected).await
}
