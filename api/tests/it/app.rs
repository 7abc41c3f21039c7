//! What the Mini App shows besides readings: its limits and offers, the documents, and requests to the operators.

use reqwest::Method;
use serde_json::{Value, json};
use world::app::Answer;
use world::{TestApp, World};

async fn get(app: &TestApp, path: &str, language: &str) -> anyhow::Result<Answer> {
    let call = app.request(Method::GET, path);
    Answer::of(call.header("Accept-Language", language).send().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_learns_its_bot_its_limits_and_what_is_offered() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "telegram": { "down": true } }))
        .await?;
    let answer = get(&app, "/v1/app", "en").await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["bot_username"], Value::Null);
    assert_eq!(answer.headers["cache-control"], "no-store");
    app.world.no_faults().await?;
    let answer = get(&app, "/v1/app", "en").await?;
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    let name = app.core.providers.messenger.name().await?;
    assert_eq!(answer.body["bot_username"], name);
    for (field, value) in [
        ("offers_other_money", json!(false)),
        ("photo_bytes_max", json!(15 * 1024 * 1024)),
        ("text_chars_max", json!(4_096)),
        ("days_of_shares", json!(30)),
    ] {
        assert_eq!(answer.body[field], value, "{field}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_money_is_offered_where_it_is_allowed_and_there_is_a_bank() -> anyhow::Result<()> {
    for (terminal, offered) in [("SandboxDEMO", true), ("", false)] {
        let mut world = World::new().await?;
        world.set("PAYMENTS_ROUBLES_IN_TELEGRAM", "true");
        if terminal.is_empty() {
            world.set("TINKOFF_TERMINAL_KEY", "");
            world.set("TINKOFF_SECRET_KEY", "");
        }
        let app = TestApp::start_in(world).await?;
        let answer = get(&app, "/v1/app", "en").await?;
        assert_eq!(answer.body["offers_other_money"], offered, "{terminal}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_plain_text_in_the_language_of_its_reader() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("TERMS_URL", "https://example.com/terms");
    let app = TestApp::start_in(world).await?;
    for (language, word) in [
        ("en-GB", "entertainment"),
        ("ru", "развлечение"),
        ("zh-CN", "娱乐"),
    ] {
        let terms = get(&app, "/v1/documents/terms", language).await?;
        assert_eq!(terms.status, 200, "{terms:?}");
        assert_eq!(terms.body["name"], "terms");
        assert_eq!(terms.body["language"], language[..2]);
        assert_eq!(terms.headers["content-language"], language[..2]);
        assert_eq!(terms.body["url"], "https://example.com/terms");
        let first = terms.body["paragraphs"][0].as_str().unwrap_or_default();
        assert!(first.contains(word), "{first}");
        assert_eq!(terms.headers["cache-control"], "public, max-age=300");
    }
    let privacy = get(&app, "/v1/documents/privacy", "en").await?;
    assert_eq!(privacy.body["url"], Value::Null);
    let consents = app.as_seven(Method::GET, "/v1/users/me/consents", Value::Null);
    let consents = consents.await?.body;
    let current = &consents["privacy_policy"]["current_version"];
    assert_eq!(privacy.body["version"], *current);
    // What the person has chosen, whatever their phone speaks.
    let chosen = json!({ "language_code": "zh" });
    app.as_seven(Method::PATCH, "/v1/users/me", chosen).await?;
    let call = app
        .request(Method::GET, "/v1/documents/terms")
        .header("Accept-Language", "en")
        .header("X-Telegram-Init-Data", app.world.chat(7).init_data().await?);
    let own = Answer::of(call.send().await?).await?;
    assert_eq!(own.body["language"], "zh");
    assert_eq!(own.headers["cache-control"], "private, no-store");
    let other = get(&app, "/v1/documents/imprint", "en").await?;
    assert_eq!(other.refusal(), (404, "E601"));
    Ok(())
}

async fn writes(app: &TestApp, words: &str, key: &str) -> anyhow::Result<Answer> {
    let call = app
        .request(Method::POST, "/v1/support")
        .header("X-Telegram-Init-Data", app.world.chat(7).init_data().await?)
        .header("Idempotency-Key", key)
        .json(&json!({ "text": words }));
    Answer::of(call.send().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_writes_in_the_app_is_answered_in_the_chat() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    chat.waits_for(|text| !text.is_empty()).await?;
    let (first, again) = tokio::join!(
        writes(&app, " I paid twice ", "one"),
        writes(&app, " I paid twice ", "one")
    );
    let answers = [first?, again?];
    let opened = answers.iter().find(|answer| answer.status == 201);
    let opened = opened.expect("one of them is the first");
    let replayed = writes(&app, "I paid twice", "one").await?;
    assert_eq!((replayed.status, &replayed.body), (201, &opened.body));
    let kept = "SELECT count(*) AS count FROM support_requests WHERE words = 'I paid twice' AND chat_id = 7";
    assert_eq!(app.count(kept).await?, 1);
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'support_requested' AND actor = 'person'";
    assert_eq!(app.count(noted).await?, 1);
    let number = opened.body["number"].as_i64().expect("a number");
    let operator = (&audit::model::Origin::own("cli"), "ann");
    let mut conn = app.db().await?;
    let (_, ticket) = bot::support::close(&mut conn, number, Some("Refunded"), operator).await?;
    app.core.pusher.wake(ticket.as_slice()).await;
    chat.waits_for(|text| text.contains("Refunded")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_requests_are_open_at_once_and_nothing_is_asked_with_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (words, code) in [("  \n", "E104"), (&*"я".repeat(4_097), "E105")] {
        assert_eq!(writes(&app, words, "x").await?.refusal(), (400, code));
    }
    let together = (0..6).map(async |number| writes(&app, "Help", &number.to_string()).await);
    let together = futures_util::future::join_all(together).await;
    let together: Vec<Answer> = together.into_iter().collect::<anyhow::Result<_>>()?;
    let opened = together.iter().filter(|answer| answer.status == 201);
    assert_eq!(opened.count(), 3);
    let mut refused = together.iter().filter(|answer| answer.status != 201);
    assert!(refused.all(|answer| answer.refusal() == (409, "E307")));
    let chosen = json!({ "language_code": "ru" });
    app.as_seven(Method::PATCH, "/v1/users/me", chosen).await?;
    let fourth = writes(&app, "Help", "fourth").await?;
    assert_eq!(fourth.body["details"]["open"], 3);
    let message = fourth.body["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("У нас уже есть"), "{message}");
    app.sql("UPDATE support_requests SET closed_at = now() WHERE number = 1")
        .await?;
    assert_eq!(writes(&app, "Help", "fourth").await?.status, 201);
    Ok(())
}
