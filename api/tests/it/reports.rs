//! Reports to Sentry, as the sandbox has received them.

use reqwest::Method;
use serde_json::Value;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::app::words_form;
use world::{TestApp, World};

async fn start(settings: &[(&str, &str)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    let sentry = world.outside("/sentry/1").replace("http://", "http://key@");
    world.set("SENTRY_DSN", sentry);
    world.set("SENTRY_ENVIRONMENT", "test");
    world.set("GIT_SHA", "0123abc");
    // A busy machine is slow, and would be reported too.
    world.set("SLOW_REQUEST_MS", "600000");
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// What has been reported: the events of all envelopes.
async fn events(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    world::flush_telemetry().await?;
    let url = app.world.outside("/control/calls?service=sentry");
    let report: Value = app.world.http.get(url).send().await?.json().await?;
    let calls = report["calls"].as_array().cloned().unwrap_or_default();
    let items = calls.iter().flat_map(|call| {
        let items = call["detail"]["items"].as_array().cloned();
        items.unwrap_or_default()
    });
    let events = items.filter(|item| item["type"] == "event");
    Ok(events.map(|item| item["payload"].clone()).collect())
}

/// The id of a person, and what proves them.
async fn person(app: &TestApp) -> anyhow::Result<(Value, String)> {
    let proof = app
        .world
        .chat(7)
        .init_data_with("&first_name=SECRETNAME")
        .await?;
    let me = app
        .as_person(&proof, Method::GET, "/v1/users/me", None)
        .await?;
    anyhow::ensure!(me.status == 200, "{me:?}");
    Ok((me.body["id"].clone(), proof))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_whom_it_has_met_by_our_id_and_nothing_of_theirs() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let app = start(&[]).await?;
    let (id, proof) = person(&app).await?;
    app.sql("ALTER TABLE analysis_history RENAME TO gone")
        .await?;
    let call = app
        .request(Method::GET, "/v1/analyses")
        .header("X-Telegram-Init-Data", &proof)
        .header("X-Request-Id", "of-the-test");
    assert_eq!(call.send().await?.status(), 500);
    let events = events(&app).await?;
    let [event] = &events[..] else {
        anyhow::bail!("{events:?}");
    };
    assert_eq!(event["user"]["id"], id);
    assert_eq!(event["tags"]["route"], "/v1/analyses");
    assert_eq!(event["tags"]["method"], "GET");
    assert_eq!(event["tags"]["request_id"], "of-the-test");
    assert_eq!(event["release"], "0123abc");
    assert_eq!(event["environment"], "test");
    let sent = event.to_string();
    for personal in [
        "SECRETNAME",
        "telegram_id",
        "auth_date",
        "ip_address",
        &proof,
    ] {
        assert!(!sent.contains(personal), "{personal}: {sent}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bot_meets_is_not_reported() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let app = start(&[]).await?;
    app.sql("ALTER TABLE analysis_history RENAME TO gone")
        .await?;
    let meets = async |telegram_id: i64, agent: &str| {
        let proof = app.world.chat(telegram_id).init_data().await?;
        let call = app
            .request(Method::GET, "/v1/analyses")
            .header("X-Telegram-Init-Data", proof)
            .header("User-Agent", agent);
        anyhow::ensure!(call.send().await?.status() == 500);
        anyhow::Ok(events(&app).await?.len())
    };
    let bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    assert_eq!(meets(7, bot).await?, 0);
    assert_eq!(meets(8, "curl/7.88.1").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_request_is_reported_by_its_route_and_an_upload_is_not() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let app = start(&[("SLOW_REQUEST_MS", "0")]).await?;
    let (_, proof) = person(&app).await?;
    let uploaded = app.post_as_service(words_form("A bird")).await?;
    assert_eq!(uploaded.status, 202);
    let events = events(&app).await?;
    let [event] = &events[..] else {
        anyhow::bail!("{events:?}");
    };
    assert_eq!(event["message"], "Slow request: GET /v1/users/me");
    assert_eq!(event["level"], "warning");
    assert!(!event.to_string().contains(&proof));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_fails_is_reported_with_its_id_and_the_calls_before() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let app = start(&[]).await?;
    let (person, _) = person(&app).await?;
    let away = serde_json::json!({ "ai": { "error_rate": 1.0, "status": 503 } });
    app.world.faults(away).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "ru").await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("Чтение сейчас недоступно"))
        .await?;
    let events = events(&app).await?;
    let failed = |event: &&Value| event["tags"]["error_type"] == "analysis_failed";
    let event = events.iter().find(failed);
    let event = event.expect("the dead job is reported");
    assert_eq!(event["user"]["id"], person);
    let id = event["contexts"]["analysis"]["id"]
        .as_str()
        .unwrap_or_default();
    let known = format!("SELECT count(*) AS count FROM analysis_history WHERE id::text = '{id}'");
    assert_eq!(app.count(&known).await?, 1, "{event}");
    assert_eq!(
        event["contexts"]["analysis"]["focus_area"],
        event["tags"]["focus_area"]
    );
    let crumbs = event["breadcrumbs"]["values"].as_array().cloned();
    let crumbs = crumbs.or_else(|| event["breadcrumbs"].as_array().cloned());
    let called = |crumb: &Value| {
        let data = &crumb["data"];
        crumb["category"] == "http" && data["vendor"] == "openrouter" && data["status_code"] == 503
    };
    assert!(crumbs.unwrap_or_default().iter().any(called), "{event}");
    assert!(!event.to_string().contains("SECRETNAME"), "{event}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_cannot_be_settled_is_reported_with_what_it_was() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let app = start(&[]).await?;
    let (person, _) = person(&app).await?;
    let (payment, page) = app.orders("ADVANCED", "sbp_tinkoff").await?;
    app.sql("ALTER TABLE payment_reports RENAME TO gone")
        .await?;
    app.at_the_bank(&page, "pay").await?;
    let event = eventually(async || {
        // The webhook, or the job that works it again until it is dead.
        app.drain_jobs().await?;
        let mut events = events(&app).await?.into_iter();
        Ok(events.find(|event| event["tags"]["error_type"] == "payment_failed"))
    })
    .await?;
    let named = &event["contexts"]["payment"];
    assert_eq!(named["id"], payment, "{event}");
    assert_eq!(named["currency"], "RUB", "{event}");
    assert_eq!(named["provider"], event["tags"]["provider"], "{event}");
    let amount = named["amount"].as_str().unwrap_or_default();
    assert!(amount.starts_with("599"), "{event}");
    assert_eq!(event["user"]["id"], person, "{event}");
    Ok(())
}
