//! PayPal: how the money of an order is taken, disputed and given back.
//!
//! Sources: as of `paypal.rs`.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use testkit::stub::{Received, Reply, Stub};
use uuid::Uuid;
use vendors::ProviderErrorKind::Rejected;
use vendors::payment::{Happened, Refund, Refunding, Refusal, Sought};

use crate::failure;
use crate::paypal::{
    CAPTURE, ORDER, SECRETS, capturing, client, facts, get_order, listed, money, order, paypal,
    refused, sought, state, token,
};

#[tokio::test]
async fn the_money_of_an_approved_order_is_taken_once_and_for_all() -> anyhow::Result<()> {
    let taken = Reply::json(201, &state("COMPLETED", &["COMPLETED"], &[]));
    let replies = vec![
        get_order(&state("APPROVED", &[], &[])),
        capturing(taken),
        listed(&json!([])),
    ];
    let (stub, gateway) = paypal(replies).await?;
    for _ in 0..2 {
        let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
        assert_eq!(
            facts(&said),
            [(Happened::Paid, "COMPLETED", "5.00".to_owned(), None)]
        );
    }
    let received = stub.received();
    let captures: Vec<&Received> = received
        .iter()
        .filter(|one| one.path.ends_with("/capture"))
        .collect();
    assert_eq!(captures.len(), 2);
    for one in captures {
        assert_eq!(one.header("paypal-request-id"), format!("{ORDER}:capture"));
        assert_eq!(one.header("content-type"), "application/json");
    }
    let tokens = received.iter().filter(|one| one.path == "/v1/oauth2/token");
    assert_eq!(tokens.count(), 1, "it is kept");
    Ok(())
}

/// Public bug report medusajs/medusa#12674: what was captured before is no failure.
#[tokio::test]
async fn an_order_whose_money_was_taken_meanwhile_is_read_and_may_still_be_shown_as_it_was()
-> anyhow::Result<()> {
    for (then, expected) in [
        (
            state("COMPLETED", &["COMPLETED"], &[]),
            (Happened::Paid, "COMPLETED"),
        ),
        (
            state("APPROVED", &[], &[]),
            (Happened::Underway, "APPROVED"),
        ),
    ] {
        let first = Reply::json(200, &state("APPROVED", &[], &[]));
        let replies = [
            token(32_400),
            first,
            refused("ORDER_ALREADY_CAPTURED"),
            Reply::json(200, &then),
        ];
        let disputes = Reply::json(200, &json!({ "items": [] }));
        let stub = Stub::start(replies.into_iter().chain([disputes])).await?;
        let gateway = client(&stub.url, Duration::from_secs(5))?;
        let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
        assert_eq!(
            (said.len(), said[0].happened, said[0].status.as_str()),
            (1, expected.0, expected.1)
        );
    }
    Ok(())
}

#[tokio::test]
async fn money_that_could_not_be_taken_is_a_refusal_or_nothing_yet_or_never() -> anyhow::Result<()>
{
    for (issue, happened, refusal) in [
        (
            "INSTRUMENT_DECLINED",
            Happened::Refused,
            Some(Refusal::ByIssuer),
        ),
        (
            "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
            Happened::Refused,
            None,
        ),
        ("DUPLICATE_INVOICE_ID", Happened::Refused, None),
        ("ORDER_NOT_APPROVED", Happened::Open, None),
        ("ORDER_EXPIRED", Happened::Abandoned, None),
    ] {
        let replies = vec![
            get_order(&state("APPROVED", &[], &[])),
            capturing(refused(issue)),
        ];
        let (_stub, gateway) = paypal(replies).await?;
        let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
        assert_eq!(facts(&said), [(happened, issue, "5.00".to_owned(), None)]);
        assert_eq!(said[0].refusal, refusal, "{issue}");
    }
    let replies = vec![
        get_order(&state("APPROVED", &[], &[])),
        capturing(refused("A_NEW_ONE")),
    ];
    let (_stub, gateway) = paypal(replies).await?;
    let said = gateway.look_up(&[sought(Some(ORDER))]).await;
    assert_eq!(failure(said, SECRETS)?, Rejected);
    Ok(())
}

