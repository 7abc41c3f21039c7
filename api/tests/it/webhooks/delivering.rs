//! What happens to an account arrives at its endpoints.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::stub::{Reply, Stub};
use webhooks::jobs::Deliver;
use world::TestApp;
use world::app::Answer;

use super::{ENDPOINTS, arrived, becomes, makes, reading, receiver, secret, signature, types};
use crate::organizations::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_accepted_and_ends_is_told_signed_by_standard_webhooks()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, secret) = makes(&ann, &to, &[]).await?;
    let id = reading(&app, 7).await?;
    let worker = app.worker()?;
    let calls = arrived(&to, 2).await?;
    assert_eq!(types(&calls)?, ["reading.created", "reading.ended"]);
    for call in &calls {
        assert_eq!(call.line(), "POST /");
        assert_eq!(call.header("content-type"), "application/json");
        assert_eq!(call.header("webhook-signature"), signature(call, &secret)?);
        let body = call.json()?;
        assert_eq!(body["id"], call.header("webhook-id"));
        assert_eq!(body["account_id"], json!(ann.id));
        assert_eq!(body["data"]["reading"], json!(id));
        let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(
            names,
            [
                "id",
                "type",
                "version",
                "occurred_at",
                "account_id",
                "subject",
                "data"
            ]
        );
    }
    let newest = becomes(&ann, &path, "delivered").await?;
    assert_eq!(
        (
            &newest["attempts"],
            &newest["response_status"],
            &newest["error"]
        ),
        (&json!(1), &json!(204), &Value::Null)
    );
    worker.stop().await;
    assert_eq!(to.received().len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_the_events_that_it_names_of_its_own_account_since_it_was_made()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    reading(&app, 7).await?;
    let (named, of_bob) = (receiver().await?, receiver().await?);
    makes(&ann, &named, &["reading.created"]).await?;
    makes(&bob, &of_bob, &[]).await?;
    let (first, second) = (reading(&app, 7).await?, reading(&app, 7).await?);
    let worker = app.worker()?;
    let calls = arrived(&named, 2).await?;
    assert_eq!(types(&calls)?, ["reading.created", "reading.created"]);
    let mut readings = Vec::new();
    for call in &calls {
        readings.push(call.json()?["data"]["reading"].clone());
    }
    assert!(readings.contains(&json!(first)) && readings.contains(&json!(second)));
    // When all events have been read nothing more has come.
    let ended = "SELECT count(*) AS count FROM events WHERE name = 'reading.ended'";
    eventually(async || Ok((app.count(ended).await? == 3).then_some(()))).await?;
    let read = "SELECT count(*) AS count FROM events, event_cursors AS place
                WHERE place.name = 'webhooks' AND (events.tx, events.seq) > (place.tx, place.seq)";
    eventually(async || Ok((app.count(read).await? == 0).then_some(()))).await?;
    worker.stop().await;
    assert_eq!(named.received().len(), 2);
    assert_eq!(of_bob.received().len(), 0);
    Ok(())
}

/// The cursor was set back: deliveries are kept for 30 days, and nothing says whether older events were delivered.
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_longer_ago_than_deliveries_are_kept_is_not_posted() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    makes(&ann, &to, &["plan.changed"]).await?;
    app.sql(&format!(
        "SELECT events_make_months(now() - interval '31 days', 1);
         UPDATE webhook_endpoints SET created_at = now() - interval '40 days';
         INSERT INTO events (id, name, version, occurred_at, account_id, data)
         SELECT gen_random_uuid(), 'plan.changed', 1, now() - make_interval(days => ago), '{}', jsonb_build_object('ago', ago)
         FROM unnest('{{31, 29}}'::int[]) AS ago",
        ann.id
    ))
    .await?;
    let worker = app.worker()?;
    let calls = arrived(&to, 1).await?;
    assert_eq!(calls[0].json()?["data"]["ago"], 29);
    worker.stop().await;
    let all = "SELECT count(*) AS count FROM webhook_deliveries";
    assert_eq!(app.count(all).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_deliver_each_event_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &["reading.created"]).await?;
    let workers = [app.worker()?, app.worker()?];
    for _ in 0..5 {
        reading(&app, 7).await?;
    }
    arrived(&to, 5).await?;
    eventually(async || {
        let listed = ann
            .gets(&format!("{path}/deliveries?status=delivered"))
            .await?;
        let count = listed.body["deliveries"].as_array().map_or(0, Vec::len);
        Ok((count == 5).then_some(()))
    })
    .await?;
    for worker in workers {
        worker.stop().await;
    }
    let mut ids: Vec<String> = to
        .received()
        .iter()
        .map(|call| call.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 5);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    Ok(())
}

