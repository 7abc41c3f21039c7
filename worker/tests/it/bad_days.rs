//! AI and Telegram are down, slow, or answer with garbage.

use jobs::JobState;
use readings::jobs::{Interpret, ReadCup};
use readings::messages::DeliverAnalysis;
use serde_json::json;
use testkit::database::connect_to_server;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::photo_form;

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_arrives_once_the_ai_is_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.faults(json!({ "ai": { "down": true } })).await?;
    let worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    // It has failed at least twice before the AI comes back.
    eventually(async || {
        let states = app.states::<ReadCup>().await?;
        Ok(states
            .first()
            .is_some_and(|(_, attempt)| *attempt >= 2)
            .then_some(()))
    })
    .await?;
    app.world.no_faults().await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    worker.stop().await;
    assert_eq!(chat.bot_texts().await?.len(), 2);
    assert_eq!(app.world.calls("ai").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ai_that_stays_away_ends_in_an_apology_and_a_dead_job() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "ai": { "error_rate": 1.0, "status": 503 } }))
        .await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "ru").await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("Чтение сейчас недоступно"))
        .await?;
    let attempts = i32::from(<ReadCup as jobs::Job>::MAX_ATTEMPTS);
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Dead, attempts)]);
    let chain = "SELECT count(*) AS count FROM jobs
                 WHERE state = 'dead' AND jsonb_array_length(errors) = max_attempts";
    assert_eq!(app.count(chain).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_of_the_ai_is_waited_out_for_its_retry_after() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "ai": { "rate_limit": { "retry_after": 100 }, "times": 1 } }))
        .await?;
    app.post_as_service(photo_form(coffee_cup())).await?;
    let worker = app.worker()?;
    let waits = "SELECT count(*) AS count FROM jobs WHERE kind = 'analyses.read_cup.v1'
                 AND state = 'queued' AND attempt = 1
                 AND run_at BETWEEN now() + interval '50 s' AND now() + interval '111 s'";
    eventually(async || Ok((app.count(waits).await? == 1).then_some(()))).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_of_zero_or_for_ever_is_replaced_by_our_own_wait() -> anyhow::Result<()> {
    for (retry_after, least, most) in [(0, 0, 4), (u64::MAX, 3_000, 4_000)] {
        let app = TestApp::start().await?;
        // A short wait is waited out in the step itself, once.
        let times = if retry_after == 0 { 2 } else { 1 };
        let fault =
            json!({ "ai": { "rate_limit": { "retry_after": retry_after }, "times": times } });
        app.world.faults(fault).await?;
        app.post_as_service(photo_form(coffee_cup())).await?;
        let worker = app.worker()?;
        let waits = format!(
            "SELECT count(*) AS count FROM jobs WHERE kind = 'analyses.read_cup.v1' AND attempt >= 1
             AND run_at - (errors -> 0 ->> 'at')::timestamptz
                 BETWEEN interval '{least} s' AND interval '{most} s'
             AND jsonb_array_length(errors) = 1"
        );
        eventually(async || Ok((app.count(&waits).await? == 1).then_some(()))).await?;
        worker.stop().await;
    }
    Ok(())
}

/// The connections are cut while the AI is asked, and Postgres refuses new ones for a while.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_ai_outlives_postgres_going_away() -> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "ai": { "latency_ms": 2000 } }))
        .await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let worker = app.worker()?;
    // From the intent on the worker needs no database until the answer is there.
    let asked = "SELECT count(*) AS count FROM paid_calls WHERE state = 'intent'";
    eventually(async || Ok((app.count(asked).await? == 1).then_some(()))).await?;
    let mut outside = connect_to_server().await?;
    let name = app.world.database_name()?;
    let away = format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    outside.batch_execute(&away).await?;
    // The answer comes back meanwhile and cannot be stored.
    eventually(async || Ok((app.world.calls("ai").await? >= 1).then_some(()))).await?;
    outside
        .batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        .await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    worker.stop().await;
    assert_eq!(
        app.world.calls("ai").await?,
        2,
        "one for the cup, one for the words"
    );
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Done, 1)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_down_delays_the_chat_and_not_the_reading() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    app.world
        .faults(json!({ "telegram": { "down": true } }))
        .await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let worker = app.worker()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    eventually(async || {
        let states = app.states::<DeliverAnalysis>().await?;
        Ok(states
            .first()
            .is_some_and(|(_, attempt)| *attempt >= 1)
            .then_some(()))
    })
    .await?;
    app.world.no_faults().await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_whose_reply_got_lost_on_the_way_is_in_the_chat_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    // Telegram performs the calls, and its answers get lost.
    app.world
        .faults(json!({ "telegram": { "lost_reply_rate": 1.0, "times": 4 } }))
        .await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let body = app.ended(&id).await?;
    let intro = body["analysis"]["intro"].as_str().expect("an intro");
    let texts = chat.bot_texts().await?;
    assert_eq!(
        texts.iter().filter(|text| text.starts_with(intro)).count(),
        1,
        "{texts:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_never_opened_the_bot_gets_their_reading_by_polling_alone()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(
        app.states::<DeliverAnalysis>().await?,
        [(JobState::Done, 1)]
    );
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 1)]);
    Ok(())
}