#[tokio::test]
async fn an_order_is_found_by_its_capture_too_and_one_that_paypal_has_forgotten_was_not_paid()
-> anyhow::Result<()> {
    let capture = json!({
        "id": CAPTURE, "status": "COMPLETED", "amount": money("5.00"),
        "supplementary_data": { "related_ids": { "order_id": ORDER } },
    });
    let replies = vec![
        get_order(&state("COMPLETED", &["COMPLETED"], &[])),
        (
            format!("GET /v2/payments/captures/{CAPTURE}"),
            Reply::json(200, &capture),
        ),
        listed(&json!([])),
    ];
    let (stub, gateway) = paypal(replies).await?;
    let said = gateway.look_up(&[sought(Some(CAPTURE))]).await?;
    assert_eq!((said.len(), said[0].external_id.as_str()), (1, ORDER));
    let asked = stub.received().len();
    for (number, calls) in [
        (Some("9O190127TN364715T"), 2),
        (None, 0),
        (Some("../x"), 0),
        (Some(""), 0),
    ] {
        let before = stub.received().len();
        assert_eq!(gateway.look_up(&[sought(number)]).await?, [], "{number:?}");
        assert_eq!(stub.received().len() - before, calls, "{number:?}");
    }
    assert!(asked > 0);
    Ok(())
}

/// Other shops may sell under the same account, and an event without our id leads to any order.
#[tokio::test]
async fn money_of_another_shops_order_is_neither_taken_nor_told() -> anyhow::Result<()> {
    for (custom, is_ours) in [
        (json!("o-1"), false),
        (Value::Null, false),
        (json!(order().id), true),
    ] {
        let mut approved = state("APPROVED", &[], &[]);
        let unit = &mut approved["purchase_units"][0];
        match custom {
            Value::Null => drop(
                unit.as_object_mut()
                    .and_then(|unit| unit.remove("custom_id")),
            ),
            custom => unit["custom_id"] = custom,
        }
        let taken = Reply::json(201, &state("COMPLETED", &["COMPLETED"], &[]));
        let replies = vec![get_order(&approved), capturing(taken), listed(&json!([]))];
        let (stub, gateway) = paypal(replies).await?;
        let hint = Sought {
            id: if is_ours { order().id } else { Uuid::nil() },
            ..sought(Some(ORDER))
        };
        let said = gateway.look_up(&[hint]).await?;
        assert_eq!(said.len(), usize::from(is_ours));
        let received = stub.received();
        let is_taken = received.iter().any(|one| one.path.ends_with("/capture"));
        assert_eq!(is_taken, is_ours);
    }
    Ok(())
}

