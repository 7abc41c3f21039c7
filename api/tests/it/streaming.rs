//! A reading as its client sees it being written. The AI is the test itself: it says the answer piece
//! by piece.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use readings::growing::Partial;
use readings::news::Snapshot;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::app::{Answer, photo_form};
use world::writer::Writer;
use world::{N8N_KEY, TestApp, World};

const START: &str = r#"{"appropriate": true, "intro": "A bird crosses your cup.", "#;
const REST: &str = r#""sections": [{"title": "Bird", "content": "News is on its way."}, {"title": "Advice", "content": "Rest well."}]}"#;

async fn stage() -> anyhow::Result<(TestApp, Writer)> {
    let mut world = World::new().await?;
    let writer = Writer::stand_in(&mut world).await?;
    Ok((TestApp::start_in(world).await?, writer))
}

fn get(app: &TestApp, path: &str) -> RequestBuilder {
    app.request(Method::GET, path).header("X-API-Key", N8N_KEY)
}

/// An event as it came.
#[derive(Debug, PartialEq)]
struct Event {
    id: Option<i64>,
    name: String,
    data: Value,
}

impl Event {
    fn intro(&self) -> &str {
        self.data["intro"].as_str().unwrap_or_default()
    }
}

/// The events of one client, as they come.
struct Events<S> {
    text: String,
    stream: S,
}

async fn events(
    call: RequestBuilder,
) -> anyhow::Result<Events<impl Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin>> {
    let response = call.send().await?.error_for_status()?;
    Ok(Events {
        text: String::new(),
        stream: Box::pin(response.bytes_stream()),
    })
}

impl<S: Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin> Events<S> {
    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = event(block)?;
                self.text = rest.to_owned();
                if event.is_some() {
                    return Ok(event);
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(60), self.stream.next()).await?;
            match chunk {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk?)?),
                None => return Ok(None),
            }
        }
    }

    /// The events up to one that is `wanted`, with it.
    async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> anyhow::Result<Vec<Event>> {
        let mut seen = Vec::new();
        while let Some(event) = self.next().await? {
            seen.push(event);
            if seen.last().is_some_and(&wanted) {
                return Ok(seen);
            }
        }
        anyhow::bail!("the stream ended after {seen:?}")
    }

    /// The events up to a partial that begins with this intro.
    async fn intro(&mut self, intro: &str) -> anyhow::Result<Vec<Event>> {
        self.until(|event| event.name == "partial" && event.intro() == intro)
            .await
    }

    /// All events to the end of the stream.
    async fn rest(&mut self) -> anyhow::Result<Vec<Event>> {
        let mut seen = Vec::new();
        while let Some(event) = self.next().await? {
            seen.push(event);
        }
        Ok(seen)
    }
}

/// By the rules of the HTML standard, 9.2.6, as far as we use them.
fn event(block: &str) -> anyhow::Result<Option<Event>> {
    let field = |name: &str| {
        let prefix = format!("{name}: ");
        block
            .lines()
            .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
    };
    let (Some(name), Some(data)) = (field("event"), field("data")) else {
        return Ok(None);
    };
    Ok(Some(Event {
        id: field("id").map(|id| id.parse()).transpose()?,
        name,
        data: serde_json::from_str(&data)?,
    }))
}

