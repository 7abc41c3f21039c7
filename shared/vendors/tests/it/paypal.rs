//! PayPal: what is asked, and what its answers mean.
//!
//! Sources: <https://developer.paypal.com/docs/api/orders/v2/>, <https://developer.paypal.com/docs/api/payments/v2/>; the
//! answers are those of its examples, shortened.

use std::sync::Arc;
use std::time::Duration;

use kernel::Language;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testkit::stub::{Received, Reply, Stub};
use url::Url;
use uuid::Uuid;
use vendors::payment::paypal::PaypalConfig;
use vendors::payment::{
    Gateway, Gateways, Happened, Notification, Order, PaymentConfig, Refusal, Sought,
};

use crate::telegram;

pub const SECRET: &str = "EGnHDxD_qRPdaLdZz8iCr8N7";
pub const TOKEN: &str = "A21AAFEpH4PsADK7qSS7pSRsgz";
pub const SECRETS: &[&str] = &[SECRET, TOKEN];
/// The order at PayPal, and its capture.
pub const ORDER: &str = "5O190127TN364715T";
pub const CAPTURE: &str = "3C679366HH908993F";

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<dyn Gateway>> {
    let config = PaymentConfig {
        paypal: Some(PaypalConfig {
            client_id: "AfV8ijhqkkkRZ".to_owned(),
            client_secret: SECRET.to_owned(),
            webhook_id: "1JE4291016473214C".to_owned(),
            api_url: server.clone(),
            timeout,
        }),
        ..PaymentConfig::default()
    };
    Ok(Gateways::new(&config, telegram::client(server, timeout)?)?.get("paypal")?)
}

pub fn order() -> Order {
    Order {
        id: Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001),
        amount: Decimal::new(5, 0),
        currency: "EUR".to_owned(),
        title: "Symancy · Basic".to_owned(),
        description: "Symancy, the plan Basic, one month.".to_owned(),
        language: Language::En,
        return_url: Url::parse("https://symancy.example/paid").ok(),
        email: None,
        keep_for: None,
    }
}

/// An answer of the endpoint of tokens.
pub fn token(lives: u64) -> Reply {
    let body = json!({
        "scope": "https://uri.paypal.com/services/payments/payment/authcapture", "access_token": TOKEN,
        "token_type": "Bearer", "app_id": "APP-80W284485P519543T", "expires_in": lives, "nonce": "2020-04-03T15:35:36Z",
    });
    Reply::json(200, &body)
}

pub fn created() -> Value {
    json!({
        "id": ORDER, "status": "PAYER_ACTION_REQUIRED", "payment_source": { "paypal": {} },
        "links": [
            { "href": format!("https://api-m.paypal.com/v2/checkout/orders/{ORDER}"), "rel": "self", "method": "GET" },
            { "href": format!("https://www.paypal.com/checkoutnow?token={ORDER}"), "rel": "payer-action", "method": "GET" },
        ],
    })
}

pub fn money(value: &str) -> Value {
    json!({ "currency_code": "EUR", "value": value })
}

/// An order with this status, and these captures and refunds.
pub fn state(status: &str, captures: &[&str], refunds: &[(&str, &str)]) -> Value {
    let capture = |status: &&str| {
        json!({
            "id": CAPTURE, "status": status, "amount": money("5.00"), "final_capture": true,
            "custom_id": order().id, "processor_response": { "response_code": "5120" },
        })
    };
    let captures: Vec<Value> = captures.iter().map(capture).collect();
    let mut so_far = Decimal::ZERO;
    let refund = |(status, value): &(&str, &str)| {
        so_far += value.parse::<Decimal>().expect("a sum");
        json!({
            "id": "1JU08902781691411", "status": status, "amount": money(value),
            "seller_payable_breakdown": { "total_refunded_amount": money(&so_far.to_string()) },
        })
    };
    let refunds: Vec<Value> = refunds.iter().map(refund).collect();
    json!({
        "id": ORDER, "intent": "CAPTURE", "status": status,
        "purchase_units": [{
            "reference_id": "default", "amount": money("5.00"), "custom_id": order().id, "invoice_id": order().id,
            "payments": { "captures": captures, "refunds": refunds },
            "shipping": { "name": { "full_name": "John Doe" } },
        }],
        "payer": { "name": { "given_name": "John" }, "email_address": "john@example.com", "payer_id": "QYR5Z8XDVJNXQ" },
        "payment_source": { "card": { "last_digits": "0777" } },
    })
}

pub fn refused(issue: &str) -> Reply {
    let body = json!({
        "name": "UNPROCESSABLE_ENTITY", "message": "The requested action could not be performed.",
        "debug_id": "90957fca61718", "details": [{ "issue": issue, "description": "Sorry." }], "links": [],
    });
    Reply::json(422, &body)
}