/// The handler runs twice for one job: the second finds nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_what_is_delivered_already_posts_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    assert_eq!(ann.posts(&format!("{path}/test"), None).await?.status, 202);
    app.drain_jobs().await?;
    let done = app.states::<Deliver>().await?;
    assert_eq!(done.len(), 1, "{done:?}");
    app.sql(
        "UPDATE jobs SET state = 'queued', finished_at = NULL WHERE kind = 'webhooks.deliver.v1'",
    )
    .await?;
    app.drain_jobs().await?;
    assert_eq!(to.received().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_to_its_endpoint_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (tried, other) = (receiver().await?, receiver().await?);
    let (path, _) = makes(&ann, &tried, &["plan.changed"]).await?;
    makes(&ann, &other, &[]).await?;
    let sent = ann.posts(&format!("{path}/test"), None).await?;
    assert_eq!(sent.status, 202, "{sent:?}");
    app.drain_jobs().await?;
    let call = tried.only()?;
    let body = call.json()?;
    assert_eq!(body["type"], "webhook.tested");
    assert!(path.ends_with(body["data"]["endpoint"].as_str().unwrap_or("none")));
    let newest = becomes(&ann, &path, "delivered").await?;
    assert_eq!(newest["id"], sent.body["delivery"]);
    assert_eq!(other.received().len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_replaced_the_last_two_sign_and_after_the_overlap_the_new_one_alone()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, mut old) = makes(&ann, &to, &[]).await?;
    let rotates = async |overlap: i64| {
        let wish = json!({ "overlap_seconds": overlap });
        let rotated = ann.posts(&format!("{path}/rotate-secret"), wish).await?;
        assert_eq!(rotated.status, 201, "{rotated:?}");
        ann.posts(&format!("{path}/test"), None).await?;
        app.drain_jobs().await?;
        let calls = to.received();
        let call = calls.last().cloned().expect("a call");
        anyhow::Ok((secret(&rotated.body)?, call))
    };
    for _ in 0..2 {
        let (new, call) = rotates(3600).await?;
        let both = format!("{} {}", signature(&call, &new)?, signature(&call, &old)?);
        assert_eq!(call.header("webhook-signature"), both);
        old = new;
    }
    // At once: without an overlap.
    let (newest, call) = rotates(0).await?;
    assert_eq!(call.header("webhook-signature"), signature(&call, &newest)?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_holds_up_its_own_deliveries_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let slow = Stub::answering(|_| Reply::new(204, "").after(Duration::from_secs(3))).await?;
    let quick = receiver().await?;
    let (held, _) = makes(&ann, &slow, &["plan.changed"]).await?;
    let (free, _) = makes(&ann, &quick, &["plan.changed"]).await?;
    for _ in 0..12 {
        ann.posts(&format!("{held}/test"), None).await?;
    }
    for _ in 0..3 {
        ann.posts(&format!("{free}/test"), None).await?;
    }
    let worker = app.worker()?;
    arrived(&quick, 3).await?;
    assert!(slow.most_open() <= 2, "{}", slow.most_open());
    // Nothing more is to be done.
    assert_eq!(ann.does(Method::DELETE, &held, None).await?.status, 204);
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_endpoints_are_all_slow_holds_up_no_other_account() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let slow = Stub::answering(|_| Reply::new(204, "").after(Duration::from_secs(4))).await?;
    let quick = receiver().await?;
    for _ in 0..5 {
        let (path, _) = makes(&ann, &slow, &["plan.changed"]).await?;
        for _ in 0..2 {
            let sent = ann.posts(&format!("{path}/test"), None).await?;
            assert_eq!(sent.status, 202, "{sent:?}");
        }
    }
    let (path, _) = makes(&bob, &quick, &["plan.changed"]).await?;
    bob.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    arrived(&quick, 1).await?;
    // Before the first of the others are answered.
    assert!(slow.received().len() <= 4, "{}", slow.received().len());
    arrived(&slow, 5).await?;
    assert!(slow.most_open() <= 4, "{}", slow.most_open());
    app.sql("DELETE FROM webhook_endpoints").await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_hears_of_what_happens_to_itself() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let club = ann.founds("Cup & Co").await?;
    ann.takes_in(&club, &bob, "viewer").await?;
    let account = club.trim_start_matches("/v1/organizations/");
    let to = receiver().await?;
    let as_club = async |telegram_id: i64, path: &str, body: Option<&Value>| {
        let init_data = app.world.chat(telegram_id).init_data().await?;
        let call = app
            .request(Method::POST, path)
            .header("X-Telegram-Init-Data", init_data)
            .header("X-Account-Id", account);
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        Answer::of(call.send().await?).await
    };
    let wish = json!({ "url": to.url.as_str() });
    let refused = as_club(8, ENDPOINTS, Some(&wish)).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    let made = as_club(7, ENDPOINTS, Some(&wish)).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("{ENDPOINTS}/{}", made.id()?);
    // It is none of the owner's own account.
    assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    let sent = as_club(7, &format!("{path}/test"), None).await?;
    assert_eq!(sent.status, 202, "{sent:?}");
    app.drain_jobs().await?;
    assert_eq!(to.only()?.json()?["account_id"], json!(account));
    // With the organization its endpoints end.
    assert_eq!(ann.does(Method::DELETE, &club, None).await?.status, 204);
    let left = "SELECT count(*) AS count FROM webhook_endpoints";
    assert_eq!(app.count(left).await?, 0);
    Ok(())
}