/// Whether a text or a list of sections is the beginning of the finished one.
fn begins(partial: &Value, whole: &Value) -> bool {
    let is_prefix = |a: &Value, b: &Value| {
        b.as_str()
            .is_some_and(|b| b.starts_with(a.as_str().unwrap_or("?")))
    };
    let list = |reading: &Value| reading["sections"].as_array().cloned().unwrap_or_default();
    let (some, all) = (list(partial), list(whole));
    is_prefix(&partial["intro"], &whole["intro"])
        && some.len() <= all.len()
        && some.iter().zip(&all).all(|(some, all)| {
            is_prefix(&some["title"], &all["title"]) && is_prefix(&some["content"], &all["content"])
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn partials_come_before_the_reading_and_are_its_beginning() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let mut client = events(get(&app, &format!("/v1/analyses/{id}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    writing.says(&START[..36]).await?;
    let mut seen = client.intro("A bi").await?;
    writing.says(&START[36..]).await?;
    seen.extend(client.intro("A bird crosses your cup.").await?);
    writing.says(r#""sections": [{"title": "Bird", "#).await?;
    writing.says(r#""content": "News is on its \u"#).await?;
    let titled = |event: &Event| event.data["sections"][0]["content"] == "News is on its";
    seen.extend(client.until(titled).await?);
    writing
        .says(r#"0077ay."}, {"title": "Advice", "content": "Rest well."}]}"#)
        .await?;
    writing.ends().await?;
    seen.extend(client.rest().await?);
    worker.stop().await;
    let last = seen.pop().expect("an event");
    assert_eq!(last.name, "completed");
    let whole = &last.data["analysis"];
    assert_eq!(whole["sections"][0]["content"], "News is on its way.");
    let (partials, others): (Vec<_>, Vec<_>) =
        seen.iter().partition(|event| event.name == "partial");
    assert!(partials.len() >= 3, "{partials:?}");
    for partial in &partials {
        assert!(begins(&partial.data, whole), "{partial:?}");
        assert_eq!(partial.id, None, "Last-Event-ID stays the revision");
    }
    assert!(
        partials
            .iter()
            .map(|partial| partial.intro().len())
            .is_sorted()
    );
    assert!(
        others
            .iter()
            .all(|event| event.name == "progress" && event.id.is_some())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_is_shown_at_once_what_there_is() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let path = format!("/v1/analyses/{id}/events");
    let mut first = events(get(&app, &path)).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    first.intro("A bird crosses your cup.").await?;
    // Nothing more is said before this one has seen it.
    let mut late = events(get(&app, &path)).await?;
    let seen = late.intro("A bird crosses your cup.").await?;
    assert_eq!(seen.len(), 2, "how far it is, and what there is: {seen:?}");
    // One that comes back has seen how far it is.
    let known = seen[0].id.expect("a revision");
    let back = get(&app, &path).header("Last-Event-ID", known);
    let seen = events(back)
        .await?
        .intro("A bird crosses your cup.")
        .await?;
    assert_eq!(seen.len(), 1, "{seen:?}");
    writing.says(REST).await?;
    writing.ends().await?;
    for client in [&mut first, &mut late] {
        let rest = client.rest().await?;
        assert_eq!(
            rest.last().map(|event| event.name.as_str()),
            Some("completed")
        );
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_taken_back_and_starts_over() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let mut client = events(get(&app, &format!("/v1/analyses/{id}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    writing
        .says(r#"{"appropriate": true, "intro": "Once upon a time"#)
        .await?;
    client.intro("Once upon a time").await?;
    drop(writing);
    // In this attempt or in the next: the vendor that is asked next begins anew.
    let mut writing = loop {
        app.hurry().await?;
        let next = tokio::time::timeout(Duration::from_millis(200), writer.next());
        if let Ok(writing) = next.await {
            break writing?;
        }
    };
    writing.says(START).await?;
    let again = client.intro("A bird crosses your cup.").await?;
    assert!(
        again
            .iter()
            .any(|event| event.name == "partial" && event.intro().is_empty()),
        "{again:?}"
    );
    writing.says(REST).await?;
    writing.ends().await?;
    let rest = client.rest().await?;
    worker.stop().await;
    let ends = rest.iter().filter(|event| event.name == "completed");
    assert_eq!(ends.count(), 1);
    let whole = &rest.last().expect("an event").data["analysis"];
    assert_eq!(whole["intro"], "A bird crosses your cup.");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_attempt_that_was_given_up_still_says_is_not_heard() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let mut client = events(get(&app, &format!("/v1/analyses/{id}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    client.intro("A bird crosses your cup.").await?;
    let says = async |attempt, intro: String| {
        let partial = Partial {
            intro,
            sections: Vec::new(),
        };
        let id = id.parse()?;
        let grown = Snapshot {
            id,
            attempt,
            partial,
        };
        readings::news::publish_snapshot(&app.core.publisher, &grown).await;
        Ok::<_, anyhow::Error>(())
    };
    says(0, "Of an earlier attempt".to_owned()).await?;
    // Nor is what no reading can be as long as.
    says(i64::MAX, "x".repeat(200_000)).await?;
    writing.says(REST).await?;
    writing.ends().await?;
    let rest = client.rest().await?;
    worker.stop().await;
    assert!(
        rest.iter()
            .all(|event| event.name != "partial" || event.intro() == "A bird crosses your cup."),
        "{rest:?}"
    );
    assert_eq!(
        rest.last().map(|event| event.name.as_str()),
        Some("completed")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_is_for_the_owner_alone() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let (me, other) = (
        app.world.chat(7).init_data().await?,
        app.world.chat(8).init_data().await?,
    );
    let mine = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    let theirs = app
        .post_as_person(&other, photo_form(coffee_cup()))
        .await?
        .id()?;
    let mut writing_theirs = writer.next().await?;
    let call = |who: &str, id: &str| {
        app.request(Method::GET, &format!("/v1/analyses/{id}/events"))
            .header("X-Telegram-Init-Data", who)
    };
    let refused = Answer::of(call(&other, &mine).send().await?).await?;
    assert_eq!(refused.refusal(), (404, "E601"));
    let mut owner = events(call(&me, &mine)).await?;
    let mut stranger = events(call(&other, &theirs)).await?;
    writing.says(START).await?;
    owner.intro("A bird crosses your cup.").await?;
    writing_theirs
        .says(r#"{"appropriate": true, "intro": "Yours"#)
        .await?;
    let seen = stranger.intro("Yours").await?;
    let is_mine = |event: &Event| event.data.to_string().contains("A bird");
    assert!(!seen.iter().any(is_mine), "{seen:?}");
    writing.says(REST).await?;
    writing.ends().await?;
    let seen = owner.rest().await?;
    assert!(seen.last().is_some_and(is_mine), "{seen:?}");
    drop(writing_theirs);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_wakes_no_long_poll_and_changes_no_etag() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let path = format!("/v1/analyses/{id}");
    let mut client = events(get(&app, &format!("{path}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    let etag = get(&app, &path).send().await?.headers()["etag"].clone();
    let poll = tokio::spawn(get(&app, &path).header("Prefer", "wait=20").send());
    writing.says(START).await?;
    client.intro("A bird crosses your cup.").await?;
    let same = get(&app, &path).header("If-None-Match", &etag);
    assert_eq!(same.send().await?.status(), 304);
    assert!(!poll.is_finished());
    writing.says(REST).await?;
    writing.ends().await?;
    let answer = Answer::of(poll.await??).await?;
    worker.stop().await;
    assert_eq!(answer.body["status"], "completed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_calls_itself_inappropriate_is_not_shown() -> anyhow::Result<()> {
    let (app, mut writer) = stage().await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let mut client = events(get(&app, &format!("/v1/analyses/{id}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    let refused = r#"{"appropriate": false, "intro": "I will not say this.", "sections": []}"#;
    writing.says(refused).await?;
    writing.ends().await?;
    // It is refused for good, or asked for once more: then nothing was shown before that.
    let path = format!("/v1/analyses/{id}");
    let more = loop {
        app.hurry().await?;
        let next = tokio::time::timeout(Duration::from_millis(200), writer.next());
        if let Ok(writing) = next.await {
            break Some(writing?);
        }
        if app.get_as_service(&path).await?.body["status"] == "failed" {
            break None;
        }
    };
    let seen = match more {
        None => client.rest().await?,
        Some(mut writing) => {
            writing.says(START).await?;
            client.intro("A bird crosses your cup.").await?
        }
    };
    worker.stop().await;
    let is_said = |event: &Event| event.data.to_string().contains("I will not");
    assert!(!seen.iter().any(is_said), "{seen:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_there_are_no_partials_and_all_else_is_told() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let mut writer = Writer::stand_in(&mut world).await?;
    // No server listens there.
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let mut client = events(get(&app, &format!("/v1/analyses/{id}/events"))).await?;
    let worker = app.worker()?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    writing.says(REST).await?;
    writing.ends().await?;
    let seen = client.rest().await?;
    worker.stop().await;
    assert!(seen.iter().all(|event| event.name != "partial"), "{seen:?}");
    let last = seen.last().expect("an event");
    assert_eq!(
        (last.name.as_str(), &last.data["status"]),
        ("completed", &json!("completed"))
    );
    Ok(())
}