#[tokio::test]
async fn disputes_are_told_with_their_end() -> anyhow::Result<()> {
    let dispute = |status: &str| json!({ "dispute_id": "PP-D-27803", "status": status, "dispute_amount": money("5.00") });
    for (status, outcome, happened, word) in [
        ("OPEN", None, Happened::Disputed, "OPEN PP-D-27803"),
        (
            "UNDER_REVIEW",
            None,
            Happened::Disputed,
            "UNDER_REVIEW PP-D-27803",
        ),
        ("RESOLVED", None, Happened::Disputed, "RESOLVED PP-D-27803"),
        (
            "RESOLVED",
            Some("NONE"),
            Happened::Disputed,
            "RESOLVED PP-D-27803",
        ),
        (
            "RESOLVED",
            Some("RESOLVED_SELLER_FAVOUR"),
            Happened::DisputeWon,
            "RESOLVED_SELLER_FAVOUR PP-D-27803",
        ),
        (
            "RESOLVED",
            Some("CANCELED_BY_BUYER"),
            Happened::DisputeWon,
            "CANCELED_BY_BUYER PP-D-27803",
        ),
        (
            "RESOLVED",
            Some("RESOLVED_BUYER_FAVOUR"),
            Happened::DisputeLost,
            "RESOLVED_BUYER_FAVOUR PP-D-27803",
        ),
    ] {
        let mut whole = dispute(status);
        if let Some(outcome) = outcome {
            whole["dispute_outcome"] = json!({ "outcome_code": outcome });
        }
        let is_lost = happened == Happened::DisputeLost;
        let capture = if is_lost { "REFUNDED" } else { "COMPLETED" };
        let replies = vec![
            get_order(&state("COMPLETED", &[capture], &[])),
            listed(&json!([dispute(status)])),
            (
                "GET /v1/customer/disputes/PP-D-27803".to_owned(),
                Reply::json(200, &whole),
            ),
        ];
        let (stub, gateway) = paypal(replies).await?;
        let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
        let expected = [
            (Happened::Paid, "COMPLETED", "5.00".to_owned(), None),
            (happened, word, "5.00".to_owned(), None),
        ];
        assert_eq!(facts(&said), expected);
        let asked = stub.received();
        let listed = asked.iter().find(|one| one.path == "/v1/customer/disputes");
        assert_eq!(
            listed.map(|one| one.query.as_str()),
            Some("disputed_transaction_id=3C679366HH908993F")
        );
    }
    Ok(())
}

#[tokio::test]
async fn of_a_dispute_that_is_lost_in_part_that_part_is_gone() -> anyhow::Result<()> {
    let dispute = json!({ "dispute_id": "PP-D-27803", "status": "RESOLVED", "dispute_amount": money("5.00") });
    let mut whole = dispute.clone();
    whole["dispute_outcome"] =
        json!({ "outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": money("2.00") });
    let replies = vec![
        get_order(&state("COMPLETED", &["COMPLETED"], &[])),
        listed(&json!([dispute])),
        (
            "GET /v1/customer/disputes/PP-D-27803".to_owned(),
            Reply::json(200, &whole),
        ),
    ];
    let (_stub, gateway) = paypal(replies).await?;
    let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
    let lost = (said[1].happened, said[1].amount);
    assert_eq!(lost, (Happened::DisputeLost, Decimal::new(200, 2)));
    Ok(())
}

#[tokio::test]
async fn money_does_not_wait_for_disputes_that_the_app_may_not_see() -> anyhow::Result<()> {
    let body = json!({ "name": "NOT_AUTHORIZED", "details": [{ "issue": "PERMISSION_DENIED" }] });
    let replies = vec![
        get_order(&state("COMPLETED", &["COMPLETED"], &[])),
        (
            "GET /v1/customer/disputes".to_owned(),
            Reply::json(403, &body),
        ),
    ];
    let (_stub, gateway) = paypal(replies).await?;
    assert_eq!(gateway.look_up(&[sought(Some(ORDER))]).await?.len(), 1);
    Ok(())
}

fn refund(amount: Decimal, currency: &str) -> Refund {
    Refund {
        order: sought(Some(ORDER)),
        charge: ORDER.to_owned(),
        amount,
        currency: currency.to_owned(),
        paid: Decimal::new(5, 0),
        key: "0199c3a0-0000-7000-8000-000000000002:refund".to_owned(),
        payer: None,
    }
}

