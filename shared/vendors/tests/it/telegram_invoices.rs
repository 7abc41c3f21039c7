//! Telegram Stars: how an invoice is made, how a checkout is answered, how updates about money are
//! read.
//!
//! Source: <https://core.telegram.org/bots/payments-stars>. What a failure means is tested in
//! `telegram_errors` for all calls alike.

use std::time::Duration;

use kernel::Language;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::ProviderErrorKind::{Auth, RateLimited, Rejected, Timeout, Transient};
use vendors::messenger::Checkouts;
use vendors::messenger::telegram_payment;
use vendors::messenger::telegram_payment::PaymentUpdate;
use vendors::payment::{Gateway, Happened, Order, Renewal, Renewed, Sought};

use crate::failure;
use crate::telegram::{SECRETS, TOKEN, client, ok};
use testkit::stub::{Reply, Stub};

fn invoice() -> Order {
    Order {
        id: Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001),
        amount: Decimal::from(150),
        currency: "XTR".to_owned(),
        title: "Symancy · Basic".to_owned(),
        description: "One month.".to_owned(),
        language: Language::En,
        return_url: None,
        email: None,
        keep_for: None,
    }
}

#[tokio::test]
async fn an_invoice_has_one_price_in_stars_and_no_provider() -> anyhow::Result<()> {
    let stub = Stub::start([ok(json!("https://t.me/$abc"))]).await?;
    let opened = client(&stub.url, Duration::from_secs(5))?
        .init(&invoice())
        .await?;
    assert_eq!(opened.url.as_str(), "https://t.me/$abc");
    // Telegram numbers charges, and there is none yet.
    assert_eq!(opened.external_id, None);
    let received = stub.only()?;
    assert!(
        received
            .path
            .eq_ignore_ascii_case(&format!("/bot{TOKEN}/createInvoiceLink"))
    );
    let expected = json!({
        "title": "Symancy · Basic", "description": "One month.",
        "payload": "0199c3a0-0000-7000-8000-000000000001", "provider_token": "",
        "currency": "XTR", "prices": [{ "label": "Symancy · Basic", "amount": 150 }],
    });
    assert_eq!(received.json()?, expected);
    Ok(())
}

#[tokio::test]
async fn a_checkout_is_answered_with_a_yes_or_with_the_reason() -> anyhow::Result<()> {
    let stub = Stub::start([ok(json!(true)), ok(json!(true))]).await?;
    let telegram = client(&stub.url, Duration::from_secs(5))?;
    telegram.answer_checkout("q1", Ok(())).await?;
    telegram.answer_checkout("q2", Err("It is over.")).await?;
    let bodies: Vec<Value> = stub
        .received()
        .iter()
        .map(|received| received.json())
        .collect::<Result<_, _>>()?;
    let yes = json!({ "pre_checkout_query_id": "q1", "ok": true });
    let no = json!({ "pre_checkout_query_id": "q2", "ok": false, "error_message": "It is over." });
    assert_eq!(bodies, [yes, no]);
    Ok(())
}

