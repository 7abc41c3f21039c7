//! Stripe: what is asked, and how answers and events are read. The forms are those of
//! <https://docs.stripe.com/api> in the version of today's clients.

mod asked;
pub mod charges;
mod elements;
mod errors;
mod events;
mod refunds;
mod statement;

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use kernel::Language;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use vendors::payment::stripe::StripeConfig;
use vendors::payment::{Gateway, Gateways, Order, PaymentConfig, Sought};

use crate::telegram;
use testkit::stub::{Received, Reply, Stub};

pub const KEY: &str = "sk_test_of_these_tests";
pub const SECRET: &str = "whsec_test_secret";
pub const VERSION: &str = "2026-10-28.endive";
const ORDER: &str = "0199c3a0-0000-7000-8000-000000000001";

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<dyn Gateway>> {
    let methods = ["card", "sepa_debit", "ideal", "bancontact"];
    let config = PaymentConfig {
        stripe: Some(StripeConfig {
            secret_key: KEY.to_owned(),
            webhook_secret: SECRET.to_owned(),
            publishable_key: Some("pk_test_of_these_tests".to_owned()),
            api_url: server.clone(),
            methods: methods.map(str::to_owned).to_vec(),
            return_url: Url::parse("https://t.me/symancy_bot")?,
            timeout,
        }),
        ..PaymentConfig::default()
    };
    Ok(Gateways::new(&config, telegram::client(server, timeout)?)?.get("stripe")?)
}

fn asked(stub: &Stub) -> anyhow::Result<Arc<dyn Gateway>> {
    client(&stub.url, Duration::from_secs(5))
}

fn silent() -> anyhow::Result<Arc<dyn Gateway>> {
    client(&Url::parse("http://127.0.0.1:9/")?, Duration::from_secs(1))
}

pub fn order() -> Order {
    Order {
        id: Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001),
        amount: Decimal::new(299, 2),
        currency: "EUR".to_owned(),
        title: "Symancy · Basic".to_owned(),
        description: "Symancy, plan Basic, one month.".to_owned(),
        language: Language::En,
        return_url: Url::parse("https://symancy.example/paid?x=1").ok(),
        email: Some("anna@example.com".to_owned()),
        keep_for: None,
    }
}

/// The time in its id is that of 1759923666 (RFC 9562, 5.7), before it was written: from then on lists are looked through.
fn sought(number: Option<&str>) -> Sought {
    Sought {
        id: order().id,
        external_id: number.map(str::to_owned),
        created_at: DateTime::from_timestamp(1_790_000_000, 0).expect("a moment"),
    }
}

/// The fields of a form, in their order.
fn form(received: &Received) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&received.body)
        .into_owned()
        .collect()
}

fn query(received: &Received) -> Vec<(String, String)> {
    url::form_urlencoded::parse(received.query.as_bytes())
        .into_owned()
        .collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

/// A session of ours that waits for money.
pub fn session() -> Value {
    json!({
        "id": "cs_test_a1", "object": "checkout.session", "created": 1_790_000_001, "livemode": false,
        "mode": "payment", "status": "open", "payment_status": "unpaid", "payment_intent": null,
        "amount_subtotal": 299, "amount_total": 299, "currency": "eur", "client_reference_id": ORDER,
        "metadata": { "payment": ORDER }, "customer": null, "customer_email": "anna@example.com",
        "customer_details": { "email": "anna@example.com", "name": "Anna Example" },
        "url": "https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWj",
    })
}

fn intent(status: &str, fault: Value, charge: Value) -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "amount": 299, "amount_received": 0, "currency": "eur",
        "status": status, "last_payment_error": fault, "latest_charge": charge,
        "client_secret": "pi_1_secret_x", "metadata": { "payment": ORDER },
    })
}