#[tokio::test]
async fn money_goes_back_by_the_capture_under_a_key_of_its_own() -> anyhow::Result<()> {
    for (status, done) in [
        (
            "COMPLETED",
            Some(Refunding::Done(Some("1JU08902781691411".to_owned()))),
        ),
        (
            "PENDING",
            Some(Refunding::Underway(Some("1JU08902781691411".to_owned()))),
        ),
        (
            "A_NEW_ONE",
            Some(Refunding::Underway(Some("1JU08902781691411".to_owned()))),
        ),
        ("FAILED", None),
        ("CANCELLED", None),
    ] {
        let made = json!({ "id": "1JU08902781691411", "status": status });
        let replies = vec![
            get_order(&state("COMPLETED", &["DECLINED", "COMPLETED"], &[])),
            (
                format!("POST /v2/payments/captures/{CAPTURE}/refund"),
                Reply::json(201, &made),
            ),
        ];
        let (stub, gateway) = paypal(replies).await?;
        assert_eq!(
            gateway
                .refund(&refund(Decimal::new(150, 2), "EUR"))
                .await
                .ok(),
            done,
            "{status}"
        );
        let received = stub.received();
        let made = received.last().expect("a call");
        assert_eq!(
            made.header("paypal-request-id"),
            "0199c3a0-0000-7000-8000-000000000002:refund"
        );
        assert_eq!(
            made.json()?,
            json!({ "amount": { "currency_code": "EUR", "value": "1.50" } })
        );
    }
    Ok(())
}

/// Public bug reports woocommerce/woocommerce-gateway-stripe#435 and antiwork/gumroad PR 3749, about others: a hundredth of
/// what has none. PayPal writes text, with no more decimals than it takes.
#[tokio::test]
async fn sums_have_the_decimals_that_paypal_takes_of_their_currency() -> anyhow::Result<()> {
    for (amount, currency, written) in [
        ("5800", "JPY", Some("5800")),
        ("5800.00", "JPY", Some("5800")),
        ("1234", "HUF", Some("1234")),
        ("1234.50", "HUF", None),
        ("30", "TWD", Some("30")),
        ("119.9", "CZK", Some("119.90")),
        ("4.99", "USD", Some("4.99")),
        ("5", "EUR", Some("5.00")),
        ("0.001", "EUR", None),
    ] {
        let replies = vec![
            get_order(&state("COMPLETED", &["COMPLETED"], &[])),
            (
                format!("POST /v2/payments/captures/{CAPTURE}/refund"),
                Reply::json(201, &json!({ "id": "1", "status": "COMPLETED" })),
            ),
        ];
        let (stub, gateway) = paypal(replies).await?;
        let done = gateway.refund(&refund(amount.parse()?, currency)).await;
        assert_eq!(done.is_ok(), written.is_some(), "{amount} {currency}");
        let sent = stub
            .received()
            .into_iter()
            .find(|one| one.path.ends_with("/refund"));
        let sent = sent.map(|one| one.json()).transpose()?;
        let sent = sent.map(|body| body["amount"]["value"].as_str().map(str::to_owned));
        assert_eq!(sent.flatten().as_deref(), written, "{amount} {currency}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refund_that_paypal_refuses_is_refused() -> anyhow::Result<()> {
    for issue in [
        "CAPTURE_FULLY_REFUNDED",
        "REFUND_AMOUNT_EXCEEDED",
        "REFUND_TIME_LIMIT_EXCEEDED",
        "PENDING_CAPTURE",
    ] {
        let replies = vec![
            get_order(&state("COMPLETED", &["COMPLETED"], &[])),
            (
                format!("POST /v2/payments/captures/{CAPTURE}/refund"),
                refused(issue),
            ),
        ];
        let (_stub, gateway) = paypal(replies).await?;
        let done = gateway.refund(&refund(Decimal::ONE, "EUR")).await;
        assert!(
            done.as_ref().is_err_and(|why| why.message.contains(issue)),
            "{done:?}"
        );
        assert_eq!(failure(done, SECRETS)?, Rejected);
    }
    // Of an order without money nothing can go back.
    let (stub, gateway) = paypal(vec![get_order(&state("APPROVED", &[], &[]))]).await?;
    assert_eq!(
        failure(gateway.refund(&refund(Decimal::ONE, "EUR")).await, SECRETS)?,
        Rejected
    );
    assert!(
        stub.received()
            .iter()
            .all(|one| !one.path.ends_with("/refund"))
    );
    Ok(())
}
