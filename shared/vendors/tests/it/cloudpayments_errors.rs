//! CloudPayments: how money goes back, and what failures mean for the next try.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;
use vendors::ProviderErrorKind::{
    Auth, Interrupted, Protocol, RateLimited, Rejected, Timeout, Transient,
};
use vendors::payment::{Refund, Refunding};

use crate::cloudpayments::{SECRET, asking, client, lines, order, page, refusal, sought, success};
use crate::failure;
use testkit::stub::{Reply, Stub, unused_address};

fn refund(charge: &str, amount: &str) -> Refund {
    Refund {
        order: sought(Some(charge)),
        charge: charge.to_owned(),
        amount: amount.parse().expect("a sum"),
        currency: "RUB".to_owned(),
        paid: Decimal::new(299, 0),
        key: "0193a0b0-refund-1".to_owned(),
        payer: None,
    }
}

#[tokio::test]
async fn money_goes_back_under_the_key_of_the_refund() -> anyhow::Result<()> {
    let stub = Stub::start([success(&json!({ "TransactionId": 568 }))]).await?;
    let done = asking(&stub)?.refund(&refund("504", "100.5")).await?;
    assert_eq!(done, Refunding::Done(Some("568".to_owned())));
    let received = stub.only()?;
    assert_eq!(received.header("x-request-id"), "0193a0b0-refund-1");
    assert_eq!(
        lines(&[received]),
        [r#"/payments/refund {"TransactionId":504,"Amount":100.50}"#]
    );
    Ok(())
}

#[tokio::test]
async fn a_refund_that_is_refused_is_told_from_one_that_may_be_tried_again() -> anyhow::Result<()> {
    let declined = |code: i64| {
        let model = json!({ "TransactionId": 568, "ReasonCode": code, "Reason": "x" });
        Reply::json(
            200,
            &json!({ "Success": false, "Message": null, "Model": model }),
        )
    };
    for (reply, kind) in [
        (refusal("Invalid Amount value"), Rejected),
        (declined(5005), Rejected),
        (declined(5096), Transient),
        (declined(5091), Transient),
    ] {
        let stub = Stub::start([reply]).await?;
        let result = asking(&stub)?.refund(&refund("504", "100")).await;
        assert_eq!(failure(result, &[SECRET])?, kind);
    }
    let stub = Stub::start([]).await?;
    for (charge, amount) in [
        ("gASG", "100"),
        ("504", "0.001"),
        ("-1", "100"),
        ("504", "0"),
    ] {
        let result = asking(&stub)?.refund(&refund(charge, amount)).await;
        assert_eq!(failure(result, &[SECRET])?, Rejected);
    }
    assert!(stub.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn each_failure_has_its_kind_and_none_tells_the_secret() -> anyhow::Result<()> {
    let whole = success(&page());
    let limited = Reply::new(429, "").header("retry-after", "17");
    let soon = Some(Duration::from_secs(17));
    for (reply, kind) in [
        (Reply::new(401, ""), Auth),
        (Reply::html(403), Auth),
        (Reply::new(429, ""), RateLimited(None)),
        (limited, RateLimited(soon)),
        (Reply::html(400), Rejected),
        (Reply::html(500), Transient),
        (Reply::html(504), Transient),
        (refusal("Invalid Amount value"), Rejected),
        (refusal(&"x".repeat(5_000)), Rejected),
        (Reply::html(200), Protocol),
        (Reply::new(200, ""), Protocol),
        (Reply::new(200, &b"\x00\xff garbage"[..]), Protocol),
        (Reply::json(200, &json!([])), Protocol),
        (Reply::json(200, &json!({ "status": "fine" })), Protocol),
        (Reply::json(200, &json!({ "Success": true })), Protocol),
        (success(&json!({ "Id": "gASG" })), Protocol),
        (success(&json!({ "Url": "no address" })), Protocol),
        (
            whole.clone().cut_after(Duration::from_millis(50)),
            Interrupted,
        ),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let opened = asking(&stub)?.init(&order()).await;
        stub.only()?;
        assert_eq!(failure(opened, &[SECRET])?, kind, "{reply:?}");
    }
    let stub = Stub::start([whole.after(Duration::from_secs(30))]).await?;
    let hasty = client(&stub.url, Duration::from_millis(200))?;
    assert_eq!(failure(hasty.init(&order()).await, &[SECRET])?, Timeout);
    let (url, _port) = unused_address()?;
    let opened = client(&url, Duration::from_secs(5))?.init(&order()).await;
    assert_eq!(failure(opened, &[SECRET])?, Transient);
    Ok(())
}