fn charge(back: i64, disputed: bool) -> Value {
    json!({
        "id": "ch_1", "object": "charge", "amount": 299, "amount_refunded": back, "currency": "eur",
        "refunded": back == 299, "disputed": disputed, "payment_intent": "pi_1", "paid": true,
        "metadata": { "payment": ORDER }, "billing_details": { "name": "Anna Example" },
        "payment_method_details": { "type": "card", "card": { "last4": "4242" } },
    })
}

fn with(mut object: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        object[*name] = value.clone();
    }
    object
}

fn list(data: &[Value]) -> Reply {
    let body = json!({ "object": "list", "data": data, "has_more": false, "url": "/v1/x" });
    Reply::json(200, &body)
}

#[tokio::test]
async fn a_page_is_opened_with_the_fields_that_stripe_documents() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &session())]).await?;
    let opened = asked(&stub)?.init(&order()).await?;
    assert_eq!(opened.external_id.as_deref(), Some("cs_test_a1"));
    assert_eq!(opened.url.as_str(), session()["url"]);
    let received = stub.only()?;
    assert_eq!(received.line(), "POST /v1/checkout/sessions");
    assert_eq!(received.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(received.header("stripe-version"), VERSION);
    assert_eq!(received.header("idempotency-key"), format!("{ORDER}:open"));
    let expected = pairs(&[
        ("mode", "payment"),
        ("client_reference_id", ORDER),
        ("metadata[payment]", ORDER),
        ("payment_intent_data[metadata][payment]", ORDER),
        (
            "payment_intent_data[description]",
            "Symancy, plan Basic, one month.",
        ),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][unit_amount]", "299"),
        ("line_items[0][price_data][currency]", "eur"),
        (
            "line_items[0][price_data][product_data][name]",
            "Symancy · Basic",
        ),
        (
            "line_items[0][price_data][product_data][description]",
            "Symancy, plan Basic, one month.",
        ),
        ("locale", "en"),
        ("success_url", "https://symancy.example/paid?x=1"),
        ("cancel_url", "https://symancy.example/paid?x=1"),
        ("payment_method_types[]", "card"),
        ("payment_method_types[]", "sepa_debit"),
        ("payment_method_types[]", "ideal"),
        ("payment_method_types[]", "bancontact"),
        ("customer_email", "anna@example.com"),
    ]);
    assert_eq!(form(&received), expected);
    Ok(())
}

#[tokio::test]
async fn other_money_than_euros_is_paid_by_card_and_in_units_of_stripe() -> anyhow::Result<()> {
    for (amount, currency, minor) in [
        ("3.49", "USD", "349"),
        ("79", "CZK", "7900"),
        ("10000", "JPY", "10000"),
        ("5.12", "KWD", "5120"),
    ] {
        let stub = Stub::start([Reply::json(200, &session())]).await?;
        let order = Order {
            amount: amount.parse()?,
            currency: currency.to_owned(),
            return_url: None,
            email: None,
            keep_for: None,
            ..order()
        };
        asked(&stub)?.init(&order).await?;
        let sent = form(&stub.only()?);
        let of = |wanted: &str| {
            let named = sent.iter().filter(|(name, _)| name.ends_with(wanted));
            named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of("[unit_amount]"), [minor]);
        assert_eq!(of("[currency]"), [currency.to_lowercase()]);
        assert_eq!(of("payment_method_types[]"), ["card"]);
        assert_eq!(of("success_url"), ["https://t.me/symancy_bot"]);
        assert_eq!(of("customer_email"), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn a_sum_that_stripe_cannot_take_is_not_asked_for() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    for (amount, currency) in [("2.999", "EUR"), ("0.5", "JPY"), ("5.124", "KWD")] {
        let order = Order {
            amount: amount.parse()?,
            currency: currency.to_owned(),
            ..order()
        };
        assert!(
            asked(&stub)?.init(&order).await.is_err(),
            "{amount} {currency}"
        );
    }
    assert!(stub.received().is_empty());
    Ok(())
}
