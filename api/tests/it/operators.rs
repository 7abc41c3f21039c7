//! What operators see of the API: metrics, the log, Sentry, the security log. The real program, as it is
//! deployed.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::stub::{Reply, Stub};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use world::{TestApp, World};

use crate::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_on_a_listener_of_their_own() -> anyhow::Result<()> {
    let program = Program::start(World::new().await?).await?;
    let url = format!("http://{}/metrics", program.metrics);
    let shown = program.world.http.get(url).send().await?.text().await?;
    assert!(
        shown.contains("http_request_duration_seconds_count"),
        "{shown}"
    );
    let public = program.request(Method::GET, "/metrics").send().await?;
    assert_eq!(public.status(), 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_describes_us_is_public_only_as_the_operator_wants_it() -> anyhow::Result<()> {
    let paths = ["/metrics", "/docs", "/docs/", "/openapi.json"];
    for (metrics, docs) in [(true, false), (false, true)] {
        let mut world = World::new().await?;
        world.set("API_METRICS_IN_PUBLIC", metrics);
        world.set("API_DOCS", docs);
        world.set("RATE_LIMIT_IP", 1_000);
        let app = TestApp::start_in(world).await?;
        for path in paths {
            let answer = app.request(Method::GET, path).send().await?;
            let there = if path == "/metrics" { metrics } else { docs };
            assert_eq!(answer.status(), if there { 200 } else { 404 }, "{path}");
            let counted = answer.headers().contains_key("ratelimit");
            assert_eq!(counted, there, "{path}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_method_route_and_request_in_the_log_and_at_sentry() -> anyhow::Result<()> {
    let sentry = Stub::answering(|_| Reply::json(200, &json!({}))).await?;
    let mut world = World::new().await?;
    let address = sentry.url.as_str().trim_end_matches('/');
    let dsn = address.replace("http://", "http://key@");
    world.set("SENTRY_DSN", format!("{dsn}/1"));
    world.set("GIT_SHA", "0123abc");
    let program = Program::start(world).await?;
    let mut db = program.world.core()?.db.get().await?;
    let breaks = "ALTER TABLE analysis_history RENAME TO gone";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *db, breaks).await?;
    let id = "00000000-0000-0000-0000-000000000000";
    let call = program
        .request(Method::GET, &format!("/v1/analyses/{id}"))
        .header("X-API-Key", "n8n-key")
        .header("X-Request-Id", "of-the-test-17");
    assert_eq!(call.send().await?.status(), 500);
    let named = |of: &Value| {
        let field = |name: &str| of[name].as_str().unwrap_or_default().to_owned();
        [field("method"), field("route"), field("request_id")]
    };
    let wanted = ["GET", "/v1/analyses/{id}", "of-the-test-17"].map(str::to_owned);
    let errors = program.lines("level", "ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(named(&errors[0]["span"]), wanted, "{errors:?}");
    let event = eventually(async || {
        let envelopes = sentry.received().into_iter();
        let texts = envelopes.map(|one| String::from_utf8_lossy(&one.body).into_owned());
        let lines: Vec<String> = texts.flat_map(|one| own_lines(&one)).collect();
        let events = lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        Ok(events
            .into_iter()
            .find(|event: &Value| event["exception"].is_object()))
    })
    .await?;
    assert_eq!(named(&event["tags"]), wanted, "{event}");
    assert_eq!(event["release"], "0123abc");
    assert!(!event.to_string().contains(id), "{event}");
    Ok(())
}

fn own_lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// What scanners send to any open port.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_refused_and_writes_no_line() -> anyhow::Result<()> {
    let program = Program::start(World::new().await?).await?;
    let before = program.log().lines().count();
    let long = [
        b"GET /".to_vec(),
        vec![b'x'; 200_000],
        b" HTTP/1.1\r\n\r\n".to_vec(),
    ]
    .concat();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello of TLS \r\n\r\n"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\xff\xfe HTTP/1.1\r\n\r\n",
        &long,
    ] {
        let mut stream = TcpStream::connect(&program.address).await?;
        let mut answer = Vec::new();
        let talk = async {
            // The API may close before it has read everything.
            let _ = stream.write_all(garbage).await;
            let _ = stream.read_to_end(&mut answer).await;
        };
        tokio::time::timeout(Duration::from_secs(20), talk).await?;
        let answer = String::from_utf8_lossy(&answer);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{:?}: {answer}", String::from_utf8_lossy(garbage));
    }
    assert_eq!(
        program
            .request(Method::GET, "/v1/health")
            .send()
            .await?
            .status(),
        200
    );
    let log = program.log();
    assert_eq!(log.lines().count(), before, "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_credential_is_a_line_of_the_security_log_and_the_next_ones_are_none()
-> anyhow::Result<()> {
    const ADMIN: &str = "admin-key-of-the-tests";
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", ADMIN);
    world.set("LOG_LEVEL", "error");
    let program = Program::start(world).await?;
    let proof = program.world.chat(7).init_data().await?;
    let of_key = "/v1/users/me";
    let key = "sym_AbCdEfGh_0123456789";
    for (path, header, value, agent, status) in [
        (of_key, "X-API-Key", key, "a", 401),
        (of_key, "X-Telegram-Init-Data", "hash=00", "a", 401),
        (of_key, "X-Telegram-Init-Data", &proof, "first", 200),
        (of_key, "X-Telegram-Init-Data", &proof, "second", 401),
        (
            "/v1/webhooks/telegram",
            "X-Telegram-Bot-Api-Secret-Token",
            "guess",
            "a",
            401,
        ),
        ("/v1/webhooks/payments/tinkoff", "X-Nothing", "", "a", 401),
        ("/admin", "X-Admin-Key", "guess", "a", 401),
        ("/admin", "X-Admin-Key", ADMIN, "a", 200),
    ] {
        for _ in 0..3 {
            let method = if path.contains("webhooks") {
                Method::POST
            } else {
                Method::GET
            };
            let call = program.request(method, path).header(header, value);
            let call = call.header("User-Agent", agent);
            let forged = json!({ "TerminalKey": "SandboxDEMO", "Token": "00" });
            let call = if path.ends_with("tinkoff") {
                call.json(&forged)
            } else {
                call
            };
            let call = call.header("X-Request-Id", "of-the-test");
            assert_eq!(call.send().await?.status(), status, "{path} {header}");
        }
    }
    let lines = program.lines("message", "security");
    let events: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    let wanted = [
        "admin_at_new_address",
        "forged_webhook",
        "replayed_init_data",
        "wrong_admin_key",
        "wrong_init_data",
        "wrong_key",
    ];
    assert_eq!(events.into_iter().collect::<Vec<_>>(), wanted, "{lines:#?}");
    assert_eq!(lines.len(), wanted.len(), "one each: {lines:#?}");
    for line in &lines {
        assert_eq!(line["target"], "security", "{line}");
        assert_eq!(line["address"], "127.0.0.1", "{line}");
        assert_eq!(line["request_id"], "of-the-test", "{line}");
        assert!(line["span"]["route"].is_string(), "{line}");
    }
    let wrong = program.lines("event", "wrong_key");
    assert_eq!(wrong[0]["key"], "sym_AbCdEfGh");
    let log = program.log();
    for secret in ["0123456789", "hash=00", "guess", ADMIN, &proof] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    let url = format!("http://{}/metrics", program.metrics);
    let metrics = program.world.http.get(url).send().await?.text().await?;
    assert!(
        metrics.contains("security_events_total{event=\"wrong_key\"} 3"),
        "{metrics}"
    );
    Ok(())
}
