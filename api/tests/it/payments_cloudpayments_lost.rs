//! CloudPayments: notifications and answers that are lost.

use crate::payments::statuses;
use crate::payments_cloudpayments::{PROVIDER, started};
use crate::payments_lost::{a_day_passes, expire, lost};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_after_a_refusal_becomes_a_plan_though_cloudpayments_tells_nothing()
-> anyhow::Result<()> {
    let app = started().await?;
    lost(&app, PROVIDER).await?;
    let (_, page) = app.orders("ADVANCED", PROVIDER).await?;
    let expired = json!({ "act": "refuse", "reason_code": 5054 });
    app.at_cloudpayments(&page, expired).await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(statuses(&app, "failed").await?, 1);
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
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
