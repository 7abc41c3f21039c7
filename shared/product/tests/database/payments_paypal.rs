//! What PayPal answers about an order, asked at any time: an answer that is older than another one may come later.

use money::payments::model::{Event, Happened, PaymentProvider};
use serde_json::Value;
use vendors::payment::Refusal;

use crate::payments::{ORDER, all_lead_to};

fn said(status: &str, happened: Happened, euros: &str) -> Event {
    Event {
        provider: PaymentProvider::Paypal,
        order_id: ORDER.to_owned(),
        external_id: "5O190127TN364715T".to_owned(),
        status: status.to_owned(),
        happened,
        amount: euros.parse().expect("a sum"),
        currency: "EUR".to_owned(),
        payer: None,
        returned: None,
        refusal: (happened == Happened::Refused).then_some(Refusal::ByIssuer),
        words: Value::Null,
    }
}

fn whole(status: &str, happened: Happened) -> Event {
    said(status, happened, "2.99")
}

fn part(until_then: &str) -> Event {
    Event {
        returned: until_then.parse().ok(),
        ..said("PARTIALLY_REFUNDED", Happened::PartlyReturned, until_then)
    }
}

fn paid() -> Event {
    whole("COMPLETED", Happened::Paid)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_by_echeck_after_a_declined_card_is_paid_in_any_order_of_six_answers()
-> anyhow::Result<()> {
    let events = [
        whole("APPROVED", Happened::Underway),
        whole("INSTRUMENT_DECLINED", Happened::Refused),
        whole("PENDING", Happened::Underway),
        paid(),
        part("1.00"),
        part("1.50"),
    ];
    let expected = "succeeded 2.99 5O190127TN364715T t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4, 5], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_goes_back_is_refunded_in_any_order_of_its_answers() -> anyhow::Result<()> {
    let events = [paid(), part("1.00"), whole("REFUNDED", Happened::Returned)];
    let expected = "refunded 2.99 5O190127TN364715T t; FREE";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_brings_no_money_fails_in_any_order_of_its_answers() -> anyhow::Result<()> {
    let events = [
        whole("APPROVED", Happened::Underway),
        whole("INSTRUMENT_DECLINED", Happened::Refused),
        whole("ORDER_EXPIRED", Happened::Abandoned),
    ];
    let expected = "failed 2.99 5O190127TN364715T f E407; FREE";
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_won_leaves_the_plan_in_any_order_of_its_answers() -> anyhow::Result<()> {
    let events = [
        paid(),
        whole("REVERSED", Happened::Disputed),
        whole("UNDER_REVIEW PP-D-27803", Happened::Disputed),
        whole("RESOLVED_SELLER_FAVOUR PP-D-27803", Happened::DisputeWon),
    ];
    let expected = "succeeded 2.99 5O190127TN364715T t; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3], expected).await
}
