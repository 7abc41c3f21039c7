//! BTCPay Server: what is asked, how invoices and events are read.
//!
//! Sources: <https://docs.btcpayserver.org/API/Greenfield/v1/>; the signed event was made by the official Greenfield
//! client for PHP.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;
use vendors::payment::btcpay::BtcpayConfig;
use vendors::payment::{
    Call, Disbelief, Gateway, Gateways, Happened, Notification, Order, PaymentConfig, Said, Sought,
};

use crate::{telegram, tinkoff, webhook};
use testkit::stub::{Reply, Stub};

const KEY: &str = "the-key-of-the-store";
const SECRET: &str = "btcpay-secret";
pub const SECRETS: &[&str] = &[KEY, SECRET];

const SIGNED: &str = "{
  \"deliveryId\": \"D1\",
  \"webhookId\": \"W1\",
  \"originalDeliveryId\": \"D1\",
  \"isRedelivery\": false,
  \"type\": \"InvoiceSettled\",
  \"timestamp\": 1763719200,
  \"storeId\": \"S1\",
  \"invoiceId\": \"I1\",
  \"metadata\": {
    \"orderId\": \"o-1\"
  },
  \"manuallyMarked\": false,
  \"overPaid\": false
}";
const SIGNATURE: &str = "sha256=191239a97d7519afe7d16c92e5ad96dddc9a608044986a7ff3c49734c819e649";

pub fn client(server: &Url) -> anyhow::Result<Arc<dyn Gateway>> {
    let config = PaymentConfig {
        btcpay: Some(BtcpayConfig {
            url: server.clone(),
            store_id: "S1".to_owned(),
            api_key: KEY.to_owned(),
            webhook_secret: SECRET.to_owned(),
            timeout: Duration::from_secs(5),
        }),
        ..PaymentConfig::default()
    };
    let messenger = telegram::client(server, Duration::from_secs(5))?;
    Ok(Gateways::new(&config, messenger)?.get("btcpay")?)
}

pub fn order() -> Order {
    Order {
        amount: Decimal::new(599, 2),
        currency: "EUR".to_owned(),
        ..tinkoff::order()
    }
}

pub fn sought() -> Sought {
    Sought {
        id: order().id,
        external_id: Some("I1".to_owned()),
        created_at: DateTime::UNIX_EPOCH,
    }
}

/// An invoice of the order, in the form of the documentation.
pub fn invoice(status: &str, additional: &str) -> Value {
    json!({
        "id": "I1", "storeId": "S1", "amount": "5.99", "paidAmount": "5.99", "currency": "EUR", "type": "Standard",
        "checkoutLink": "https://pay.example.org/i/I1", "createdTime": 1_763_719_200, "expirationTime": 1_763_720_100,
        "monitoringExpiration": 1_763_806_500, "status": status, "additionalStatus": additional,
        "availableStatusesForManualMarking": [], "archived": false,
        "metadata": { "orderId": order().id, "buyerEmail": "a@example.org" }, "checkout": {}, "receipt": {},
    })
}

/// What came: a transfer for good and one that is not yet sure.
pub fn ways(due: &str) -> Value {
    let transfer = |id: &str, value: &str, status: &str| {
        json!({
            "id": id, "receivedDate": 1_763_719_300, "value": value, "fee": "0", "status": status,
            "destination": "bc1q0",
        })
    };
    json!([
        { "paymentMethodId": "BTC-LN", "currency": "BTC", "due": due, "payments": [] },
        { "paymentMethodId": "BTC-CHAIN", "currency": "BTC", "due": due, "payments": [
            transfer("aa-0", "0.00004", "Settled"), transfer("bb-1", "0.00001", "Processing"),
        ] },
    ])
}

/// A server with this invoice, these ways to pay, and these payouts of a pull payment.
pub async fn server(
    invoice: Value,
    ways: Value,
    pulls: Value,
    payouts: Value,
) -> anyhow::Result<Stub> {
    let answer = move |path: &str| match path {
        "/api/v1/stores/S1/invoices" => json!([invoice]),
        "/api/v1/stores/S1/invoices/I1/payment-methods" => ways.clone(),
        "/api/v1/stores/S1/pull-payments" => pulls.clone(),
        path if path.ends_with("/payouts") => payouts.clone(),
        "/api/v1/stores/S1/invoices/I1/refund" => {
            json!({ "id": "P1", "currency": "EUR", "amount": "5.99" })
        }
        path => panic!("{path}"),
    };
    Stub::answering(move |received| Reply::json(200, &answer(&received.path))).await
}

pub async fn found(stub: &Stub) -> anyhow::Result<Vec<Notification>> {
    Ok(client(&stub.url)?.look_up(&[sought()]).await?)
}