#[tokio::test]
async fn failures_of_invoices_are_those_of_messages() -> anyhow::Result<()> {
    let error = |code: u16| {
        Reply::json(
            code,
            &json!({ "ok": false, "error_code": code, "description": "x" }),
        )
    };
    for (reply, kind) in [
        (error(400), Rejected),
        (error(401), Auth),
        (error(429), RateLimited(None)),
        (error(502), Transient),
        (Reply::html(502), Transient),
        (ok(json!("x")).after(Duration::from_secs(30)), Timeout),
    ] {
        for link in [true, false] {
            let stub = Stub::start([reply.clone()]).await?;
            let telegram = client(&stub.url, Duration::from_millis(500))?;
            let failed = match link {
                true => failure(telegram.init(&invoice()).await, SECRETS)?,
                false => failure(telegram.answer_checkout("q", Ok(())).await, SECRETS)?,
            };
            assert_eq!(failed, kind, "{reply:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_number_of_stars_is_not_asked_for() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    let telegram = client(&stub.url, Duration::from_secs(5))?;
    for amount in [Decimal::new(1_505, 1), Decimal::from(-1), Decimal::MAX] {
        let order = Order {
            amount,
            ..invoice()
        };
        assert_eq!(failure(telegram.init(&order).await, SECRETS)?, Rejected);
    }
    assert!(stub.received().is_empty());
    Ok(())
}

fn parsed(update: Value) -> Option<PaymentUpdate> {
    telegram_payment::parse(update.to_string().as_bytes())
}

#[test]
fn updates_about_money_are_distinguished_from_all_others() {
    let checkout = parsed(json!({ "update_id": 1, "pre_checkout_query": {
        "id": "q", "from": { "id": 7, "is_bot": false, "first_name": "A", "language_code": "ru" },
        "currency": "XTR", "total_amount": 150, "invoice_payload": "order" } }));
    let Some(PaymentUpdate::Checkout(checkout)) = checkout else {
        panic!("{checkout:?}")
    };
    assert_eq!(
        (checkout.query_id.as_str(), checkout.order_id.as_str()),
        ("q", "order")
    );
    assert_eq!(
        (checkout.amount, checkout.currency.as_str()),
        (Decimal::from(150), "XTR")
    );
    assert_eq!(checkout.language_code.as_deref(), Some("ru"));
    for (kind, happened) in [
        ("successful_payment", Happened::Paid),
        ("refunded_payment", Happened::Returned),
    ] {
        // Unknown fields are ignored.
        let moved = parsed(
            json!({ "update_id": 1, "message": { "novelty": [], "from": { "id": 8 }, (kind): {
            "currency": "XTR", "total_amount": 150, "invoice_payload": "order", "is_recurring": {},
            "telegram_payment_charge_id": "c", "provider_payment_charge_id": "" } } }),
        );
        let Some(PaymentUpdate::Moved(event)) = moved else {
            panic!("{moved:?}")
        };
        assert_eq!(event.payer, Some(8));
        assert_eq!(
            (event.order_id.as_str(), event.external_id.as_str()),
            ("order", "c")
        );
        assert_eq!(
            (event.amount, event.happened),
            (Decimal::from(150), happened)
        );
    }
    for other in [
        json!({}),
        json!([]),
        json!({ "message": { "text": "hi" } }),
        json!({ "message": 1 }),
    ] {
        assert_eq!(parsed(other.clone()), None, "{other}");
    }
}

#[test]
fn money_that_cannot_be_read_is_not_passed_over() {
    let moved = parsed(json!({ "message": { "successful_payment": { "surprise": 1 } } }));
    let Some(PaymentUpdate::Moved(event)) = moved else {
        panic!("{moved:?}")
    };
    assert_eq!(event.happened, Happened::Paid);
    assert_eq!(event.external_id, r#"{"surprise":1}"#);
}

/// The list begins with the oldest transaction; where the order may stand in it is found by halving.
#[tokio::test]
async fn paid_orders_are_found_in_the_list_of_transactions() -> anyhow::Result<()> {
    let order = invoice().id;
    let at =
        |date: i64| json!({ "id": "x", "amount": 1, "date": date, "source": { "type": "other" } });
    let user = |payload: &str| {
        json!({
            "type": "user", "transaction_type": "invoice_payment", "invoice_payload": payload,
            "user": { "id": 8, "is_bot": false, "first_name": "Ann" },
        })
    };
    let page = |all: Vec<Value>| ok(json!({ "transactions": all }));
    let found = vec![
        json!({ "id": "a", "amount": 150, "date": 1_100, "source": user(&order.to_string()) }),
        json!({ "id": "b", "amount": 600, "date": 1_101, "source": user("another order") }),
        json!({ "id": "c", "amount": 5, "date": 1_102, "receiver": { "type": "fragment" } }),
        json!({ "id": "a", "amount": 150, "date": 1_103, "receiver": user(&order.to_string()) }),
    ];
    // Places 0, 1, 3 and 2; three are older.
    let stub = Stub::start([
        page(vec![at(10)]),
        page(vec![at(20)]),
        page(vec![found[0].clone()]),
        page(vec![at(30)]),
        page(found),
    ])
    .await?;
    let telegram = client(&stub.url, Duration::from_secs(5))?;
    let sought = Sought {
        id: order,
        external_id: None,
        created_at: chrono::DateTime::from_timestamp(1_000, 0).expect("a moment"),
    };
    let moved = telegram.look_up(&[sought]).await?;
    let seen: Vec<_> = moved
        .iter()
        .map(|one| {
            (
                one.external_id.as_str(),
                one.status.as_str(),
                one.happened,
                one.payer,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", "successful_payment", Happened::Paid, Some(8)),
            ("a", "refunded_payment", Happened::Returned, Some(8)),
        ]
    );
    assert!(!moved[0].words.to_string().contains("Ann"));
    let asked: Vec<Value> = stub
        .received()
        .iter()
        .map(|received| Ok(received.json()?["offset"].clone()))
        .collect::<anyhow::Result<_>>()?;
    assert_eq!(asked, [0, 1, 3, 2, 3]);
    Ok(())
}

#[tokio::test]
async fn an_invoice_that_is_to_be_renewed_is_a_subscription_of_thirty_days() -> anyhow::Result<()> {
    let stub = Stub::start([ok(json!("https://t.me/$abc"))]).await?;
    let telegram = client(&stub.url, Duration::from_secs(5))?;
    assert_eq!(telegram.terms().renewal, Renewal::ByVendor);
    let wanted = Order {
        keep_for: Some(Uuid::from_u128(7)),
        ..invoice()
    };
    telegram.init(&wanted).await?;
    let body = stub.only()?.json()?;
    assert_eq!(body["subscription_period"], 2_592_000);
    assert!(!body.to_string().contains(&Uuid::from_u128(7).to_string()));
    Ok(())
}

/// <https://core.telegram.org/bots/api#edituserstarsubscription>
#[tokio::test]
async fn a_subscription_is_ended_and_goes_on_for_the_person_who_pays() -> anyhow::Result<()> {
    for goes_on in [false, true] {
        let stub = Stub::start([ok(json!(true))]).await?;
        let telegram = client(&stub.url, Duration::from_secs(5))?;
        let renewed = Renewed {
            charge: "stx1".to_owned(),
            payer: Some(8),
        };
        telegram.renew(&renewed, goes_on).await?;
        let received = stub.only()?;
        assert!(received.path.ends_with("/editUserStarSubscription"));
        let expected = json!({
            "user_id": 8, "telegram_payment_charge_id": "stx1", "is_canceled": !goes_on,
        });
        assert_eq!(received.json()?, expected);
    }
    let stub = Stub::start([]).await?;
    let telegram = client(&stub.url, Duration::from_secs(5))?;
    let unknown = Renewed {
        charge: "stx1".to_owned(),
        payer: None,
    };
    let failed = telegram.renew(&unknown, false).await;
    assert_eq!(failure(failed, SECRETS)?, Rejected);
    Ok(())
}

/// Each has a number of its own, and the payload of the first one.
#[test]
fn a_renewal_is_one_more_payment_of_the_same_order() {
    let paid = |charge: &str, first: bool| {
        let mut payment = json!({
            "currency": "XTR", "total_amount": 150, "invoice_payload": "order", "is_recurring": true,
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "8_0",
            "subscription_expiration_date": 1_792_592_000_i64,
        });
        if first {
            payment["is_first_recurring"] = json!(true);
        }
        let update = json!({ "message": { "from": { "id": 8 }, "successful_payment": payment } });
        match parsed(update) {
            Some(PaymentUpdate::Moved(moved)) => moved,
            other => panic!("{other:?}"),
        }
    };
    for (charge, first) in [("stx1", true), ("stx2", false)] {
        let moved = paid(charge, first);
        assert_eq!(
            (moved.order_id.as_str(), moved.external_id.as_str()),
            ("order", charge)
        );
        assert_eq!((moved.happened, moved.payer), (Happened::Paid, Some(8)));
        // What it pays for, a person can read in what is kept of it.
        assert_eq!(
            moved.words["subscription_expiration_date"],
            1_792_592_000_i64
        );
        assert_eq!(moved.words["is_first_recurring"] == true, first);
        assert_eq!(moved.saved, None);
    }
}