pub fn unknown() -> Reply {
    let body = json!({
        "name": "RESOURCE_NOT_FOUND", "message": "The specified resource does not exist.",
        "debug_id": "90957fca61718", "details": [{ "issue": "INVALID_RESOURCE_ID" }],
    });
    Reply::json(404, &body)
}

/// A PayPal that gives a token, and these replies to calls whose lines begin so; an unknown one is 404.
pub async fn paypal(replies: Vec<(String, Reply)>) -> anyhow::Result<(Stub, Arc<dyn Gateway>)> {
    let stub = Stub::answering(move |call: &Received| {
        let line = call.line();
        if line == "POST /v1/oauth2/token" {
            return token(32_400);
        }
        let known = replies.iter().find(|(begin, _)| line == *begin);
        known.map_or_else(unknown, |(_, reply)| reply.clone())
    })
    .await?;
    let gateway = client(&stub.url, Duration::from_secs(5))?;
    Ok((stub, gateway))
}

pub fn get_order(reply: &Value) -> (String, Reply) {
    (
        format!("GET /v2/checkout/orders/{ORDER}"),
        Reply::json(200, reply),
    )
}

pub fn capturing(reply: Reply) -> (String, Reply) {
    (format!("POST /v2/checkout/orders/{ORDER}/capture"), reply)
}

pub fn listed(disputes: &Value) -> (String, Reply) {
    (
        "GET /v1/customer/disputes".to_owned(),
        Reply::json(200, &json!({ "items": disputes })),
    )
}

pub fn sought(number: Option<&str>) -> Sought {
    Sought {
        id: order().id,
        external_id: number.map(str::to_owned),
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// What happened, with the sum and what went back in all.
pub fn facts<'a>(said: &'a [Notification]) -> Vec<(Happened, &'a str, String, Option<String>)> {
    let fact = |one: &'a Notification| {
        let returned = one.returned.map(|sum| sum.to_string());
        let amount = one.amount.to_string();
        (one.happened, one.status.as_str(), amount, returned)
    };
    said.iter().map(fact).collect()
}

