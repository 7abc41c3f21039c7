//! PayPal: what it is asked twice, and who may call its webhook.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use world::{TestApp, World};

use crate::payments::statuses;
use crate::payments_paypal::{orders, start};

/// A purchase with a key: status and body.
async fn keyed(app: &TestApp) -> anyhow::Result<(u16, Value)> {
    let call = app
        .request(Method::POST, "/v1/subscriptions/purchase")
        .header("X-API-Key", world::N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Idempotency-Key", "one")
        .json(&json!({ "tier": "BASIC", "provider": "paypal" }));
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_goes_on_with_the_same_order_of_paypal() -> anyhow::Result<()> {
    let app = start().await?;
    let fault = json!({ "paypal": { "methods": { "create": { "lost_reply_rate": 1 } } } });
    app.world.faults(fault).await?;
    for _ in 0..2 {
        assert_eq!(keyed(&app).await?.0, 503);
    }
    app.world.no_faults().await?;
    let (status, body) = keyed(&app).await?;
    assert_eq!(status, 200, "{body}");
    let known = orders(&app).await?;
    assert_eq!(
        (known.len(), &known[0]["custom_id"]),
        (1, &body["payment_id"])
    );
    Ok(())
}

/// A call of the webhook with these headers: its status.
async fn called(app: &TestApp, headers: &[(&str, &str)], body: &str) -> anyhow::Result<u16> {
    let mut call = app.request(Method::POST, "/v1/webhooks/payments/paypal");
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let call = call
        .header("content-type", "application/json")
        .body(body.to_owned());
    Ok(call.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_paypal_did_not_sign_is_refused_and_one_that_cannot_be_checked_is_to_come_again()
-> anyhow::Result<()> {
    let app = start().await?;
    let (order, page) = app.orders("BASIC", "paypal").await?;
    let number = page.rsplit('/').next().unwrap_or_default();
    let body = json!({
        "id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED",
        "resource": { "id": number, "purchase_units": [{ "custom_id": order }] },
    });
    let (body, signature) = (body.to_string(), BASE64_STANDARD.encode([7; 256]));
    let certificate = app
        .world
        .outside("/paypal/v1/notifications/certs/CERT-5a4db0c5-sandbox");
    let headers = |certificate| {
        [
            (
                "PAYPAL-TRANSMISSION-ID",
                "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            ),
            ("PAYPAL-TRANSMISSION-TIME", "2026-11-21T10:00:01Z"),
            ("PAYPAL-TRANSMISSION-SIG", signature.as_str()),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
            ("PAYPAL-CERT-URL", certificate),
        ]
    };
    let away = json!({ "paypal": { "methods": { "certificate": { "down": true } } } });
    app.world.faults(away).await?;
    assert_eq!(
        called(&app, &headers(certificate.as_str()), &body).await?,
        503
    );
    app.world.no_faults().await?;
    assert_eq!(
        called(&app, &headers(certificate.as_str()), &body).await?,
        401
    );
    let elsewhere = app.world.outside("/control/health");
    for bad in [
        "https://evil.example/v1/notifications/certs/CERT-1",
        elsewhere.as_str(),
    ] {
        assert_eq!(called(&app, &headers(bad), &body).await?, 401, "{bad}");
    }
    assert_eq!(
        called(&app, &headers(certificate.as_str())[..4], &body).await?,
        400
    );
    assert_eq!(called(&app, &[], &body).await?, 400);
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_app_paypal_is_not_offered_and_not_believed() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    for name in [
        "PAYPAL_CLIENT_ID",
        "PAYPAL_CLIENT_SECRET",
        "PAYPAL_WEBHOOK_ID",
    ] {
        world.set(name, "");
    }
    let app = TestApp::start_in(world).await?;
    let body = json!({ "tier": "BASIC", "provider": "paypal" });
    let answer = app.as_seven(Method::POST, "/v1/subscriptions/purchase", body);
    assert_eq!(answer.await?.refusal(), (400, "E404"));
    assert_eq!(called(&app, &[], "{}").await?, 401);
    Ok(())
}
