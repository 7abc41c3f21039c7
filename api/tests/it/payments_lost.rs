//! Notifications and answers of vendors that are lost: money that came becomes a plan all the same.

use jobs::ledger;
use money::subscriptions::jobs::Expire;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;

use crate::payments::{months_left, statuses};

pub async fn expire(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

/// As if all orders had been made yesterday.
pub async fn a_day_passes(app: &TestApp) -> anyhow::Result<()> {
    app.sql("UPDATE payments SET created_at = created_at - interval '25 hours'")
        .await
}

/// No notification of this kind arrives.
pub async fn lost(app: &TestApp, kind: &str) -> anyhow::Result<()> {
    let faults = json!({ "webhook": { "methods": { (kind): { "down": true } } } });
    app.world.faults(faults).await
}

/// A vendor of which no notification arrives.
struct Silent {
    provider: &'static str,
    /// Of its notifications in the faults of the sandbox.
    kind: &'static str,
    /// Below `/control/`.
    control: &'static str,
    /// What happens to the order that is paid.
    paid: &'static [&'static str],
    /// What happens to the one that is refused, and its error.
    refused: (Value, &'static str),
}

impl Silent {
    async fn acts(&self, app: &TestApp, page: &str, act: &Value) -> anyhow::Result<()> {
        let number = page.rsplit('/').next().unwrap_or_default();
        let url = app
            .world
            .outside(&format!("/control/{}/{number}", self.control));
        let call = app.world.http.post(url).json(act);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Three orders: BASIC is paid, PREMIUM is left, ADVANCED is refused.
    async fn begins(&self) -> anyhow::Result<TestApp> {
        let app = TestApp::start().await?;
        app.hears_stripe().await?;
        app.told_by_cloudpayments().await?;
        lost(&app, self.kind).await?;
        let (_, page) = app.orders("BASIC", self.provider).await?;
        for act in self.paid {
            self.acts(&app, &page, &json!({ "act": act })).await?;
        }
        app.orders("PREMIUM", self.provider).await?;
        let (_, refused) = app.orders("ADVANCED", self.provider).await?;
        self.acts(&app, &refused, &self.refused.0).await?;
        Ok(app)
    }

    async fn is_found(&self, app: &TestApp) -> anyhow::Result<()> {
        let now = app.subscription().await?;
        let vendor = self.provider;
        let is_basic = now["tier"] == "BASIC" && months_left(&now, 1);
        assert!(is_basic, "{vendor}: {now}");
        let found = format!(
            "SELECT count(*) AS count FROM payments WHERE (tier::text, status::text) IN
                 (('BASIC', 'succeeded'), ('PREMIUM', 'canceled'), ('ADVANCED', 'failed'))
                 AND (tier <> 'ADVANCED' OR error_code = '{}')",
            self.refused.1
        );
        assert_eq!(app.count(&found).await?, 3, "{vendor}");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_paid_becomes_a_plan_though_no_notification_comes() -> anyhow::Result<()>
{
    for vendor in [
        Silent {
            provider: "sbp_tinkoff",
            kind: "tinkoff",
            control: "bank",
            paid: &["pay"],
            refused: (json!({ "act": "refuse" }), "E401"),
        },
        Silent {
            provider: "stripe",
            kind: "stripe",
            control: "stripe",
            paid: &["pay"],
            refused: (
                json!({ "act": "decline", "code": "insufficient_funds" }),
                "E403",
            ),
        },
        Silent {
            provider: "cloudpayments",
            kind: "cloudpayments",
            control: "cloudpayments",
            paid: &["refuse", "pay"],
            refused: (json!({ "act": "refuse", "reason_code": 5054 }), "E406"),
        },
    ] {
        let app = vendor.begins().await?;
        expire(&app).await?;
        let open = statuses(&app, "pending").await?;
        assert_eq!(open, 3, "{}: they may still be paid", vendor.provider);
        a_day_passes(&app).await?;
        for _ in 0..2 {
            expire(&app).await?;
            vendor.is_found(&app).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_given_up_can_still_be_paid() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, unpaid) = app.orders("PREMIUM", "sbp_tinkoff").await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(statuses(&app, "canceled").await?, 1);
    app.at_the_bank(&unpaid, "pay").await?;
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == "PREMIUM").then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_after_a_refusal_becomes_a_plan_though_no_notification_comes()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "refuse").await?;
    eventually(async || Ok((statuses(&app, "failed").await? == 1).then_some(()))).await?;
    lost(&app, "tinkoff").await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(statuses(&app, "failed").await?, 1);
    app.at_the_bank(&page, "pay").await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_that_were_paid_become_a_plan_though_no_update_comes() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    app.orders("PREMIUM", "telegram_stars").await?;
    a_day_passes(&app).await?;
    lost(&app, "message").await?;
    let charge = chat.pays(&link).await?.expect("the bot takes the money");
    expire(&app).await?;
    let now = app.subscription().await?;
    assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
    let kept = format!(
        "SELECT count(*) AS count FROM payments JOIN payment_reports USING (external_id)
         WHERE payments.id = '{order}' AND external_id = '{charge}' AND payments.payer = 7
           AND payment_reports.payer = 7 AND outcome = 'granted'"
    );
    assert_eq!(app.count(&kept).await?, 1);
    assert_eq!(statuses(&app, "canceled").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_up_as_long_as_the_vendor_cannot_be_asked() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "bank": { "methods": { "Init": { "lost_reply_rate": 1 } } } }))
        .await?;
    let body = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
    let path = "/v1/subscriptions/purchase";
    let answer = app.as_seven(reqwest::Method::POST, path, body).await?;
    assert_eq!(answer.refusal(), (503, "E404"));
    app.world.no_faults().await?;
    app.orders("PREMIUM", "sbp_tinkoff").await?;
    a_day_passes(&app).await?;
    // Twice: by its number, and by the order, of which no number is known.
    for method in ["GetState", "CheckOrder"] {
        let away = json!({ "bank": { "methods": { (method): { "down": true } } } });
        app.world.faults(away).await?;
    }
    expire(&app).await?;
    assert_eq!(statuses(&app, "pending").await?, 2);
    app.world.no_faults().await?;
    expire(&app).await?;
    assert_eq!(statuses(&app, "canceled").await?, 2);
    Ok(())
}

/// A purchase of BASIC at the bank with a key: status and body.
async fn keyed(app: &TestApp, key: &str) -> anyhow::Result<(u16, Value)> {
    let call = app
        .request(reqwest::Method::POST, "/v1/subscriptions/purchase")
        .header("X-API-Key", world::N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Idempotency-Key", key)
        .json(&json!({ "tier": "BASIC", "provider": "sbp_tinkoff" }));
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

async fn at_bank(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/bank");
    let bank: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(bank["payments"].as_array().expect("a list").clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_goes_on_with_the_order_whose_answer_was_lost() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let lost = json!({ "bank": { "methods": { "Init": { "lost_reply_rate": 1 } } } });
    app.world.faults(lost).await?;
    for _ in 0..2 {
        let (status, body) = keyed(&app, "one").await?;
        assert_eq!((status, &body["code"]), (503, &json!("E404")));
    }
    app.world.no_faults().await?;
    app.sql("UPDATE plans SET price_rub = 500 WHERE tier = 'BASIC'")
        .await?;
    let (status, body) = keyed(&app, "one").await?;
    assert_eq!(status, 200, "{body}");
    assert_eq!(keyed(&app, "one").await?, (200, body.clone()));
    // One order, at the price of its first attempt.
    let all = "SELECT count(*) AS count FROM payments";
    assert_eq!(app.count(all).await?, 1);
    let known = at_bank(&app).await?;
    assert_eq!(known.len(), 3);
    for one in &known {
        assert_eq!(
            (&one["order_id"], &one["amount"]),
            (&body["payment_id"], &json!(29_900))
        );
    }
    // Another key is another order.
    let (_, other) = keyed(&app, "two").await?;
    assert_ne!(other["payment_id"], body["payment_id"]);
    // A page whose address was lost was paid all the same.
    for one in &known[..2] {
        app.at_the_bank(one["payment_id"].as_str().expect("a number"), "pay")
            .await?;
    }
    eventually(async || Ok((statuses(&app, "succeeded").await? == 2).then_some(()))).await?;
    assert!(months_left(&app.subscription().await?, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_paid_meanwhile_is_not_made_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let faults = json!({
        "bank": { "methods": { "Init": { "lost_reply_rate": 1 } } },
        "webhook": { "methods": { "tinkoff": { "down": true } } },
    });
    app.world.faults(faults).await?;
    assert_eq!(keyed(&app, "one").await?.0, 503);
    let number = at_bank(&app).await?[0]["payment_id"].clone();
    app.at_the_bank(number.as_str().expect("a number"), "pay")
        .await?;
    app.world.no_faults().await?;
    let (status, body) = keyed(&app, "one").await?;
    assert_eq!((status, &body["code"]), (409, &json!("E602")), "{body}");
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    assert_eq!(at_bank(&app).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_makes_no_second_page_for_an_order_makes_one_for_another() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let lost = json!({ "lost_reply_rate": 1, "times": 1 });
    let refused = json!({ "error_rate": 1, "status": 400, "times": 1 });
    for (fault, status) in [(lost, 503), (refused, 200)] {
        let faults = json!({ "bank": { "methods": { "Init": fault } } });
        app.world.faults(faults).await?;
        assert_eq!(keyed(&app, "one").await?.0, status);
    }
    assert_eq!(statuses(&app, "failed").await?, 1);
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_order_that_the_bank_refuses_is_free_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let refuses = json!({ "bank": { "methods": { "Init": { "error_rate": 1, "status": 400 } } } });
    app.world.faults(refuses).await?;
    assert_eq!(keyed(&app, "one").await?.0, 502);
    app.world.no_faults().await?;
    assert_eq!(keyed(&app, "one").await?.0, 200);
    assert_eq!(statuses(&app, "failed").await?, 1);
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}
