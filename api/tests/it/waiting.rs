//! Waiting for a reading: ETags, long polls and events.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::app::{Answer, photo_form, words_form};
use world::{N8N_KEY, TestApp, World};

fn get(app: &TestApp, path: &str) -> RequestBuilder {
    app.request(Method::GET, path).header("X-API-Key", N8N_KEY)
}

fn header(answer: &Answer, name: &str) -> String {
    let value = answer
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_has_already_is_304_and_a_change_is_not() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let first = Answer::of(get(&app, &path).send().await?).await?;
    let etag = header(&first, "etag");
    assert_eq!(header(&first, "retry-after"), "1");
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"x\", {etag}"),
        "*".to_owned(),
    ] {
        let again = get(&app, &path)
            .header("If-None-Match", &known)
            .send()
            .await?;
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(
            again.headers().get("etag").map(|tag| tag.as_bytes()),
            Some(etag.as_bytes())
        );
        assert!(again.bytes().await?.is_empty());
    }
    // A failure is told in another language: another body.
    let russian = get(&app, &path)
        .header("If-None-Match", &etag)
        .header("Accept-Language", "ru");
    assert_eq!(russian.send().await?.status(), 200);
    app.drain_jobs().await?;
    let after = get(&app, &path)
        .header("If-None-Match", &etag)
        .send()
        .await?;
    assert_eq!(after.status(), 200);
    let after = Answer::of(after).await?;
    assert_eq!(
        header(&after, "retry-after"),
        "",
        "an ended reading need not be asked for again"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_is_answered_when_the_reading_has_ended() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let waiting = tokio::spawn(
        get(&app, &path)
            .header("Prefer", "respond-async, wait=20")
            .send(),
    );
    let worker = app.worker()?;
    let answer = Answer::of(waiting.await??).await?;
    worker.stop().await;
    assert_eq!(answer.body["status"], "completed");
    assert_eq!(header(&answer, "preference-applied"), "wait=20");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_etag_a_long_poll_is_answered_by_the_first_change() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let etag = header(&Answer::of(get(&app, &path).send().await?).await?, "etag");
    let poll = get(&app, &path)
        .header("Prefer", "wait=20")
        .header("If-None-Match", &etag);
    let waiting = tokio::spawn(poll.send());
    let cancel = app
        .request(Method::POST, &format!("{path}/cancel"))
        .header("X-API-Key", N8N_KEY);
    assert_eq!(cancel.send().await?.status(), 200);
    let answer = Answer::of(waiting.await??).await?;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("canceled"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_in_time_with_the_reading_as_it_is() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let begun = Instant::now();
    let answer = Answer::of(get(&app, &path).header("Prefer", "wait=1").send().await?).await?;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("pending"))
    );
    for odd in [
        "wait=soon",
        "wait=-1",
        "wait",
        "wait=99999999999999999999",
        "wait=0",
    ] {
        let answer = Answer::of(get(&app, &path).header("Prefer", odd).send().await?).await?;
        assert_eq!(answer.status, 200, "{odd}");
        assert_eq!(header(&answer, "preference-applied"), "", "{odd}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_without_redis_too() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    // No server listens there.
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let waiting = tokio::spawn(get(&app, &path).header("Prefer", "wait=20").send());
    let worker = app.worker()?;
    let answer = Answer::of(waiting.await??).await?;
    worker.stop().await;
    assert_eq!(answer.body["status"], "completed");
    Ok(())
}

/// An event as it came.
#[derive(Debug)]
struct Event {
    id: i64,
    name: String,
    data: Value,
}

/// Reads a stream to its end, or until there are `enough` events.
async fn events(response: reqwest::Response, enough: usize) -> anyhow::Result<Vec<Event>> {
    let (mut text, mut stream) = (String::new(), response.bytes_stream());
    loop {
        let found = parsed(&text)?;
        if found.len() >= enough {
            return Ok(found);
        }
        match stream.next().await {
            Some(chunk) => text.push_str(std::str::from_utf8(&chunk?)?),
            None => return Ok(found),
        }
    }
}

/// By the rules of the HTML standard, 9.2.6, as far as we use them.
fn parsed(text: &str) -> anyhow::Result<Vec<Event>> {
    let (whole, _) = text.rsplit_once("\n\n").unwrap_or_default();
    let mut found = Vec::new();
    for block in whole.split("\n\n") {
        let field = |name: &str| {
            let prefix = format!("{name}: ");
            block
                .lines()
                .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
        };
        if let (Some(name), Some(data)) = (field("event"), field("data")) {
            let id = field("id").unwrap_or_default().parse().unwrap_or(-1);
            found.push(Event {
                id,
                name,
                data: serde_json::from_str(&data)?,
            });
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_each_step_and_end_with_the_reading() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let stream = get(&app, &format!("/v1/analyses/{id}/events"))
        .send()
        .await?;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "private, no-store");
    let worker = app.worker()?;
    let mut told = events(stream, usize::MAX).await?;
    worker.stop().await;
    // What is being written is between them, or not.
    told.retain(|event| event.name != "partial");
    let last = told.last().expect("an event");
    assert_eq!(
        (last.name.as_str(), &last.data["status"]),
        ("completed", &json!("completed"))
    );
    assert!(last.data["analysis"]["intro"].is_string());
    let steps: Vec<_> = told
        .iter()
        .map(|event| event.data["progress"]["done"].as_i64())
        .collect();
    assert!(steps.is_sorted(), "{steps:?}");
    assert!(steps.len() >= 4, "{steps:?}");
    assert_eq!(told[0].data["progress"]["step"], "queued");
    assert!(
        told.windows(2).all(|pair| pair[0].id < pair[1].id),
        "{told:?}"
    );
    assert!(
        told[..told.len() - 1]
            .iter()
            .all(|event| event.name == "progress")
    );
    Ok(())
}

/// No worker runs: the first event has to arrive while nothing follows it.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_at_once_and_plain_whatever_the_client_accepts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let call = get(&app, &format!("/v1/analyses/{id}/events"));
    let stream = call
        .header("Accept-Encoding", "gzip, br, zstd")
        .send()
        .await?;
    assert!(!stream.headers().contains_key("content-encoding"));
    assert_eq!(events(stream, 1).await?[0].name, "progress");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_what_they_missed_and_who_saw_the_end_is_sent_home()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}/events");
    let first = events(get(&app, &path).send().await?, 1).await?;
    app.drain_jobs().await?;
    let back = get(&app, &path).header("Last-Event-ID", first[0].id);
    let missed = events(back.send().await?, usize::MAX).await?;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].name, "completed");
    let home = get(&app, &path)
        .header("Last-Event-ID", missed[0].id)
        .send()
        .await?;
    assert_eq!(home.status(), 204);
    for odd in ["999999", "-3", "abc"] {
        let again = get(&app, &path).header("Last-Event-ID", odd).send().await?;
        assert_eq!(events(again, usize::MAX).await?.len(), 1, "{odd}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_reading_is_deleted_and_is_for_its_owner_alone() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app.post_as_person(&me, words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}/events");
    let other = app.world.chat(8).init_data().await?;
    let stranger = app.as_person(&other, Method::GET, &path, None).await?;
    assert_eq!(stranger.refusal(), (404, "E601"));
    let call = app
        .request(Method::GET, &path)
        .header("X-Telegram-Init-Data", &me);
    let stream = call.send().await?;
    app.as_person(&me, Method::DELETE, &format!("/v1/analyses/{id}"), None)
        .await?;
    let told = events(stream, usize::MAX).await?;
    assert_eq!(
        told.last().map(|event| event.name.as_str()),
        Some("deleted")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_hold_no_connection_and_are_all_told_by_one_look() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_POOL_SIZE", 2);
    let app = TestApp::start_in(world).await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}/events");
    let calls = (0..100).map(async |_| get(&app, &path).send().await);
    let streams = futures_util::future::try_join_all(calls).await?;
    // With two connections for a hundred who wait, others are answered at once.
    let waiting: Vec<_> = streams
        .into_iter()
        .map(|one| tokio::spawn(events(one, usize::MAX)))
        .collect();
    assert_eq!(
        get(&app, &format!("/v1/analyses/{id}"))
            .send()
            .await?
            .status(),
        200
    );
    app.drain_jobs().await?;
    for one in waiting {
        let told = one.await??;
        assert_eq!(
            told.last().map(|event| event.name.as_str()),
            Some("completed")
        );
    }
    Ok(())
}
