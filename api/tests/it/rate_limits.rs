//! How many requests a client may send, in any stretch of time as long as the window. The design documents have the
//! numbers.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use reqwest::Method;
use testkit::eventually;
use world::app::{Answer, words_form};
use world::{TestApp, World};

/// Of no reading; a request for it changes nothing.
const PATH: &str = "/v1/analyses/00000000-0000-0000-0000-000000000000";

async fn app_with(settings: &[(&str, &str)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    // The machine may be busy; what happens then has tests of its own.
    world.set("RATE_LIMIT_REDIS_MS", "10000");
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

async fn get(app: &TestApp, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
    let call = app.request(Method::GET, PATH);
    let call = headers
        .iter()
        .fold(call, |call, (name, value)| call.header(*name, *value));
    Answer::of(call.send().await?).await
}

fn text<'a>(answer: &'a Answer, header: &str) -> &'a str {
    let value = answer.headers.get(header);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn number(answer: &Answer, header: &str) -> u64 {
    text(answer, header).parse().unwrap_or(u64::MAX)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_requests_at_once_at_two_apis_exactly_the_allowed_30_are_admitted()
-> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_USER", "30")]).await?;
    let other = app.sibling()?;
    let proof = app.world.chat(7).init_data().await?;
    let urls = [app.addr(), other.addr].map(|addr| format!("http://{addr}{PATH}"));
    let calls = (0..200).map(|at| {
        let call = app.world.http.get(&urls[at % 2]);
        call.header("X-Telegram-Init-Data", &proof).send()
    });
    let answers = try_join_all(calls).await?;
    let with = |status: u16| answers.iter().filter(|one| one.status() == status).count();
    assert_eq!((with(404), with(429)), (30, 170));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_counted_answer_says_what_is_left_in_both_spellings() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_USER", "30")]).await?;
    let proof = app.world.chat(7).init_data().await?;
    for left in [29, 28] {
        let answer = get(&app, &[("X-Telegram-Init-Data", &proof)]).await?;
        assert_eq!(answer.status, 404);
        assert_eq!(number(&answer, "x-ratelimit-limit"), 30);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), left);
        let reset: DateTime<Utc> = text(&answer, "x-ratelimit-reset").parse()?;
        let seconds = (reset - Utc::now()).num_seconds();
        assert!((50..=60).contains(&seconds), "{seconds}");
        assert_eq!(text(&answer, "ratelimit-policy"), "\"person\";q=30;w=60");
        let field = text(&answer, "ratelimit");
        let t = field.strip_prefix(&format!("\"person\";r={left};t="));
        let t: u64 = t.unwrap_or(field).parse()?;
        assert!((50..=60).contains(&t), "{field}");
    }
    Ok(())
}