/// The charge, what happened, and the sum.
pub fn short(told: &[Notification]) -> Vec<(String, Happened, String)> {
    let sum = |one: &Notification| format!("{} {}", one.amount.normalize(), one.currency);
    let short = |one: &Notification| (one.external_id.clone(), one.happened, sum(one));
    told.iter().map(short).collect()
}

fn told(headers: &[(&str, &str)], body: &[u8]) -> Result<Call, Disbelief> {
    let gateway = client(&Url::parse("http://127.0.0.1:9/").expect("an address"));
    webhook::told(&*gateway.expect("a gateway"), "", headers, body)
}

#[tokio::test]
async fn an_invoice_is_made_in_the_currency_of_the_order_for_the_whole_sum() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &invoice("New", "None"))]).await?;
    let opened = client(&stub.url)?.init(&order()).await?;
    assert_eq!(opened.external_id.as_deref(), Some("I1"));
    assert_eq!(opened.url.as_str(), "https://pay.example.org/i/I1");
    let received = stub.only()?;
    assert_eq!(received.line(), "POST /api/v1/stores/S1/invoices");
    assert_eq!(received.header("authorization"), format!("token {KEY}"));
    let expected = json!({
        "amount": "5.99", "currency": "EUR",
        "metadata": { "orderId": order().id, "itemDesc": order().description },
        "checkout": { "paymentTolerance": 0, "redirectURL": "https://t.me/symancy_bot/app" },
    });
    assert_eq!(received.json()?, expected);
    Ok(())
}

/// A server may be below a path.
#[tokio::test]
async fn a_path_of_the_server_stays() -> anyhow::Result<()> {
    for base in ["btcpay", "btcpay/"] {
        let stub = Stub::start([Reply::json(200, &invoice("New", "None"))]).await?;
        client(&stub.url.join(base)?)?.init(&order()).await?;
        assert_eq!(stub.only()?.path, "/btcpay/api/v1/stores/S1/invoices");
    }
    Ok(())
}

#[tokio::test]
async fn sums_have_the_decimals_of_their_currency() -> anyhow::Result<()> {
    for (amount, currency, text) in [
        ("5", "EUR", Some("5.00")),
        ("500", "JPY", Some("500")),
        ("5.124", "KWD", Some("5.124")),
        ("0.0001", "BTC", Some("0.00010000")),
        ("500.5", "JPY", None),
        ("5.999", "USD", None),
    ] {
        let stub = Stub::answering(|_| Reply::json(200, &invoice("New", "None"))).await?;
        let order = Order {
            amount: amount.parse()?,
            currency: currency.to_owned(),
            ..order()
        };
        let opened = client(&stub.url)?.init(&order).await;
        assert_eq!(opened.is_ok(), text.is_some(), "{amount} {currency}");
        match text {
            Some(text) => assert_eq!(stub.only()?.json()?["amount"], text),
            None => assert!(stub.received().is_empty()),
        }
    }
    Ok(())
}

#[test]
fn a_call_that_another_client_has_signed_is_believed_and_no_other() {
    let call = told(&[("btcpay-sig", SIGNATURE)], SIGNED.as_bytes());
    // The order is none of ours.
    let expected = Call {
        event: Some("D1".to_owned()),
        kind: "InvoiceSettled".to_owned(),
        says: Said::Nothing,
    };
    assert_eq!(call, Ok(expected));
    let upper = SIGNATURE.to_uppercase();
    let bare = SIGNATURE.trim_start_matches("sha256=");
    let changed = SIGNED.replace("I1", "I2");
    let minified = SIGNED.replace(['\n', ' '], "");
    for (headers, body) in [
        (vec![], SIGNED),
        (vec![("btcpay-sig", "")], SIGNED),
        (vec![("btcpay-sig", upper.as_str())], SIGNED),
        (vec![("btcpay-sig", bare)], SIGNED),
        (vec![("btcpay-sig", SIGNATURE)], &changed),
        (vec![("btcpay-sig", SIGNATURE)], &minified),
        (vec![("btcpay-sig", SIGNATURE)], ""),
    ] {
        assert_eq!(told(&headers, body.as_bytes()), Err(Disbelief::Forged));
    }
}

/// Read without its signature.
fn read(event: &Value) -> anyhow::Result<Call> {
    let gateway = client(&Url::parse("http://127.0.0.1:9/")?)?;
    let call = gateway.read("", &serde_json::to_vec_pretty(event)?);
    call.map_err(anyhow::Error::msg)
}

