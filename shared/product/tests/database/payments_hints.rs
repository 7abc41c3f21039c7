//! What BTCPay Server and Comgate answer when they are asked: in any order, and more than once, the end is the same.

use money::payments::model::{Event, Happened, PaymentProvider};
use serde_json::Value;
use vendors::payment::number_in;

use crate::payments::{ORDER, all_lead_to};

fn said(
    provider: PaymentProvider,
    charge: &str,
    (status, happened): (&str, Happened),
    (amount, currency): (&str, &str),
) -> Event {
    let amount = amount.parse().expect("a sum");
    let is_back = matches!(happened, Happened::PartlyReturned | Happened::Returned);
    Event {
        provider,
        order_id: ORDER.to_owned(),
        external_id: charge.to_owned(),
        status: status.to_owned(),
        happened,
        amount,
        currency: currency.to_owned(),
        payer: None,
        // Parts with numbers are told without the sum of them.
        returned: (is_back && number_in(status).is_none()).then_some(amount),
        refusal: None,
        words: Value::Null,
    }
}

fn of_btcpay(charge: &str, status: &str, happened: Happened, sum: (&str, &str)) -> Event {
    said(PaymentProvider::Btcpay, charge, (status, happened), sum)
}

fn of_comgate(charge: &str, status: &str, happened: Happened, sum: &str) -> Event {
    let sum = (sum, "CZK");
    said(PaymentProvider::Comgate, charge, (status, happened), sum)
}

const PRICE: (&str, &str) = ("2.99", "EUR");

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_in_excess_is_astray_and_the_price_is_granted_in_any_order_of_six_answers()
-> anyhow::Result<()> {
    let events = [
        of_btcpay("I1", "Processing (PaidOver)", Happened::Underway, PRICE),
        of_btcpay("I1", "Settled (PaidOver)", Happened::Paid, PRICE),
        of_btcpay("I1:over", "PaidOver", Happened::Paid, ("0.00005", "BTC")),
        of_btcpay("I1:aa-0", "Settled", Happened::Paid, ("0.00002", "BTC")),
        of_btcpay("I1", "Expired", Happened::Abandoned, PRICE),
        of_btcpay(
            "I1",
            "PartlyRefunded",
            Happened::PartlyReturned,
            ("1", "EUR"),
        ),
    ];
    let expected = "succeeded 2.99 I1 t, failed 2.99 I1:aa-0 f E401, failed 2.99 I1:over f E401; BASIC 2026-12-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4, 5], expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn late_transfers_buy_nothing_in_any_order_until_an_operator_marks_the_invoice()
-> anyhow::Result<()> {
    let events = [
        of_btcpay("I1", "Expired (PaidLate)", Happened::Abandoned, PRICE),
        of_btcpay("I1:aa-0", "Settled", Happened::Paid, ("0.00003", "BTC")),
        of_btcpay("I1:bb-1", "Settled", Happened::Paid, ("0.00002", "BTC")),
        of_btcpay("I1", "Settled (Marked)", Happened::Paid, PRICE),
    ];
    let late = "failed 2.99 I1:aa-0 f E401, failed 2.99 I1:bb-1 f E401";
    let unpaid = format!("canceled 2.99 I1 f E402, {late}; FREE");
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], &unpaid).await?;
    let marked = format!("succeeded 2.99 I1 t, {late}; BASIC 2026-12-30");
    all_lead_to(&events, &[0, 0, 1, 2, 3, 3], &marked).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_refund_ends_the_plan_in_any_order_also_if_all_is_said_twice()
-> anyhow::Result<()> {
    let events = [
        of_btcpay("I1", "Settled", Happened::Paid, PRICE),
        of_btcpay(
            "I1",
            "PartlyRefunded",
            Happened::PartlyReturned,
            ("1", "EUR"),
        ),
        of_btcpay("I1", "Refunded", Happened::Returned, PRICE),
    ];
    all_lead_to(&events, &[0, 0, 1, 1, 2, 2], "refunded 2.99 I1 t; FREE").await
}

/// Two of them have the same sum; all of the money is known to be back by them alone.
#[tokio::test(flavor = "multi_thread")]
async fn refunds_that_are_all_of_the_money_together_end_the_plan_in_any_order_of_four_answers()
-> anyhow::Result<()> {
    let part = |status, sum| of_btcpay("I1", status, Happened::PartlyReturned, (sum, "EUR"));
    let events = [
        of_btcpay("I1", "Settled", Happened::Paid, PRICE),
        part("Refund P1", "1"),
        part("Refund P2", "1"),
        part("Refund P3", "0.99"),
    ];
    let gone = "refunded 2.99 I1 t; FREE";
    all_lead_to(&events, &[0, 1, 2, 3, 3], gone).await?;
    let kept = "succeeded 2.99 I1 t; BASIC 2026-12-30 12:00:00; 2 0; ";
    all_lead_to(&events, &[0, 1, 1, 2, 2], kept).await
}

/// The order was asked for twice, and both pages were paid at.
#[tokio::test(flavor = "multi_thread")]
async fn two_payments_of_one_order_at_comgate_are_two_months_in_any_order_of_six_answers()
-> anyhow::Result<()> {
    let events = [
        of_comgate("I1", "AUTHORIZED", Happened::Underway, "79"),
        of_comgate("I1", "CANCELLED", Happened::Abandoned, "79"),
        of_comgate("I1", "PAID", Happened::Paid, "79"),
        of_comgate("I2", "AUTHORIZED", Happened::Underway, "79"),
        of_comgate("I2", "PAID", Happened::Paid, "79"),
        of_comgate("I2", "CANCELLED", Happened::Abandoned, "79"),
    ];
    let expected = "succeeded 79 I1 t, succeeded 79 I2 t; BASIC 2027-01-30";
    all_lead_to(&events, &[0, 1, 2, 3, 4, 5], expected).await
}
