//! `/v1/payments`: what a person has bought, and the word of the server that the money is there.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

async fn seven(app: &TestApp, path: &str) -> anyhow::Result<Answer> {
    app.as_seven(Method::GET, path, Value::Null).await
}

async fn waits(app: &TestApp, path: &str, seconds: u32) -> anyhow::Result<Answer> {
    let call = app
        .request(Method::GET, path)
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Prefer", format!("wait={seconds}"));
    Answer::of(call.send().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_when_the_money_came_and_when_it_went_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    let path = format!("/v1/payments/{order}");
    let pending = seven(&app, &path).await?;
    assert_eq!(pending.status, 200, "{pending:?}");
    for (field, value) in [
        ("id", json!(order)),
        ("provider", json!("telegram_stars")),
        ("tier", json!("BASIC")),
        ("amount", json!(150)),
        ("currency", json!("XTR")),
        ("status", json!("pending")),
        ("paid_at", Value::Null),
        ("refunded_at", Value::Null),
    ] {
        assert_eq!(pending.body[field], value, "{field}");
    }
    // It is waited for before it is paid.
    let waiting = async { waits(&app, &path, 30).await };
    // Polled in this order: the request is on its way first.
    let (paid, charge) = tokio::join!(biased; waiting, chat.pays(&link));
    let (paid, charge) = (paid?, charge?.expect("the bot takes the money"));
    assert_eq!(paid.body["status"], "succeeded", "{paid:?}");
    assert_eq!(paid.headers["preference-applied"], "wait=30");
    assert!(paid.body["paid_at"].is_string(), "{paid:?}");
    chat.gets_back(&charge).await?;
    let refunded = eventually(async || {
        let now = seven(&app, &path).await?.body;
        Ok((now["status"] == "refunded").then_some(now))
    });
    let refunded = refunded.await?;
    assert_eq!(refunded["paid_at"], paid.body["paid_at"]);
    assert!(refunded["refunded_at"].is_string(), "{refunded}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_pending_is_answered_when_the_time_is_over() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let answer = waits(&app, &format!("/v1/payments/{order}"), 1).await?;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("pending"))
    );
    assert_eq!(answer.body["amount"], 29_900, "kopecks");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_of_the_release_before_has_granted_has_its_moment_too() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    app.sql("UPDATE payments SET status = 'succeeded', processed_at = '2026-11-30T06:00:00Z'")
        .await?;
    let shown = seven(&app, &format!("/v1/payments/{order}")).await?;
    assert_eq!(shown.body["paid_at"], "2026-11-30T06:00:00Z");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_from_the_newest_to_the_oldest_and_shows_nothing_of_others()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut orders = Vec::new();
    for tier in ["BASIC", "ADVANCED", "PREMIUM"] {
        orders.push(app.orders(tier, "telegram_stars").await?.0);
    }
    orders.reverse();
    let mut path = "/v1/payments?limit=2".to_owned();
    let mut shown = Vec::new();
    loop {
        let page = seven(&app, &path).await?;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(page.body["pagination"]["limit"], 2);
        let rows = page.body["data"].as_array().expect("a list").clone();
        shown.extend(
            rows.iter()
                .filter_map(|row| row["id"].as_str().map(str::to_owned)),
        );
        let next = &page.body["pagination"]["next_cursor"];
        assert_eq!(page.body["pagination"]["has_more"], next.is_string());
        let Some(next) = next.as_str() else { break };
        path = format!("/v1/payments?limit=2&cursor={next}");
    }
    assert_eq!(shown, orders);
    for query in ["limit=0", "limit=101", "cursor=x", "cursor=AAAA"] {
        let refused = seven(&app, &format!("/v1/payments?{query}")).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{query}");
    }
    let init_data = app.world.chat(8).init_data().await?;
    let other = |path: String| {
        let init_data = init_data.clone();
        let app = &app;
        async move { app.as_person(&init_data, Method::GET, &path, None).await }
    };
    let list = other("/v1/payments".to_owned()).await?;
    assert_eq!(list.body["data"], json!([]));
    for id in [&orders[0], "00000000-0000-0000-0000-000000000000", "x"] {
        let one = other(format!("/v1/payments/{id}")).await?;
        assert_eq!(one.refusal(), (404, "E601"), "{id}");
    }
    Ok(())
}

/// Telegram's terms, 6.2: <https://telegram.org/tos/bot-developers#6-2-payments-for-digital-goods-and-services>.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_inside_telegram_pays_in_stars_alone_unless_it_is_allowed() -> anyhow::Result<()> {
    for allowed in [false, true] {
        let mut world = World::new().await?;
        world.set("PAYMENTS_ROUBLES_IN_TELEGRAM", allowed);
        let app = TestApp::start_in(world).await?;
        let init_data = app.world.chat(7).init_data().await?;
        let session = app.as_person(&init_data, Method::POST, "/v1/auth/telegram", None);
        let token = session.await?.body["access_token"].clone();
        let roubles = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
        let path = "/v1/subscriptions/purchase";
        let by_init_data = app.as_person(&init_data, Method::POST, path, Some(roubles.clone()));
        let by_token = app.request(Method::POST, path).json(&roubles);
        let by_token = by_token.bearer_auth(token.as_str().unwrap_or_default());
        for answer in [
            by_init_data.await?,
            Answer::of(by_token.send().await?).await?,
        ] {
            match allowed {
                true => assert_eq!(answer.status, 200, "{answer:?}"),
                false => assert_eq!(answer.refusal(), (403, "E405")),
            }
        }
        let stars = json!({ "tier": "BASIC", "provider": "telegram_stars" });
        let stars = app.as_person(&init_data, Method::POST, path, Some(stars));
        assert_eq!(stars.await?.status, 200);
        // A service may sell elsewhere.
        app.orders("BASIC", "sbp_tinkoff").await?;
    }
    Ok(())
}
