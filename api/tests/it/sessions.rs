//! Access tokens of the Mini App: for whom, for how long, and at which client they are good.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use people::sessions::{AccessKeys, Session, Sessions, Way};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

const PHONE: &str = "Telegram-Android";

async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    token: &str,
    agent: &str,
) -> anyhow::Result<Answer> {
    let call = app.request(method, path).header("User-Agent", agent);
    Answer::of(call.bearer_auth(token).send().await?).await
}

async fn get(app: &TestApp, path: &str, token: &str) -> anyhow::Result<Answer> {
    send(app, Method::GET, path, token, PHONE).await
}

async fn renew(app: &TestApp, token: &str) -> anyhow::Result<Answer> {
    send(app, Method::POST, "/v1/auth/renewal", token, PHONE).await
}

async fn exchange(app: &TestApp, init_data: &str, agent: &str) -> anyhow::Result<Answer> {
    let call = app.request(Method::POST, "/v1/auth/telegram");
    let call = call.header("User-Agent", agent);
    Answer::of(
        call.header("X-Telegram-Init-Data", init_data)
            .send()
            .await?,
    )
    .await
}

fn token(answer: &Answer) -> anyhow::Result<String> {
    let token = answer.body["access_token"].as_str();
    Ok(token
        .with_context(|| format!("no token in {answer:?}"))?
        .to_owned())
}

fn moment(answer: &Answer, field: &str) -> anyhow::Result<DateTime<Utc>> {
    Ok(answer.body[field].as_str().context("no moment")?.parse()?)
}

/// A token of person 7 that was made some time ago, after Telegram had proved them.
async fn made(app: &TestApp, ago: TimeDelta, proved_ago: TimeDelta) -> anyhow::Result<String> {
    let first = exchange(app, &app.world.chat(7).init_data().await?, PHONE).await?;
    let bot_token = &app.core.config.messenger.bot_token;
    let sessions = Sessions::new(bot_token, &AccessKeys::default());
    let now = Utc::now();
    let session = sessions.verify(&token(&first)?, now)?.session;
    let session = Session {
        proved_at: now - proved_ago,
        second_at: None,
        ..session
    };
    Ok(sessions.issue(&session, now - ago)?.access_token)
}

