//! BTCPay Server: refunds, which the buyer has to claim, and what a failure means for the next try.
//!
//! Source: <https://docs.btcpayserver.org/API/Greenfield/v1/>, "Invoices" and "Pull payments".

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{Happened, Refund, Refunding, number_in};

use crate::btcpay::{SECRETS, client, found, invoice, order, server, short, sought, ways};
use crate::failure;
use testkit::stub::{Reply, Stub};

fn refund() -> Refund {
    Refund {
        order: sought(),
        charge: "I1".to_owned(),
        amount: Decimal::new(200, 2),
        currency: "EUR".to_owned(),
        paid: Decimal::new(599, 2),
        key: "the-key-of-the-refund".to_owned(),
        payer: None,
    }
}

#[tokio::test]
async fn a_refund_waits_for_the_buyer_and_is_made_once() -> anyhow::Result<()> {
    let settled = || invoice("Settled", "None");
    let stub = server(settled(), ways("0"), json!([]), json!([])).await?;
    let begun = client(&stub.url)?.refund(&refund()).await?;
    assert_eq!(begun, Refunding::Underway(Some("P1".to_owned())));
    let received = stub.received();
    let asked = received.last().expect("a call");
    assert_eq!(asked.line(), "POST /api/v1/stores/S1/invoices/I1/refund");
    let expected = json!({
        "name": "Refund", "description": "I1 the-key-of-the-refund", "refundVariant": "Custom",
        "customAmount": "2.00", "customCurrency": "EUR", "payoutMethodId": "BTC-CHAIN",
        "payoutMethods": ["BTC-CHAIN"],
    });
    assert_eq!(asked.json()?, expected);
    // It is there already.
    let pull =
        json!([{ "id": "P1", "description": "I1 the-key-of-the-refund", "currency": "EUR" }]);
    for (state, expected) in [
        (
            "AwaitingPayment",
            Refunding::Underway(Some("P1".to_owned())),
        ),
        ("Cancelled", Refunding::Underway(Some("P1".to_owned()))),
        ("Completed", Refunding::Done(Some("P1".to_owned()))),
    ] {
        let payout = json!([{ "state": state, "originalAmount": "2.00" }]);
        let stub = server(settled(), ways("0"), pull.clone(), payout).await?;
        assert_eq!(client(&stub.url)?.refund(&refund()).await?, expected);
        let posts = stub
            .received()
            .into_iter()
            .filter(|one| one.method == "POST");
        assert_eq!(posts.count(), 0);
    }
    Ok(())
}

/// Also what an operator has given back on the server's own pages.
#[tokio::test]
async fn what_has_gone_back_is_known_by_its_payouts() -> anyhow::Result<()> {
    let part = |sum: &'static str| (Happened::PartlyReturned, sum);
    let whole = (Happened::Returned, "5.99 EUR");
    for (name, description, currency, state, sum, expected) in [
        (
            "Refund",
            "I1 k",
            "EUR",
            "Completed",
            "5.99",
            vec![part("5.99 EUR"), whole],
        ),
        (
            "Refund I1",
            "",
            "EUR",
            "Completed",
            "5.99",
            vec![part("5.99 EUR"), whole],
        ),
        (
            "Refund",
            "I1 k",
            "EUR",
            "Completed",
            "2",
            vec![part("2 EUR")],
        ),
        (
            "Refund I1",
            "",
            "BTC",
            "Completed",
            "0.0001",
            vec![part("0.0001 BTC")],
        ),
        ("Refund", "I1 k", "EUR", "AwaitingPayment", "5.99", vec![]),
        ("Refund I2", "I2 k", "EUR", "Completed", "5.99", vec![]),
        ("Refund", "I1:aa-0 k", "BTC", "Completed", "0.00004", vec![]),
    ] {
        let pull = json!([{
            "id": "P1", "name": name, "description": description, "currency": currency,
        }]);
        let payouts = json!([{ "state": state, "originalAmount": sum }]);
        let stub = server(invoice("Settled", "None"), json!([]), pull, payouts).await?;
        let told = short(&found(&stub).await?);
        let paid = ("I1".to_owned(), Happened::Paid, "5.99 EUR".to_owned());
        let back = |(happened, sum): (Happened, &str)| ("I1".to_owned(), happened, sum.to_owned());
        let expected: Vec<_> = expected.into_iter().map(back).collect();
        assert_eq!(told, [vec![paid], expected].concat(), "{name} {state}");
    }
    Ok(())
}

/// The numbers of pull payments are letters and digits without a rule that there is a digit.
#[tokio::test]
async fn each_pull_payment_is_told_by_its_number_and_one_in_other_money_by_none()
-> anyhow::Result<()> {
    let pulls = json!([
        { "id": "2jzUbQZb1c3HxwUsuN5nKE5bwBKs", "name": "Refund", "description": "I1 k", "currency": "EUR" },
        { "id": "kFNeYXZRiSGzWqUbQZbacHxwUsu", "name": "Refund I1", "description": "", "currency": "EUR" },
        { "id": "P3", "name": "Refund I1", "description": "", "currency": "BTC" },
    ]);
    let payouts = json!([{ "state": "Completed", "originalAmount": "2.00" }]);
    let stub = server(invoice("Settled", "None"), json!([]), pulls, payouts).await?;
    let told = found(&stub).await?;
    let parts = told
        .iter()
        .filter(|one| one.happened == Happened::PartlyReturned);
    let numbers: Vec<Option<&str>> = parts.map(|one| number_in(&one.status)).collect();
    assert_eq!(
        numbers,
        [
            Some("2jzUbQZb1c3HxwUsuN5nKE5bwBKs"),
            Some("kFNeYXZRiSGzWqUbQZbacHxwUsu"),
            None
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_key_that_may_not_see_refunds_sees_money_all_the_same_and_gives_none_back()
-> anyhow::Result<()> {
    let stub = Stub::answering(|received| match received.path.as_str() {
        "/api/v1/stores/S1/invoices" => Reply::json(200, &json!([invoice("Settled", "None")])),
        _ => Reply::json(
            403,
            &json!({ "code": "missing-permission", "message": "x" }),
        ),
    })
    .await?;
    assert_eq!(short(&found(&stub).await?)[0].1, Happened::Paid);
    let refused = client(&stub.url)?.refund(&refund()).await;
    assert_eq!(failure(refused, SECRETS)?, Kind::Auth);
    Ok(())
}

#[tokio::test]
async fn a_failure_says_what_it_means_for_the_next_try() -> anyhow::Result<()> {
    let problem = json!({ "code": "store-not-found", "message": "The store was not found" });
    let fields = json!([{ "path": "currency", "message": "Invalid currency" }]);
    for (reply, kind) in [
        (
            Reply::json(401, &json!({ "code": "unauthenticated" })),
            Kind::Auth,
        ),
        (Reply::json(403, &problem), Kind::Auth),
        (Reply::json(404, &problem), Kind::Rejected),
        (Reply::json(422, &fields), Kind::Rejected),
        (Reply::html(429), Kind::RateLimited(None)),
        (Reply::html(500), Kind::Transient),
        (Reply::html(302), Kind::Protocol),
        (Reply::html(200), Kind::Protocol),
        (Reply::json(200, &json!({ "id": "I1" })), Kind::Protocol),
        (
            Reply::json(200, &invoice("New", "None")).cut_after(Duration::from_millis(20)),
            Kind::Interrupted,
        ),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let opened = client(&stub.url)?.init(&order()).await;
        assert_eq!(failure(opened, SECRETS)?, kind, "{reply:?}");
        stub.only()?;
    }
    Ok(())
}
