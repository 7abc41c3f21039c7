//! CloudPayments: notifications and answers that are lost.

use jobs::ledger;
use money::subscriptions::jobs::Expire;
use reqwest::Method;
use serde_json::{Value, json};
use world::TestApp;

use crate::payments::{months_left, statuses};
use crate::payments_cloudpayments::{PROVIDER, is_so, started};

async fn lost(app: &TestApp) -> anyhow::Result<()> {
    let faults = json!({ "webhook": { "methods": { "cloudpayments": { "down": true } } } });
    app.world.faults(faults).await
}

async fn expire(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

async fn a_day_passes(app: &TestApp) -> anyhow::Result<()> {
    app.sql("UPDATE payments SET created_at = created_at - interval '25 hours'")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_at_cloudpayments_is_found_though_no_notification_comes() -> anyhow::Result<()>
{
    let app = started().await?;
    lost(&app).await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "refuse" }))
        .await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    app.orders("PREMIUM", PROVIDER).await?;
    let (_, refused) = app.orders("ADVANCED", PROVIDER).await?;
    let expired = json!({ "act": "refuse", "reason_code": 5054 });
    app.at_cloudpayments(&refused, expired).await?;
    a_day_passes(&app).await?;
    for _ in 0..2 {
        expire(&app).await?;
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
        for (status, tier) in [
            ("succeeded", "BASIC"),
            ("canceled", "PREMIUM"),
            ("failed", "ADVANCED"),
        ] {
            is_so(
                &app,
                &format!("SELECT status = '{status}' FROM payments WHERE tier = '{tier}'"),
            )
            .await?;
        }
    }
    is_so(
        &app,
        "SELECT error_code = 'E406' FROM payments WHERE tier = 'ADVANCED'",
    )
    .await?;
    // The page of the one that was refused can still be paid.
    app.at_cloudpayments(&refused, json!({ "act": "pay" }))
        .await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "ADVANCED");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_opens_one_page_though_the_answer_was_lost() -> anyhow::Result<()> {
    let app = started().await?;
    let buy = async || {
        let call = app
            .request(Method::POST, "/v1/subscriptions/purchase")
            .header("X-API-Key", world::N8N_KEY)
            .header("X-Telegram-User-Id", "7")
            .header("Idempotency-Key", "one")
            .json(&json!({ "tier": "BASIC", "provider": PROVIDER }));
        let response = call.send().await?;
        let status = response.status().as_u16();
        anyhow::Ok((status, response.json::<Value>().await?))
    };
    let lost =
        json!({ "cloudpayments": { "methods": { "orders/create": { "lost_reply_rate": 1 } } } });
    app.world.faults(lost).await?;
    assert_eq!(buy().await?.0, 503);
    app.world.no_faults().await?;
    let (status, body) = buy().await?;
    assert_eq!(status, 200, "{body}");
    let url = app.world.outside("/control/cloudpayments");
    let books: Value = app.world.http.get(url).send().await?.json().await?;
    let orders = books["orders"].as_object().expect("an object");
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}