/// 100 requests in a quarter of an hour, as one of the design documents has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_of_another_length_is_counted_and_told() -> anyhow::Result<()> {
    let limits = [
        ("RATE_LIMIT_USER", "100"),
        ("RATE_LIMIT_WINDOW_MS", "900000"),
    ];
    let app = app_with(&limits).await?;
    let proof = app.world.chat(7).init_data().await?;
    let answer = get(&app, &[("X-Telegram-Init-Data", &proof)]).await?;
    assert_eq!(text(&answer, "ratelimit-policy"), "\"person\";q=100;w=900");
    let reset: DateTime<Utc> = text(&answer, "x-ratelimit-reset").parse()?;
    let seconds = (reset - Utc::now()).num_seconds();
    assert!((890..=900).contains(&seconds), "{seconds}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_too_many_blocks_for_the_block_time_and_the_next_ones_do_not_prolong_it()
-> anyhow::Result<()> {
    let limits = [
        ("RATE_LIMIT_USER", "2"),
        ("RATE_LIMIT_WINDOW_MS", "1000"),
        ("RATE_LIMIT_USER_BLOCK_SECONDS", "2"),
    ];
    let app = app_with(&limits).await?;
    let proof = app.world.chat(7).init_data().await?;
    let ask = async || get(&app, &[("X-Telegram-Init-Data", &proof)]).await;
    assert_eq!((ask().await?.status, ask().await?.status), (404, 404));
    let blocked = Instant::now();
    let refused = ask().await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    assert_eq!(number(&refused, "retry-after"), 2);
    assert_eq!(refused.body["details"]["retry_after_seconds"], 2);
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
    let admitted = eventually(async || {
        let answer = ask().await?;
        assert!(
            answer.status == 404 || number(&answer, "retry-after") <= 2,
            "{answer:?}"
        );
        Ok((answer.status == 404).then_some(answer))
    });
    let admitted = admitted.await?;
    assert!(blocked.elapsed() > Duration::from_millis(1_900));
    assert_eq!(number(&admitted, "x-ratelimit-remaining"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_each_key_and_each_address_is_counted_for_itself() -> anyhow::Result<()> {
    let limits = [
        ("RATE_LIMIT_USER", "1"),
        ("RATE_LIMIT_KEY", "2"),
        ("RATE_LIMIT_IP", "3"),
    ];
    let app = app_with(&limits).await?;
    let (ann, bob) = (app.world.chat(7), app.world.chat(8));
    let (ann, bob) = (ann.init_data().await?, bob.init_data().await?);
    for (header, value, limit) in [
        ("X-Telegram-Init-Data", ann.as_str(), 1),
        ("X-Telegram-Init-Data", &bob, 1),
        ("X-API-Key", "n8n-key", 2),
        ("X-Nothing", "", 3),
    ] {
        for left in (0..limit).rev() {
            let answer = get(&app, &[(header, value)]).await?;
            let told = (
                number(&answer, "x-ratelimit-limit"),
                number(&answer, "x-ratelimit-remaining"),
            );
            assert_eq!(told, (limit, left), "{header}");
        }
    }
    for (header, value) in [
        ("X-Telegram-Init-Data", ann.as_str()),
        ("X-API-Key", "n8n-key"),
        ("X-Nothing", ""),
    ] {
        let refused = get(&app, &[(header, value)]).await?;
        assert!(
            (55..=60).contains(&number(&refused, "retry-after")),
            "{refused:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_a_model_asked_is_limited_besides_and_uses_nothing_when_that_refuses()
-> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_USER", "10"), ("RATE_LIMIT_AI", "1")]).await?;
    let proof = app.world.chat(7).init_data().await?;
    let first = app.post_as_person(&proof, words_form("A bird")).await?;
    assert_eq!(first.status, 202, "{first:?}");
    assert_eq!(
        text(&first, "ratelimit-policy"),
        "\"person\";q=10;w=60, \"ai\";q=1;w=60"
    );
    assert!(text(&first, "ratelimit").starts_with("\"person\";r=9;t="));
    assert!(text(&first, "ratelimit").contains(", \"ai\";r=0;t="));
    assert_eq!(number(&first, "x-ratelimit-limit"), 1);
    let before = app.metric("rate_limited_total{limit=\"ai\"}").await?;
    for _ in 0..3 {
        let refused = app.post_as_person(&proof, words_form("A cat")).await?;
        assert_eq!(refused.refusal(), (429, "E304"));
        assert!(
            (50..=60).contains(&number(&refused, "retry-after")),
            "{refused:?}"
        );
    }
    assert_eq!(
        app.metric("rate_limited_total{limit=\"ai\"}").await?,
        before + 3.0
    );
    let other = get(&app, &[("X-Telegram-Init-Data", &proof)]).await?;
    assert_eq!(
        (other.status, number(&other, "x-ratelimit-remaining")),
        (404, 8)
    );
    assert_eq!(text(&other, "ratelimit-policy"), "\"person\";q=10;w=60");
    Ok(())
}

/// 100 in a quarter of an hour, as one of the design documents has it; here two.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_is_limited_by_address_and_everything_else_goes_on() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_AUTH", "2"), ("RATE_LIMIT_IP", "100")]).await?;
    let login = async || {
        let body = serde_json::json!({ "email": "ann@example.org", "password": "wrong words" });
        let call = app.request(Method::POST, "/v1/auth/login").json(&body);
        Answer::of(call.send().await?).await
    };
    let first = login().await?;
    assert_eq!(first.status, 401, "{first:?}");
    assert_eq!(
        text(&first, "ratelimit-policy"),
        "\"address\";q=100;w=60, \"auth\";q=2;w=900"
    );
    login().await?;
    let refused = login().await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    assert!(
        (890..=900).contains(&number(&refused, "retry-after")),
        "{refused:?}"
    );
    let other = get(&app, &[]).await?;
    assert_eq!(
        (other.status, number(&other, "x-ratelimit-remaining")),
        (401, 97)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_how_many_requests_a_minute_and_all_keys_of_an_account_share_them()
-> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_USER", "100")]).await?;
    app.sql("UPDATE plans SET requests_per_minute = 9 WHERE tier = 'FREE'")
        .await?;
    let ann = crate::organizations::Person::new(&app, 7).await?;
    let club = ann.founds("Cup & Co").await?;
    let club = club.rsplit('/').next().unwrap_or_default().to_owned();
    let proof = app.world.chat(7).init_data().await?;
    let makes = async |account: &str| {
        let call = app.request(Method::POST, "/v1/api-keys");
        let call = call
            .header("X-Telegram-Init-Data", &proof)
            .header("X-Account-Id", account);
        let wish = serde_json::json!({ "name": "script", "scopes": ["analyses:read"] });
        let made = Answer::of(call.json(&wish).send().await?).await?;
        assert_eq!(made.status, 201, "{made:?}");
        Ok::<_, anyhow::Error>(made.body["key"].as_str().unwrap_or_default().to_owned())
    };
    let own = makes(&ann.id.to_string()).await?;
    let (one, other) = (makes(&club).await?, makes(&club).await?);
    // Ann herself has sent five.
    for (header, value, left) in [
        ("X-API-Key", &own, 3),
        ("X-Telegram-Init-Data", &proof, 2),
        ("X-API-Key", &one, 8),
        ("X-API-Key", &other, 7),
        ("X-API-Key", &one, 6),
        ("X-API-Key", &own, 1),
    ] {
        let answer = get(&app, &[(header, value)]).await?;
        assert_eq!(number(&answer, "x-ratelimit-limit"), 9);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), left, "{answer:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_of_any_kind_count_against_the_address_and_right_ones_still_pass()
-> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "4"), ("ADMIN_KEY", "admin-key")]).await?;
    let proof = app.world.chat(7).init_data().await?;
    assert_eq!(
        get(&app, &[("X-API-Key", "guess")]).await?.refusal(),
        (401, "E202")
    );
    let forged = get(&app, &[("X-Telegram-Init-Data", "hash=00")]).await?;
    assert_eq!(forged.refusal(), (401, "E202"));
    let admin = |key: &'static str| {
        app.request(Method::GET, "/admin")
            .header("X-Admin-Key", key)
    };
    assert_eq!(admin("guess").send().await?.status(), 401);
    let webhook = |secret: &'static str| {
        let call = app
            .request(Method::POST, "/v1/webhooks/telegram")
            .body("{}");
        call.header("X-Telegram-Bot-Api-Secret-Token", secret)
    };
    assert_eq!(webhook("guess").send().await?.status(), 401);
    // That was four; the next guess is one too many.
    let refused = Answer::of(webhook("guess").send().await?).await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    assert_eq!(number(&refused, "retry-after"), 60);
    assert_eq!(admin("guess").send().await?.status(), 429);
    assert_eq!(
        get(&app, &[("X-API-Key", "guess")]).await?.refusal(),
        (429, "E304")
    );
    assert_eq!(get(&app, &[]).await?.refusal(), (429, "E304"));
    assert_eq!(webhook("webhook-secret").send().await?.status(), 200);
    assert_eq!(admin("admin-key").send().await?.status(), 200);
    assert_eq!(get(&app, &[("X-API-Key", "n8n-key")]).await?.status, 404);
    assert_eq!(
        get(&app, &[("X-Telegram-Init-Data", &proof)]).await?.status,
        404
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_the_client_counts_and_of_ipv6_its_network() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "2"), ("TRUSTED_PROXIES", "127.0.0.0/8")]).await?;
    for (from, left) in [
        ("192.0.2.1", 1),
        ("192.0.2.2", 1),
        ("203.0.113.9, 192.0.2.1", 0),
        ("2001:db8:0:1::1", 1),
        ("2001:db8:0:1:ffff::2", 0),
        ("2001:db8:0:2::1", 1),
    ] {
        let answer = get(&app, &[("X-Forwarded-For", from)]).await?;
        assert_eq!(answer.status, 401);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), left, "{from}");
    }
    let again = get(&app, &[("X-Forwarded-For", "2001:db8:0:1::3")]).await?;
    assert_eq!(again.refusal(), (429, "E304"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_says_of_their_address_is_not_believed() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "2"), ("TRUSTED_PROXIES", "10.0.0.0/8")]).await?;
    for (from, status) in [("192.0.2.1", 401), ("192.0.2.2", 401), ("192.0.2.3", 429)] {
        assert_eq!(
            get(&app, &[("X-Forwarded-For", from)]).await?.status,
            status
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_life_are_not_counted() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "1")]).await?;
    for path in ["/v1/health", "/v1/ready"] {
        for _ in 0..3 {
            let answer = app.request(Method::GET, path).send().await?;
            assert_eq!(answer.status(), 200, "{path}");
            assert!(!answer.headers().contains_key("ratelimit"), "{path}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_process_counts_by_itself_and_says_so() -> anyhow::Result<()> {
    let limits = [
        ("RATE_LIMIT_USER", "2"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
    ];
    let app = app_with(&limits).await?;
    let proof = app.world.chat(7).init_data().await?;
    let before = app.metric("rate_limit_fallback_total").await?;
    for (status, left) in [(404, 1), (404, 0), (429, 0)] {
        let answer = get(&app, &[("X-Telegram-Init-Data", &proof)]).await?;
        assert_eq!(
            (answer.status, number(&answer, "x-ratelimit-remaining")),
            (status, left)
        );
    }
    assert!(app.metric("rate_limit_fallback_total").await? >= before + 3.0);
    assert!(app.metric("rate_limited_total").await? >= 1.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_does_not_answer_holds_up_one_request_a_second_and_not_for_long()
-> anyhow::Result<()> {
    // Takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("redis://{}", silent.local_addr()?);
    let limits = [
        ("RATE_LIMIT_USER", "100"),
        ("RATE_LIMIT_REDIS_MS", "300"),
        ("REDIS_URL", &url),
    ];
    let app = app_with(&limits).await?;
    let proof = app.world.chat(7).init_data().await?;
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(
            get(&app, &[("X-Telegram-Init-Data", &proof)]).await?.status,
            404
        );
    }
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(300), "it was asked: {took:?}");
    assert!(
        took < Duration::from_millis(300 * 20 / 2),
        "and then left in peace: {took:?}"
    );
    Ok(())
}

/// The table of keys is locked: a lookup would have to wait.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_up_for_a_blocked_address_but_keys_that_were_good() -> anyhow::Result<()>
{
    let app = app_with(&[("RATE_LIMIT_IP", "3")]).await?;
    let rights = || crate::keys::Rights {
        scopes: &["*"],
        ..Default::default()
    };
    let (_, good) = crate::keys::key_with(&app, rights()).await?;
    let (_, unused) = crate::keys::key_with(&app, rights()).await?;
    assert_eq!(get(&app, &[("X-API-Key", &good)]).await?.status, 404);
    for status in [401, 401, 401, 429] {
        assert_eq!(get(&app, &[("X-API-Key", "guess")]).await?.status, status);
    }
    assert_eq!(get(&app, &[("X-API-Key", &good)]).await?.status, 404);
    let mut db = app.db().await?;
    let locks = "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *db, locks).await?;
    let asked = Instant::now();
    let made_up = people::api_keys::fresh::make()?.text;
    for key in [&made_up, &unused] {
        assert_eq!(
            get(&app, &[("X-API-Key", key)]).await?.refusal(),
            (429, "E304")
        );
    }
    assert!(
        asked.elapsed() < Duration::from_secs(4),
        "a lookup waits for 5 s"
    );
    Ok(())
}

/// Only the head is sent, and the answer comes all the same.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_blocked_client_no_body_is_read() -> anyhow::Result<()> {
    let app = app_with(&[
        ("RATE_LIMIT_IP", "1"),
        ("RATE_LIMIT_USER", "1"),
        ("ADMIN_KEY", "admin-key"),
    ])
    .await?;
    let proof = app.world.chat(7).init_data().await?;
    for headers in [&[][..], &[("X-Telegram-Init-Data", proof.as_str())]] {
        while get(&app, headers).await?.status != 429 {}
    }
    let person = format!("X-Telegram-Init-Data: {proof}\r\n");
    for (method, path, credential, status) in [
        ("POST", "/v1/analyses", person.as_str(), 429),
        ("POST", "/v1/analyses", "", 429),
        ("PATCH", "/v1/users/me", &person, 429),
        ("POST", "/v1/subscriptions/purchase", &person, 429),
        ("POST", "/v1/users/me/deletion", &person, 429),
        ("POST", "/v1/webhooks/payments/tinkoff", "", 429),
        ("POST", "/v1/webhooks/telegram", "", 429),
        ("POST", "/admin/jobs/retry-dead", "", 401),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\n{credential}Content-Type: application/json\r\n\
             Content-Length: 15000000\r\n\r\n"
        );
        let answer = crate::bodies::speak(&app, head.as_bytes(), "request_id").await?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_that_are_none_count_against_the_address_too() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "3")]).await?;
    let large = vec![b' '; 256 * 1024 + 1];
    for (body, status) in [
        (b"[]".to_vec(), 400),
        (large, 413),
        (b"{}".to_vec(), 400),
        (b"{}".to_vec(), 429),
        (b"{}".to_vec(), 429),
    ] {
        let call = app.request(Method::POST, "/v1/webhooks/payments/tinkoff");
        assert_eq!(call.body(body).send().await?.status(), status);
    }
    Ok(())
}

/// Comgate proves nothing of what it sends.
#[tokio::test(flavor = "multi_thread")]
async fn pushes_about_no_payment_of_ours_count_against_the_address_too() -> anyhow::Result<()> {
    let app = app_with(&[("RATE_LIMIT_IP", "3")]).await?;
    for status in [200, 200, 200, 429, 429] {
        let call = app.request(Method::POST, "/v1/webhooks/payments/comgate");
        let push = [
            ("merchant", "123456"),
            ("transId", "AB12-CD34-EF56"),
            ("refId", "0193a0b0-0000-7000-8000-000000000001"),
            ("status", "PAID"),
        ];
        assert_eq!(call.form(&push).send().await?.status(), status);
    }
    Ok(())
}