#[tokio::test(flavor = "multi_thread")]
async fn init_data_is_exchanged_for_a_token_that_is_the_person_everywhere() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let init_data = app.world.chat(7).init_data().await?;
    let before = Utc::now();
    let session = exchange(&app, &init_data, PHONE).await?;
    assert_eq!(session.status, 201, "{session:?}");
    assert_eq!(session.headers["cache-control"], "private, no-store");
    assert_eq!(session.body["token_type"], "Bearer");
    let expires = moment(&session, "expires_at")? - before;
    assert!(
        (890..=960).contains(&expires.num_seconds()),
        "{expires} of 15 minutes"
    );
    let renewable = moment(&session, "renewable_until")? - before;
    assert!(renewable <= TimeDelta::hours(24) && renewable > TimeDelta::hours(23));
    let token = token(&session)?;
    let me = get(&app, "/v1/users/me", &token).await?;
    assert_eq!(me.status, 200, "{me:?}");
    assert_eq!(me.body["telegram_id"], 7);
    assert!(me.headers.get_all("vary").iter().any(|vary| {
        vary.to_str()
            .is_ok_and(|vary| vary.contains("authorization"))
    }));
    let by_init_data = app
        .request(Method::GET, "/v1/users/me")
        .header("User-Agent", PHONE)
        .header("X-Telegram-Init-Data", &init_data);
    let by_init_data = Answer::of(by_init_data.send().await?).await?;
    assert_eq!(me.body, by_init_data.body);
    // A person alone, as with initData.
    let other = app
        .request(Method::GET, "/v1/users/me")
        .header("User-Agent", PHONE)
        .header("X-Telegram-User-Id", 8)
        .bearer_auth(&token);
    assert_eq!(
        Answer::of(other.send().await?).await?.refusal(),
        (403, "E204")
    );
    let again = exchange(&app, &init_data, PHONE).await?;
    assert_eq!(again.status, 201, "the answer may have been lost");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_also_after_its_end_until_a_day_after_the_proof() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let minutes = TimeDelta::minutes;
    let old = made(&app, minutes(16), minutes(17)).await?;
    assert_eq!(
        get(&app, "/v1/users/me", &old).await?.refusal(),
        (401, "E203")
    );
    let renewed = renew(&app, &old).await?;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(renewed.headers["cache-control"], "private, no-store");
    let until = Utc::now() - minutes(17) + TimeDelta::hours(24);
    let told = moment(&renewed, "renewable_until")?;
    assert!((told - until).abs() < minutes(1), "renewals do not move it");
    let me = get(&app, "/v1/users/me", &token(&renewed)?).await?;
    assert_eq!(me.status, 200);
    // Just before the end of the session a token is shorter, and after it there is none.
    let last = made(&app, minutes(20), minutes(24 * 60 - 5)).await?;
    let last = renew(&app, &last).await?;
    assert_eq!(last.body["expires_at"], last.body["renewable_until"]);
    let late = made(&app, minutes(20), minutes(24 * 60 + 1)).await?;
    for answer in [
        renew(&app, &late).await?,
        get(&app, "/v1/users/me", &late).await?,
    ] {
        assert_eq!(answer.refusal(), (401, "E203"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_stays_with_the_client_that_exchanged_the_proof() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    for (name, value) in [("RATE_LIMIT_USER", 3), ("RATE_LIMIT_IP", 2)] {
        world.set(name, value);
    }
    world.set("RATE_LIMIT_REDIS_MS", 10_000);
    let app = TestApp::start_in(world).await?;
    let init_data = app.world.chat(7).init_data().await?;
    let token = token(&exchange(&app, &init_data, PHONE).await?)?;
    let stolen = async |method, path| send(&app, method, path, &token, "curl/8").await;
    let refused = stolen(Method::GET, "/v1/users/me").await?;
    assert_eq!(refused.refusal(), (401, "E202"));
    let refused = stolen(Method::POST, "/v1/auth/renewal").await?;
    assert_eq!(refused.refusal(), (401, "E202"));
    // The thief is counted by address, the person as the person.
    assert_eq!(stolen(Method::GET, "/v1/users/me").await?.status, 429);
    let own = get(&app, "/v1/users/me", &token).await?;
    assert_eq!(own.status, 200);
    assert_eq!(own.headers["x-ratelimit-remaining"], "1");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_redis_stays_with_its_client() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let init_data = app.world.chat(7).init_data().await?;
    let token = token(&exchange(&app, &init_data, PHONE).await?)?;
    assert_eq!(get(&app, "/v1/users/me", &token).await?.status, 200);
    let stolen = send(&app, Method::GET, "/v1/users/me", &token, "curl/8").await?;
    assert_eq!(stolen.refusal(), (401, "E202"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_exchanged_or_renewed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let init_data = app.world.chat(7).init_data().await?;
    let token = token(&exchange(&app, &init_data, PHONE).await?)?;
    for (name, answer) in [
        ("nothing", {
            let call = app.request(Method::POST, "/v1/auth/telegram");
            Answer::of(call.send().await?).await?
        }),
        ("a key", {
            let call = app.request(Method::POST, "/v1/auth/telegram");
            Answer::of(call.header("X-API-Key", N8N_KEY).send().await?).await?
        }),
        (
            "a token",
            send(&app, Method::POST, "/v1/auth/telegram", &token, PHONE).await?,
        ),
        ("initData, renewed", {
            let call = app.request(Method::POST, "/v1/auth/renewal");
            let call = call.header("User-Agent", PHONE);
            let call = call.header("X-Telegram-Init-Data", &init_data);
            Answer::of(call.send().await?).await?
        }),
        ("another scheme", {
            let call = app.request(Method::POST, "/v1/auth/renewal");
            Answer::of(call.basic_auth("a", Some("b")).send().await?).await?
        }),
    ] {
        assert_eq!(answer.refusal(), (401, "E201"), "{name}");
    }
    let foreign = Sessions::new("123456:of-another-bot", &AccessKeys::default());
    let session = Session {
        user_id: Uuid::nil(),
        proved_at: Utc::now(),
        second_at: None,
        way: Way::MiniApp {
            telegram_id: 7,
            client: [0; 16],
        },
    };
    let foreign = foreign.issue(&session, Utc::now())?.access_token;
    for wrong in [&foreign, &token[..token.len() - 1], "a.b.c"] {
        let (called, renewed) = (
            get(&app, "/v1/users/me", wrong).await?,
            renew(&app, wrong).await?,
        );
        assert_eq!(called.refusal(), (401, "E202"), "{wrong}");
        assert_eq!(renewed.refusal(), (401, "E202"), "{wrong}");
    }
    let date = format!("&auth_date={}", Utc::now().timestamp() - 3_601);
    let old = app.world.chat(7).init_data_with(&date).await?;
    assert_eq!(exchange(&app, &old, PHONE).await?.refusal(), (401, "E203"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_whatever_a_proxy_adds() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for call in [
        app.request(Method::GET, "/v1/users/me")
            .bearer_auth("of a proxy"),
        app.request(Method::GET, "/v1/users/me")
            .basic_auth("of", Some("a proxy")),
    ] {
        let call = call
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", 7);
        assert_eq!(call.send().await?.status(), 200);
    }
    Ok(())
}

/// A token from before a deletion is no reason to store the person anew; `initData` is, as ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_the_data_of_its_person() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let init_data = app.world.chat(7).init_data().await?;
    let token = token(&exchange(&app, &init_data, PHONE).await?)?;
    let asked = app
        .request(Method::POST, "/v1/users/me/deletion")
        .header("User-Agent", PHONE)
        .bearer_auth(&token)
        .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
    assert_eq!(asked.send().await?.status(), 202);
    testkit::eventually(async || {
        let answer = get(&app, "/v1/users/me/deletion", &token).await?;
        Ok((answer.status == 401).then_some(()))
    })
    .await?;
    worker.stop().await;
    for path in ["/v1/users/me", "/v1/analyses", "/v1/limits/me"] {
        let refusal = get(&app, path, &token).await?;
        assert_eq!(refusal.refusal(), (401, "E203"), "{path}");
    }
    let reading = app
        .request(Method::POST, "/v1/analyses")
        .header("User-Agent", PHONE)
        .bearer_auth(&token)
        .multipart(world::app::words_form("A bird"));
    let refusal = Answer::of(reading.send().await?).await?;
    assert_eq!(refusal.refusal(), (401, "E203"));
    assert_eq!(renew(&app, &token).await?.refusal(), (401, "E203"));
    let persons = "SELECT count(*) FROM users WHERE telegram_id = 7";
    assert_eq!(app.count(persons).await?, 0);
    let anew = exchange(&app, &init_data, PHONE).await?;
    assert_eq!(anew.status, 201);
    let refusal = get(&app, "/v1/users/me", &token).await?;
    assert_eq!(refusal.refusal(), (401, "E203"));
    assert_eq!(renew(&app, &token).await?.refusal(), (401, "E203"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_list_may_send_a_token() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ask = app
        .request(Method::OPTIONS, "/v1/auth/renewal")
        .header("Origin", "https://coffeereader.com")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization");
    let answer = Answer::of(ask.send().await?).await?;
    assert_eq!(answer.status, 200);
    Ok(())
}
