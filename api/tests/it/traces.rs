//! Traces: what a collector is sent of a request, its jobs and their calls.

use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use testkit::stub::{Reply, Stub};
use world::app::{Answer, words_form};
use world::traces::{Collector, Seen};
use world::{N8N_KEY, TestApp, World};

/// The example of W3C Trace Context.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-{CALLER}-{flags}")
}

async fn world_with(collector: &Collector) -> anyhow::Result<World> {
    let mut world = World::new().await?;
    world.set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    Ok(world)
}

/// The status of a request with this `traceparent`.
async fn ask(app: &TestApp, id: &str, traceparent: &str) -> anyhow::Result<u16> {
    let call = app
        .request(Method::GET, "/v1/users/me")
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("X-Request-Id", id)
        .header("traceparent", traceparent);
    Ok(call.send().await?.status().as_u16())
}

fn by_request<'a>(spans: &'a [Seen], id: &str) -> Option<&'a Seen> {
    let named = |span: &&Seen| {
        let given = span.attributes.get("symancy.request_id");
        given.is_some_and(|given| given == id)
    };
    spans.iter().find(named)
}

/// The names of a span and of all above it, from the lowest to the request.
fn chain(spans: &[Seen], lowest: &Seen) -> Vec<String> {
    let (mut names, mut at) = (vec![lowest.name.clone()], lowest);
    while let Some(above) = spans.iter().find(|span| span.id == at.parent) {
        names.push(above.name.clone());
        at = above;
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_its_jobs_and_their_calls_of_vendors_are_one_trace() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let collector = Collector::start().await?;
    let app = TestApp::start_in(world_with(&collector).await?).await?;
    let _worker = app.worker()?;
    let words = "SECRETWORDS of a person";
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", N8N_KEY)
        .header("traceparent", parent("01"));
    let form = words_form(words).text("telegram_user_id", "7");
    let id = Answer::of(call.multipart(form).send().await?).await?.id()?;
    app.ended(&id).await?;
    let is_call = |span: &&Seen| {
        span.attributes
            .get("peer.service")
            .is_some_and(|it| it == "openrouter")
    };
    // The job ends a moment after its reading.
    let (spans, names) = eventually(async || {
        let spans = collector.spans().await?;
        let called = spans.iter().find(is_call);
        let names = called.map(|called| chain(&spans, called));
        let names = names.filter(|names| names.last().is_some_and(|it| it == "POST /v1/analyses"));
        Ok(names.map(|names| (spans, names)))
    })
    .await?;
    let [called, jobs @ .., _] = &names[..] else {
        anyhow::bail!("{names:?}");
    };
    assert_eq!(called, "POST openrouter");
    assert!(!jobs.is_empty(), "{names:?}");
    assert!(
        jobs.iter().all(|name| name.starts_with("job ")),
        "{names:?}"
    );
    let request = spans.iter().find(|span| span.name == "POST /v1/analyses");
    let request = request.expect("the end of the chain");
    assert_eq!(
        (request.trace.as_str(), request.parent.as_str()),
        (TRACE, CALLER)
    );
    assert_eq!(request.attributes["http.response.status_code"], "202");
    let called = spans
        .iter()
        .find(is_call)
        .expect("the beginning of the chain");
    assert_eq!(called.trace, TRACE);
    assert_eq!(called.attributes["http.response.status_code"], "200");
    for span in &spans {
        assert_eq!(span.service, "symancy");
        let shown = format!("{span:?}");
        for personal in [words, world::BOT_TOKEN, N8N_KEY] {
            assert!(!shown.contains(personal), "{shown}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_is_told_of_the_span_that_calls_it() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let collector = Collector::start().await?;
    let list = Stub::answering(|_| Reply::new(200, format!("{}:1", "0".repeat(35)))).await?;
    let mut world = world_with(&collector).await?;
    world.set(
        "LEAKED_PASSWORDS_URL",
        list.url.as_str().trim_end_matches('/'),
    );
    let app = TestApp::start_in(world).await?;
    let wish = json!({ "email": "ann@example.org", "password": "four unusual words hang here" });
    let call = app
        .request(Method::POST, "/v1/auth/register")
        .header("X-Request-Id", "of-the-test")
        .header("traceparent", parent("01"))
        .json(&wish);
    assert_eq!(call.send().await?.status(), 202);
    let told = list.only()?.header("traceparent").to_owned();
    let spans = collector.spans().await?;
    let request = by_request(&spans, "of-the-test").expect("the request is kept");
    let called = spans
        .iter()
        .find(|span| span.parent == request.id && span.name.starts_with("GET "));
    let called = called.expect("the call is kept");
    assert_eq!(told, format!("00-{TRACE}-{}-01", called.id));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_a_customer_is_told_of_no_span() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let collector = Collector::start().await?;
    let to = Stub::answering(|_| Reply::new(204, "")).await?;
    let app = TestApp::start_in(world_with(&collector).await?).await?;
    let me = app.world.chat(7).init_data().await?;
    let wish = Some(json!({ "url": to.url.as_str() }));
    let made = app.as_person(&me, Method::POST, "/v1/webhook-endpoints", wish);
    let path = format!("/v1/webhook-endpoints/{}/test", made.await?.id()?);
    assert_eq!(
        app.as_person(&me, Method::POST, &path, None).await?.status,
        202
    );
    app.drain_jobs().await?;
    assert_eq!(to.only()?.header("traceparent"), "");
    let spans = collector.spans().await?;
    let called = spans.iter().find(|span| span.name == "POST webhook");
    assert!(called.is_some(), "{spans:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_does_not_keep_is_not_sent() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let collector = Collector::start().await?;
    let app = TestApp::start_in(world_with(&collector).await?).await?;
    assert_eq!(ask(&app, "not-to-be-kept", &parent("00")).await?, 200);
    assert_eq!(ask(&app, "to-be-kept", &parent("01")).await?, 200);
    let spans = eventually(async || {
        let spans = collector.spans().await?;
        Ok(by_request(&spans, "to-be-kept").is_some().then_some(spans))
    })
    .await?;
    assert!(by_request(&spans, "not-to-be-kept").is_none(), "{spans:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_traceparent_is_replaced_by_a_trace_of_our_own() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let collector = Collector::start().await?;
    let app = TestApp::start_in(world_with(&collector).await?).await?;
    let upper = parent("01").to_uppercase();
    assert_eq!(ask(&app, "of-the-test", &upper).await?, 200);
    let span = eventually(async || {
        let spans = collector.spans().await?;
        Ok(by_request(&spans, "of-the-test").cloned())
    })
    .await?;
    assert_eq!(span.parent, "");
    assert_eq!(span.trace.len(), 32);
    assert_ne!(span.trace, TRACE);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_while_the_collector_is_away() -> anyhow::Result<()> {
    if !world::has_own_process() {
        return Ok(());
    }
    let mut world = World::new().await?;
    // Nothing listens there.
    world.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    for id in ["before-the-export", "behind-the-export"] {
        assert_eq!(ask(&app, id, &parent("01")).await?, 200);
        world::flush_telemetry().await?;
    }
    Ok(())
}
