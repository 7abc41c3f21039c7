//! Plans, buying, trials, cancelling, and what the chore ends.

use jobs::{JobState, ledger};
use money::subscriptions::jobs::Expire;
use reqwest::Method;
use serde_json::{Value, json};
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

use crate::payments::{months_left, statuses};

async fn post(app: &TestApp, what: &str, body: Value) -> anyhow::Result<Answer> {
    app.as_seven(Method::POST, &format!("/v1/subscriptions/{what}"), body)
        .await
}

/// Pays for a month in Stars.
async fn buys(app: &TestApp, tier: &str, charge: &str, stars: i64) -> anyhow::Result<()> {
    let (order, _) = app.orders(tier, "telegram_stars").await?;
    let update = json!({ "update_id": 1, "message": { "successful_payment": {
        "currency": "XTR", "total_amount": stars, "invoice_payload": order,
        "telegram_payment_charge_id": charge } } });
    assert_eq!(app.relay_update(&update).await?.status, 200);
    Ok(())
}

async fn expire(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_for_everybody_and_come_from_the_table() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "UPDATE plans SET price_rub = 311.5 WHERE tier = 'BASIC';
         UPDATE plan_limits SET day_limit = 11 WHERE tier = 'BASIC' AND unit = 'analyses'",
    )
    .await?;
    let answer = Answer::of(app.request(Method::GET, "/v1/plans").send().await?).await?;
    let plans = answer.body["plans"].as_array().expect("a list").clone();
    let tiers: Vec<_> = plans.iter().map(|plan| plan["tier"].as_str()).collect();
    let all = [
        "FREE",
        "TRIAL",
        "BASIC",
        "ADVANCED",
        "PREMIUM",
        "PRO",
        "ENTERPRISE",
    ];
    assert_eq!(tiers, all.map(Some));
    // The figures of the fourth document: messages a day, tokens of a request.
    for (at, messages, tokens) in [
        (0, json!(20), 2_000),
        (5, json!(200), 8_000),
        (6, Value::Null, 32_000),
    ] {
        let limits = plans[at]["limits"].as_array().expect("a list");
        let of_messages = limits.iter().find(|limit| limit["unit"] == "messages");
        assert_eq!(of_messages.expect("messages")["day"], messages);
        assert_eq!(plans[at]["max_tokens"], tokens);
        assert_eq!(plans[at]["price_stars"], Value::Null);
    }
    assert_eq!(plans[0]["price_rub"], Value::Null);
    assert_eq!(plans[2]["daily_analyses_limit"], 11);
    assert_eq!(
        (&plans[2]["price_rub"], &plans[2]["price_stars"]),
        (&json!("311.50"), &json!(150))
    );
    assert_eq!(plans[1]["trial_days"], 7);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_subscription_has_free() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (one, two) = tokio::join!(app.subscription(), app.subscription());
    let (one, two) = (one?, two?);
    assert_eq!(one, two);
    assert_eq!(
        (&one["tier"], &one["status"]),
        (&json!("FREE"), &json!("active"))
    );
    assert_eq!(
        (&one["trial_used"], &one["cancel_at_period_end"]),
        (&json!(false), &json!(false))
    );
    let without = app
        .request(Method::GET, "/v1/subscriptions/me")
        .send()
        .await?;
    assert_eq!(Answer::of(without).await?.refusal(), (401, "E201"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sold_is_refused_and_leaves_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plans SET price_stars = NULL WHERE tier = 'PREMIUM'")
        .await?;
    let stars = "telegram_stars";
    for (body, code) in [
        (json!({ "provider": stars }), "E104"),
        (json!({ "tier": "BASIC" }), "E104"),
        (json!({ "tier": "FREE", "provider": stars }), "E105"),
        (json!({ "tier": "TRIAL", "provider": stars }), "E105"),
        (json!({ "tier": "GOLD", "provider": stars }), "E105"),
        (json!({ "tier": 1, "provider": stars }), "E105"),
        (json!({ "tier": "PREMIUM", "provider": stars }), "E105"),
        (json!({ "tier": "BASIC", "provider": "cash" }), "E105"),
        (json!([]), "E105"),
    ] {
        assert_eq!(
            post(&app, "purchase", body.clone()).await?.refusal(),
            (400, code),
            "{body}"
        );
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM payments").await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_sent_back_only_to_hosts_that_are_allowed() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("PAYMENT_RETURN_HOSTS", "t.me, *.symancy.example");
    let app = TestApp::start_in(world).await?;
    for (url, status) in [
        ("https://app.symancy.example/paid", 200),
        ("https://t.me/symancy_bot/app", 200),
        ("http://t.me/symancy_bot", 400),
        ("https://evil.example/?https://t.me", 400),
        ("https://t.me@evil.example", 400),
        ("//evil.example", 400),
        ("javascript:alert(1)", 400),
        ("", 400),
    ] {
        let body = json!({ "tier": "BASIC", "provider": "sbp_tinkoff", "return_url": url });
        let answer = post(&app, "purchase", body).await?;
        assert_eq!(answer.status, status, "{url}: {answer:?}");
        if status == 400 {
            assert_eq!(answer.body["details"]["field"], "return_url");
        }
    }
    Ok(())
}

async fn keyed(app: &TestApp, key: &str, tier: &str) -> anyhow::Result<(u16, String)> {
    let call = app
        .request(Method::POST, "/v1/subscriptions/purchase")
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Idempotency-Key", key)
        .json(&json!({ "tier": tier, "provider": "sbp_tinkoff" }));
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_page_and_the_bank_is_asked_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let first = keyed(&app, "one", "BASIC").await?;
    assert_eq!(first.0, 200);
    assert_eq!(keyed(&app, "one", "BASIC").await?, first);
    assert_eq!(app.world.calls("bank").await?, 1);
    let other = keyed(&app, "one", "PREMIUM").await?;
    assert!(other.0 == 422 && other.1.contains("E604"), "{other:?}");
    assert_ne!(keyed(&app, "two", "BASIC").await?, first);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_plan_follows_and_a_higher_one_begins_at_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    buys(&app, "BASIC", "a", 150).await?;
    buys(&app, "BASIC", "b", 150).await?;
    let now = app.subscription().await?;
    assert!(now["tier"] == "BASIC" && months_left(&now, 2), "{now}");
    buys(&app, "PREMIUM", "c", 600).await?;
    let now = app.subscription().await?;
    assert!(now["tier"] == "PREMIUM" && months_left(&now, 1), "{now}");
    // A lower one waits for the end of the higher.
    buys(&app, "ADVANCED", "d", 300).await?;
    let now = app.subscription().await?;
    assert!(now["tier"] == "PREMIUM" && months_left(&now, 1), "{now}");
    let waits = "SELECT count(*) AS count FROM payments
                 WHERE tier = 'ADVANCED' AND period_start > now() + interval '27 days'";
    assert_eq!(app.count(waits).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trial_is_had_once_and_not_beside_a_paid_plan() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (one, two) = tokio::join!(
        post(&app, "trial", Value::Null),
        post(&app, "trial", Value::Null)
    );
    let mut answers = [one?.status, two?.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
    let now = app.subscription().await?;
    assert_eq!(
        (&now["tier"], &now["trial_used"]),
        (&json!("TRIAL"), &json!(true))
    );
    let week = "SELECT count(*) AS count FROM subscriptions WHERE trial_ends_at
                BETWEEN now() + interval '7 days' - interval '1 minute' AND now() + interval '7 days'";
    assert_eq!(app.count(week).await?, 1);
    let canceled = post(&app, "cancel", Value::Null).await?;
    assert_eq!(
        (canceled.status, &canceled.body["tier"]),
        (200, &json!("FREE"))
    );
    assert_eq!(
        post(&app, "trial", Value::Null).await?.refusal(),
        (409, "E602")
    );
    app.sql("UPDATE subscriptions SET trial_used = FALSE")
        .await?;
    buys(&app, "BASIC", "a", 150).await?;
    assert_eq!(
        post(&app, "trial", Value::Null).await?.refusal(),
        (409, "E602")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_for_runs_to_its_end_after_it_was_cancelled() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(
        post(&app, "cancel", Value::Null).await?.body["tier"],
        "FREE"
    );
    buys(&app, "BASIC", "a", 150).await?;
    let first = post(&app, "cancel", Value::Null).await?.body;
    assert_eq!(
        (&first["tier"], &first["cancel_at_period_end"]),
        (&json!("BASIC"), &json!(true))
    );
    assert_eq!(post(&app, "cancel", Value::Null).await?.body, first);
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'subscription_canceled'";
    assert_eq!(app.count(lines).await?, 1);
    // Who buys again wants to go on.
    buys(&app, "BASIC", "b", 150).await?;
    assert_eq!(app.subscription().await?["cancel_at_period_end"], false);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_ended_and_nothing_else_however_often() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    buys(&app, "BASIC", "a", 150).await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    let past = "UPDATE subscriptions SET current_period_start = now() - interval '2 months',
                    current_period_end = now() - interval '1 month';
                UPDATE payments SET period_start = now() - interval '2 months',
                    period_end = now() - interval '1 month'";
    app.sql(past).await?;
    // No need to wait for the chore.
    let now = app.subscription().await?;
    assert_eq!(
        (&now["tier"], &now["status"]),
        (&json!("FREE"), &json!("expired"))
    );
    for _ in 0..2 {
        expire(&app).await?;
        let kept =
            "SELECT count(*) AS count FROM subscriptions s JOIN meters u ON u.account_id = s.user_id
                    WHERE s.tier = 'FREE' AND s.status = 'expired' AND u.tier = 'FREE'";
        assert_eq!(app.count(kept).await?, 1);
        let lines =
            "SELECT count(*) AS count FROM audit_logs WHERE action = 'subscription_expired'";
        assert_eq!(app.count(lines).await?, 1);
    }
    assert_eq!(app.states::<Expire>().await?, [(JobState::Done, 1); 3]);
    buys(&app, "BASIC", "b", 150).await?;
    let now = app.subscription().await?;
    assert!(now["status"] == "active" && months_left(&now, 1), "{now}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_plan_that_was_paid_for_comes_back_after_the_higher() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for charge in ["a", "b"] {
        buys(&app, "BASIC", charge, 150).await?;
    }
    buys(&app, "PREMIUM", "c", 600).await?;
    app.sql(
        "UPDATE subscriptions SET current_period_end = now();
         UPDATE payments SET period_end = now() WHERE tier = 'PREMIUM'",
    )
    .await?;
    // Also before the chore comes by.
    let by_now = "SELECT count(*) AS count FROM users WHERE current_tier(id) = 'BASIC'";
    assert_eq!(app.count(by_now).await?, 1);
    let before = app.subscription().await?;
    assert!(
        before["tier"] == "BASIC" && months_left(&before, 2),
        "{before}"
    );
    expire(&app).await?;
    assert_eq!(app.subscription().await?, before);
    let usage = "SELECT count(*) AS count FROM meters WHERE tier = 'BASIC'";
    assert_eq!(app.count(usage).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_over_stays_one_so_that_people_are_told() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    post(&app, "trial", Value::Null).await?;
    app.sql("UPDATE subscriptions SET trial_ends_at = now() - interval '1 hour'")
        .await?;
    for _ in 0..2 {
        expire(&app).await?;
        let now = app.subscription().await?;
        assert_eq!(
            (&now["tier"], &now["status"]),
            (&json!("TRIAL"), &json!("expired"))
        );
    }
    let canceled = post(&app, "cancel", Value::Null).await?;
    assert_eq!(canceled.body["tier"], "FREE");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nobody_makes_is_given_up_and_its_late_money_is_granted()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    app.orders("BASIC", "telegram_stars").await?;
    app.sql(&format!(
        "UPDATE payments SET created_at = now() - interval '25 hours' WHERE id = '{order}'"
    ))
    .await?;
    for _ in 0..2 {
        expire(&app).await?;
        assert_eq!(
            (
                statuses(&app, "canceled").await?,
                statuses(&app, "pending").await?
            ),
            (1, 1)
        );
    }
    let update = json!({ "update_id": 1, "message": { "successful_payment": {
        "currency": "XTR", "total_amount": 150, "invoice_payload": order,
        "telegram_payment_charge_id": "late" } } });
    app.relay_update(&update).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}