#[test]
fn every_event_of_an_invoice_of_ours_is_a_hint_and_a_redelivery_is_the_same_event()
-> anyhow::Result<()> {
    for kind in ["InvoiceReceivedPayment", "InvoiceSettled", "SomethingNew"] {
        let call = read(&json!({
            "deliveryId": "D2", "originalDeliveryId": "D1", "isRedelivery": true, "type": kind, "storeId": "S1",
            "invoiceId": "I1", "metadata": { "orderId": order().id },
        }))?;
        assert_eq!(call.event.as_deref(), Some("D1"));
        assert_eq!(call.says, Said::Changed(sought()));
    }
    let ours = json!({ "orderId": order().id });
    for (store, invoice, metadata) in [
        (json!("S2"), json!("I1"), ours.clone()),
        (json!("S1"), Value::Null, ours),
        (json!("S1"), json!("I1"), json!({ "orderId": 7 })),
        (json!("S1"), json!("I1"), json!({})),
        (json!("S1"), json!("I1"), Value::Null),
    ] {
        let call = read(&json!({
            "deliveryId": "D1", "type": "InvoiceSettled", "storeId": store, "invoiceId": invoice,
            "metadata": metadata,
        }))?;
        assert_eq!(call.says, Said::Nothing);
    }
    assert!(read(&json!([])).is_err());
    assert!(read(&json!({ "type": 1 })).is_err());
    Ok(())
}

#[tokio::test]
async fn an_order_is_asked_for_by_its_own_number_and_only_a_settled_invoice_is_money()
-> anyhow::Result<()> {
    for (status, additional, happened) in [
        ("New", "None", Happened::Open),
        ("New", "PaidPartial", Happened::Underway),
        ("Processing", "None", Happened::Underway),
        ("Processing", "PaidOver", Happened::Underway),
        ("Settled", "None", Happened::Paid),
        ("Settled", "Marked", Happened::Paid),
        ("Expired", "None", Happened::Abandoned),
        ("Invalid", "None", Happened::Abandoned),
        ("Invalid", "Marked", Happened::Abandoned),
        ("Unheard", "None", Happened::Underway),
    ] {
        let stub = server(invoice(status, additional), json!([]), json!([]), json!([])).await?;
        let told = found(&stub).await?;
        let expected = ("I1".to_owned(), happened, "5.99 EUR".to_owned());
        assert_eq!(short(&told), [expected], "{status} {additional}");
        assert_eq!(told[0].order_id, order().id.to_string());
        let kept = told[0].words.to_string();
        assert!(!kept.contains("a@example.org"), "{kept}");
        let asked = stub.received()[0].query.clone();
        assert!(
            asked.contains(&format!("orderId={}", order().id)),
            "{asked}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_sum_is_never_a_float() -> anyhow::Result<()> {
    let text = invoice("Settled", "None").to_string();
    for (written, sum) in [
        ("9007199254740993.01", "9007199254740993.01"),
        ("\"0.10000000000000000001\"", "0.10000000000000000001"),
        ("5.99e0", "5.99"),
    ] {
        let text = text.replace("\"amount\":\"5.99\"", &format!("\"amount\":{written}"));
        let stub = Stub::answering(move |received| match received.path.as_str() {
            "/api/v1/stores/S1/invoices" => Reply::new(200, format!("[{text}]")),
            _ => Reply::json(200, &json!([])),
        })
        .await?;
        assert_eq!(found(&stub).await?[0].amount, sum.parse::<Decimal>()?);
    }
    Ok(())
}

#[tokio::test]
async fn what_came_in_part_or_late_is_told_in_the_crypto_that_came() -> anyhow::Result<()> {
    for additional in ["PaidPartial", "PaidLate"] {
        let invoice = invoice("Expired", additional);
        let stub = server(invoice, ways("0.00007"), json!([]), json!([])).await?;
        let told = found(&stub).await?;
        let expected = [
            ("I1", Happened::Abandoned, "5.99 EUR"),
            ("I1:aa-0", Happened::Paid, "0.00004 BTC"),
        ];
        let expected =
            expected.map(|(charge, happened, sum)| (charge.to_owned(), happened, sum.to_owned()));
        assert_eq!(short(&told), expected, "{additional}");
        assert_eq!(told[1].status, "Settled");
    }
    Ok(())
}

#[tokio::test]
async fn of_too_much_the_price_is_paid_and_the_rest_is_told_by_itself() -> anyhow::Result<()> {
    for (due, rest) in [("-0.0000002", Some("0.0000002 BTC")), ("0", None)] {
        let invoice = invoice("Settled", "PaidOver");
        let stub = server(invoice, ways(due), json!([]), json!([])).await?;
        let told = short(&found(&stub).await?);
        let paid = ("I1".to_owned(), Happened::Paid, "5.99 EUR".to_owned());
        let over = rest.map(|rest| ("I1:over".to_owned(), Happened::Paid, rest.to_owned()));
        assert_eq!(told, [paid].into_iter().chain(over).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test]
async fn an_invoice_of_another_order_is_not_told_of() -> anyhow::Result<()> {
    let mut other = invoice("Settled", "None");
    other["metadata"]["orderId"] = json!("0199c3a0-0000-7000-8000-000000000009");
    let stub = server(other, json!([]), json!([]), json!([])).await?;
    assert!(found(&stub).await?.is_empty());
    Ok(())
}
