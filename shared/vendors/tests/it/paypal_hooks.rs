//! PayPal: the proof that a call of its webhook is its own, and of which order it is.
//!
//! The body, the signature and the certificate of `fixtures/paypal/` are made with PyCA cryptography; PayPal's own Python
//! SDK (paypalrestsdk) and OpenSSL verify them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::stub::{Reply, Stub};
use url::Url;
use uuid::Uuid;
use vendors::payment::{Disbelief, Gateway, Headers, Incoming, Receipt, Said, Sought, Verdict};

use crate::paypal::{CAPTURE, ORDER, client};

const BODY: &[u8] = include_bytes!("../../../../fixtures/paypal/vector.json");
const SIGNATURE: &str = include_str!("../../../../fixtures/paypal/vector.sig");
const CERTIFICATE: &str = include_str!("../../../../fixtures/paypal/vector.pem");
const OURS: Uuid = Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001);

async fn paypal(certificate: Reply) -> anyhow::Result<(Stub, Arc<dyn Gateway>)> {
    let stub = Stub::answering(move |_| certificate.clone()).await?;
    let gateway = client(&stub.url, Duration::from_millis(500))?;
    Ok((stub, gateway))
}

fn headers(server: &Url) -> Headers {
    let address = format!("{server}v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270");
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Headers::from_iter(
        [
            (
                "paypal-transmission-id",
                "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            ),
            ("paypal-transmission-time", "2026-11-21T10:00:01Z"),
            ("paypal-transmission-sig", SIGNATURE),
            ("paypal-cert-url", &address),
            ("paypal-auth-algo", "SHA256withRSA"),
        ]
        .map(own),
    )
}

async fn judged(
    gateway: &Arc<dyn Gateway>,
    headers: &Headers,
    body: &[u8],
) -> Result<(), Disbelief> {
    let call = Incoming {
        endpoint: "",
        headers,
        body,
    };
    gateway.verify(&call).await
}

#[tokio::test]
async fn a_call_that_another_program_has_signed_is_believed_and_the_certificate_is_fetched_once()
-> anyhow::Result<()> {
    let (stub, gateway) = paypal(Reply::new(200, CERTIFICATE)).await?;
    let headers = headers(&stub.url);
    for _ in 0..3 {
        assert_eq!(judged(&gateway, &headers, BODY).await, Ok(()));
    }
    assert_eq!(
        stub.only()?.line(),
        "GET /v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
    );
    assert_eq!(gateway.answer(Verdict::Taken), Receipt::EMPTY);
    Ok(())
}

#[tokio::test]
async fn a_call_with_any_change_is_forged() -> anyhow::Result<()> {
    let (stub, gateway) = paypal(Reply::new(200, CERTIFICATE)).await?;
    let right = headers(&stub.url);
    let changed = [BODY, b" "].concat();
    assert_eq!(
        judged(&gateway, &right, &changed).await,
        Err(Disbelief::Forged)
    );
    let changed = String::from_utf8_lossy(BODY).replace("\"5.00\"", "\"5.01\"");
    assert_eq!(
        judged(&gateway, &right, changed.as_bytes()).await,
        Err(Disbelief::Forged)
    );
    let mut other = SIGNATURE.to_owned();
    other.replace_range(..4, "AAAA");
    for (name, value) in [
        (
            "paypal-transmission-id",
            "69cd13f0-d67a-11e5-baa3-778b53f4ae56",
        ),
        ("paypal-transmission-time", "2026-11-21T10:00:02Z"),
        ("paypal-transmission-sig", other.as_str()),
        ("paypal-transmission-sig", ""),
        // The address is in a header that anyone can send.
        (
            "paypal-cert-url",
            "https://evil.example/v1/notifications/certs/CERT-1",
        ),
        (
            "paypal-cert-url",
            "http://127.0.0.1:9/v1/notifications/certs/CERT-1",
        ),
        ("paypal-cert-url", "not an address"),
    ] {
        let mut headers = right.clone();
        headers.insert(name.to_owned(), value.to_owned());
        assert_eq!(
            judged(&gateway, &headers, BODY).await,
            Err(Disbelief::Forged),
            "{name}: {value}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_call_of_another_webhook_is_forged() -> anyhow::Result<()> {
    let stub = Stub::answering(|_| Reply::new(200, CERTIFICATE)).await?;
    let config = vendors::payment::PaymentConfig {
        paypal: Some(vendors::payment::paypal::PaypalConfig {
            client_id: "x".to_owned(),
            client_secret: "x".to_owned(),
            webhook_id: "1JE4291016473214D".to_owned(),
            api_url: stub.url.clone(),
            timeout: Duration::from_secs(1),
        }),
        ..Default::default()
    };
    let messenger = crate::telegram::client(&stub.url, Duration::from_secs(1))?;
    let gateway = vendors::payment::Gateways::new(&config, messenger)?.of_webhook("paypal")?;
    assert_eq!(
        judged(&gateway, &headers(&stub.url), BODY).await,
        Err(Disbelief::Forged)
    );
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_is_too_large_is_not_believed_and_one_of_another_path_is_not_fetched()
-> anyhow::Result<()> {
    let large = format!("{CERTIFICATE}{}", "\n".repeat(64 * 1024));
    let (stub, gateway) = paypal(Reply::new(200, large)).await?;
    let mut headers = headers(&stub.url);
    assert_eq!(
        judged(&gateway, &headers, BODY).await,
        Err(Disbelief::Unproven)
    );
    let asked = stub.received().len();
    for path in ["v1/oauth2/token", "x/v1/notifications/certs/CERT-1"] {
        headers.insert("paypal-cert-url".to_owned(), format!("{}{path}", stub.url));
        assert_eq!(
            judged(&gateway, &headers, BODY).await,
            Err(Disbelief::Forged)
        );
    }
    assert_eq!(stub.received().len(), asked);
    Ok(())
}

#[tokio::test]
async fn a_call_without_a_proof_is_malformed() -> anyhow::Result<()> {
    let (stub, gateway) = paypal(Reply::new(200, CERTIFICATE)).await?;
    let right = headers(&stub.url);
    for name in right.keys() {
        let mut headers = right.clone();
        headers.remove(name);
        let judged = judged(&gateway, &headers, BODY).await;
        assert!(
            matches!(judged, Err(Disbelief::Malformed(_))),
            "{name}: {judged:?}"
        );
    }
    for (name, value) in [
        ("paypal-auth-algo", "SHA1withRSA"),
        ("paypal-transmission-sig", "*"),
    ] {
        let mut headers = right.clone();
        headers.insert(name.to_owned(), value.to_owned());
        let judged = judged(&gateway, &headers, BODY).await;
        assert!(
            matches!(judged, Err(Disbelief::Malformed(_))),
            "{name}: {judged:?}"
        );
    }
    assert!(stub.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_cannot_be_fetched_leaves_it_open_and_is_asked_for_again()
-> anyhow::Result<()> {
    for bad in [
        Reply::html(503),
        Reply::html(404),
        Reply::new(200, ""),
        Reply::new(200, "garbage"),
        Reply::new(200, CERTIFICATE).after(Duration::from_secs(30)),
        Reply::new(302, "").header("location", "https://evil.example/"),
    ] {
        let stub = Stub::start([bad.clone(), Reply::new(200, CERTIFICATE)]).await?;
        let gateway = client(&stub.url, Duration::from_millis(300))?;
        let headers = headers(&stub.url);
        assert_eq!(
            judged(&gateway, &headers, BODY).await,
            Err(Disbelief::Unproven),
            "{bad:?}"
        );
        assert_eq!(judged(&gateway, &headers, BODY).await, Ok(()), "{bad:?}");
    }
    Ok(())
}

fn event(kind: &str, resource: &Value) -> Vec<u8> {
    json!({ "id": "WH-2WR32451HC0233532", "event_type": kind, "resource": resource })
        .to_string()
        .into_bytes()
}

fn changed(id: Uuid, number: &str) -> Said {
    Said::Changed(Sought {
        id,
        external_id: Some(number.to_owned()),
        created_at: chrono::DateTime::UNIX_EPOCH,
    })
}

#[tokio::test]
async fn every_call_is_a_hint_at_an_order() -> anyhow::Result<()> {
    let (_stub, gateway) = paypal(Reply::html(404)).await?;
    let related = json!({ "related_ids": { "order_id": ORDER } });
    let up = |what: &str, id: &str| {
        json!([
            { "rel": "self", "href": "https://api-m.paypal.com/v2/payments/refunds/1" },
            { "rel": "up", "href": format!("https://api-m.paypal.com/v2/{what}/{id}") },
        ])
    };
    for (kind, resource, says) in [
        (
            "CHECKOUT.ORDER.APPROVED",
            json!({ "id": ORDER, "status": "APPROVED", "purchase_units": [{ "custom_id": OURS }] }),
            changed(OURS, ORDER),
        ),
        (
            "PAYMENT.CAPTURE.COMPLETED",
            json!({ "id": CAPTURE, "custom_id": OURS, "supplementary_data": related }),
            changed(OURS, ORDER),
        ),
        (
            "PAYMENT.CAPTURE.DENIED",
            json!({ "id": CAPTURE, "custom_id": OURS, "links": up("checkout/orders", ORDER) }),
            changed(OURS, ORDER),
        ),
        // Here the resource is the refund.
        (
            "PAYMENT.CAPTURE.REFUNDED",
            json!({ "id": "1JU08902781691411", "custom_id": OURS, "links": up("payments/captures", CAPTURE) }),
            changed(OURS, CAPTURE),
        ),
        (
            "PAYMENT.CAPTURE.REVERSED",
            json!({ "id": "1JU08902781691411", "links": up("payments/captures", CAPTURE) }),
            changed(Uuid::nil(), CAPTURE),
        ),
        (
            "CUSTOMER.DISPUTE.CREATED",
            json!({ "dispute_id": "PP-D-1", "disputed_transactions": [{ "seller_transaction_id": CAPTURE, "custom": OURS }] }),
            changed(OURS, CAPTURE),
        ),
        (
            "CUSTOMER.DISPUTE.RESOLVED",
            json!({ "dispute_id": "PP-D-1", "disputed_transactions": [{ "seller_transaction_id": CAPTURE }] }),
            changed(Uuid::nil(), CAPTURE),
        ),
        // Of another shop under the same account.
        (
            "PAYMENT.CAPTURE.COMPLETED",
            json!({ "id": CAPTURE, "custom_id": "o-1", "supplementary_data": related }),
            Said::Nothing,
        ),
        (
            "PAYMENT.CAPTURE.PENDING",
            json!({ "id": CAPTURE, "custom_id": OURS }),
            changed(OURS, CAPTURE),
        ),
        (
            "PAYMENT.CAPTURE.REFUNDED",
            json!({ "id": "1JU08902781691411", "custom_id": OURS }),
            Said::Nothing,
        ),
        ("CUSTOMER.DISPUTE.CREATED", json!({}), Said::Nothing),
        (
            "BILLING.PLAN.CREATED",
            json!({ "id": "P-1" }),
            Said::Nothing,
        ),
        ("A.NEW.ONE", Value::Null, Said::Nothing),
    ] {
        let call = gateway.read("", &event(kind, &resource)).expect("an event");
        let event = Some("WH-2WR32451HC0233532".to_owned());
        assert_eq!(
            (call.event, call.kind.as_str(), call.says),
            (event, kind, says)
        );
    }
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "{\"event_type\": 1}",
        "\u{0}",
    ] {
        assert!(gateway.read("", body.as_bytes()).is_err(), "{body}");
    }
    Ok(())
}