#[tokio::test]
async fn an_order_is_made_with_the_fields_that_paypal_requires() -> anyhow::Result<()> {
    let made = (
        "POST /v2/checkout/orders".to_owned(),
        Reply::json(201, &created()),
    );
    let (stub, gateway) = paypal(vec![made]).await?;
    let opened = gateway.init(&order()).await?;
    assert_eq!(opened.external_id.as_deref(), Some(ORDER));
    assert_eq!(
        opened.url.as_str(),
        format!("https://www.paypal.com/checkoutnow?token={ORDER}")
    );
    let received = stub.received();
    let [token, made] = received.as_slice() else {
        panic!("{received:?}")
    };
    // AfV8ijhqkkkRZ:EGnHDxD_qRPdaLdZz8iCr8N7 in base64.
    assert_eq!(
        token.header("authorization"),
        "Basic QWZWOGlqaHFra2tSWjpFR25IRHhEX3FSUGRhTGRaejhpQ3I4Tjc="
    );
    assert_eq!(&token.body[..], b"grant_type=client_credentials");
    assert_eq!(made.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(
        made.header("paypal-request-id"),
        format!("{}:open", order().id)
    );
    let expected = json!({
        "intent": "CAPTURE",
        "purchase_units": [{
            "custom_id": order().id, "invoice_id": order().id, "description": "Symancy, the plan Basic, one month.",
            "amount": { "currency_code": "EUR", "value": "5.00" },
        }],
        "payment_source": { "paypal": { "experience_context": {
            "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING", "locale": "en-US",
            "return_url": "https://symancy.example/paid", "cancel_url": "https://symancy.example/paid",
        } } },
    });
    assert_eq!(made.json()?, expected);
    Ok(())
}

/// The name of the link before `payment_source`.
#[tokio::test]
async fn the_page_may_have_its_older_name() -> anyhow::Result<()> {
    let mut answer = created();
    answer["links"][1]["rel"] = json!("approve");
    let made = (
        "POST /v2/checkout/orders".to_owned(),
        Reply::json(200, &answer),
    );
    let (_stub, gateway) = paypal(vec![made]).await?;
    assert_eq!(
        gateway.init(&order()).await?.external_id.as_deref(),
        Some(ORDER)
    );
    Ok(())
}

#[tokio::test]
async fn a_state_means_what_paypal_says_it_means() -> anyhow::Result<()> {
    let open = |status| (status, vec![], vec![]);
    let paid = ("COMPLETED", vec!["COMPLETED"], vec![]);
    let part = vec![("COMPLETED", "1.00"), ("COMPLETED", "0.50")];
    let come = |returned: Option<&str>| {
        (
            Happened::Paid,
            "COMPLETED",
            "5.00".to_owned(),
            returned.map(str::to_owned),
        )
    };
    // Each refund that is over, by its number; the answers here have one number for all.
    let arrived = |amount: &str, returned: &str| {
        let sums = (amount.to_owned(), Some(returned.to_owned()));
        let status = "REFUND COMPLETED 1JU08902781691411";
        vec![(Happened::PartlyReturned, status, sums.0, sums.1)]
    };
    let one = |happened, status| vec![(happened, status, "5.00".to_owned(), None)];
    let then = |happened, status, amount: &str, returned: Option<&str>| {
        let returned = returned.map(str::to_owned);
        vec![come(None), (happened, status, amount.to_owned(), returned)]
    };
    for ((status, captures, refunds), expected) in [
        (open("CREATED"), one(Happened::Open, "CREATED")),
        (open("SAVED"), one(Happened::Open, "SAVED")),
        (
            open("PAYER_ACTION_REQUIRED"),
            one(Happened::Open, "PAYER_ACTION_REQUIRED"),
        ),
        (open("VOIDED"), one(Happened::Abandoned, "VOIDED")),
        (open("COMPLETED"), one(Happened::Underway, "COMPLETED")),
        (open("A_NEW_ONE"), one(Happened::Underway, "A_NEW_ONE")),
        (paid, vec![come(None)]),
        (
            ("COMPLETED", vec!["PENDING"], vec![]),
            one(Happened::Underway, "PENDING"),
        ),
        (
            ("COMPLETED", vec!["DECLINED"], vec![]),
            one(Happened::Refused, "DECLINED"),
        ),
        (
            ("COMPLETED", vec!["FAILED"], vec![]),
            one(Happened::Refused, "FAILED"),
        ),
        (
            ("COMPLETED", vec!["A_NEW_ONE"], vec![]),
            one(Happened::Underway, "A_NEW_ONE"),
        ),
        (
            ("COMPLETED", vec!["DECLINED", "COMPLETED"], vec![]),
            vec![come(None)],
        ),
        // Each part with its own sum: what they are together is the sum of them, not of the sums until then.
        (
            ("COMPLETED", vec!["PARTIALLY_REFUNDED"], part.clone()),
            [
                then(
                    Happened::PartlyReturned,
                    "PARTIALLY_REFUNDED",
                    "1.50",
                    Some("1.50"),
                ),
                arrived("1.00", "1.50"),
                arrived("0.50", "1.50"),
            ]
            .concat(),
        ),
        (
            ("COMPLETED", vec!["PARTIALLY_REFUNDED"], vec![]),
            then(Happened::PartlyReturned, "PARTIALLY_REFUNDED", "5.00", None),
        ),
        (
            ("COMPLETED", vec!["REFUNDED"], vec![("COMPLETED", "5.00")]),
            [
                then(Happened::Returned, "REFUNDED", "5.00", Some("5.00")),
                arrived("5.00", "5.00"),
            ]
            .concat(),
        ),
        (
            ("COMPLETED", vec!["REFUNDED"], vec![]),
            then(Happened::Returned, "REFUNDED", "5.00", Some("5.00")),
        ),
        // What is on its way has not gone back.
        (
            ("COMPLETED", vec!["REFUNDED"], vec![("PENDING", "5.00")]),
            vec![come(Some("0"))],
        ),
        (
            (
                "COMPLETED",
                vec!["REFUNDED"],
                vec![("COMPLETED", "2.00"), ("PENDING", "3.00")],
            ),
            [
                then(Happened::PartlyReturned, "REFUNDED", "2.00", Some("2.00")),
                arrived("2.00", "2.00"),
            ]
            .concat(),
        ),
        // A refund that failed after all.
        (
            ("COMPLETED", vec!["COMPLETED"], vec![("FAILED", "5.00")]),
            vec![
                come(Some("5.00")),
                (
                    Happened::ReturnFailed,
                    "REFUND FAILED 1JU08902781691411",
                    "5.00".to_owned(),
                    Some("5.00".to_owned()),
                ),
            ],
        ),
        (
            ("COMPLETED", vec!["REVERSED"], vec![]),
            then(Happened::Disputed, "REVERSED", "5.00", None),
        ),
    ] {
        let reply = state(status, &captures, &refunds);
        let (_stub, gateway) = paypal(vec![get_order(&reply), listed(&json!([]))]).await?;
        let said = gateway.look_up(&[sought(Some(ORDER))]).await?;
        assert_eq!(facts(&said), expected, "{status} {captures:?} {refunds:?}");
        for one in &said {
            assert_eq!(
                (one.order_id.clone(), one.external_id.as_str()),
                (order().id.to_string(), ORDER)
            );
            assert_eq!(one.currency, "EUR");
            let is_refused = one.happened == Happened::Refused;
            assert_eq!(
                one.refusal,
                is_refused.then_some(Refusal::InsufficientFunds)
            );
            let kept = one.words.to_string();
            let is_kept = |word: &str| kept.contains(word);
            assert!(
                is_kept(ORDER)
                    && !["John", "john@", "0777", "QYR5Z"]
                        .iter()
                        .any(|word| is_kept(word)),
                "{kept}"
            );
        }
    }
    Ok(())
}
