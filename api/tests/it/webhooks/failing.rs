//! Endpoints that do not take what is posted to them.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::stub::{Reply, Stub};
use world::TestApp;

use super::{arrived, becomes, hurried, makes, reading, receiver, receiver_with, types};
use crate::money_letters::{address, letters};
use crate::organizations::Person;

const ANN: &str = "ann@example.org";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_comes_again_by_the_same_id_until_it_is() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    // A redirect is not followed: it counts as a failure.
    let to = receiver_with(&[500, 500, 302, 429]).await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    ann.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    let waits = eventually(async || {
        let newest = becomes(&ann, &path, "pending").await?;
        Ok((newest["attempts"] != 0).then_some(newest))
    })
    .await?;
    assert_eq!(waits["response_status"], 500);
    assert!(waits["next_attempt_at"].is_string(), "{waits}");
    let shown = ann.gets(&path).await?;
    assert!(shown.body["failing_since"].is_string(), "{shown:?}");
    hurried(&app, &to, 5).await?;
    let taken = becomes(&ann, &path, "delivered").await?;
    assert_eq!(
        (&taken["attempts"], &taken["next_attempt_at"]),
        (&json!(5), &Value::Null)
    );
    worker.stop().await;
    let mut ids: Vec<String> = to
        .received()
        .iter()
        .map(|call| call.header("webhook-id").to_owned())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let shown = ann.gets(&path).await?;
    assert_eq!(shown.body["failing_since"], Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_attempt_a_delivery_has_failed_and_can_be_replayed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver_with(&[500]).await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    let sent = ann.posts(&format!("{path}/test"), None).await?;
    app.sql("UPDATE webhook_deliveries SET attempts = 9")
        .await?;
    app.drain_jobs().await?;
    let failed = becomes(&ann, &path, "failed").await?;
    assert_eq!(failed["attempts"], 10);
    // It is no dead letter: nothing for an operator to repair.
    let dead = "SELECT count(*) AS count FROM jobs WHERE state = 'dead'";
    assert_eq!(app.count(dead).await?, 0);
    let delivery = sent.body["delivery"].as_str().unwrap_or_default();
    let again = format!("{path}/deliveries/{delivery}/replay");
    let replayed = ann.posts(&again, None).await?;
    assert_eq!(
        (
            replayed.status,
            &replayed.body["status"],
            &replayed.body["attempts"]
        ),
        (202, &json!("pending"), &json!(0))
    );
    app.drain_jobs().await?;
    becomes(&ann, &path, "delivered").await?;
    let calls = arrived(&to, 2).await?;
    assert_eq!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
    let nowhere = format!("{path}/deliveries/{}/replay", uuid::Uuid::nil());
    assert_eq!(ann.posts(&nowhere, None).await?.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_answers_410_is_switched_off_at_once_and_its_owner_is_told()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    address(&app, 7, ANN).await?;
    let (gone, other) = (receiver_with(&[410]).await?, receiver().await?);
    let (path, _) = makes(&ann, &gone, &["plan.changed"]).await?;
    makes(&ann, &other, &["webhook.disabled"]).await?;
    ann.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    let calls = arrived(&other, 1).await?;
    assert_eq!(calls[0].json()?["data"]["why"], "gone");
    let letter = eventually(async || Ok(letters(&app, ANN).await?.pop())).await?;
    assert_eq!(letter["subject"], "Your webhook was switched off");
    let text = letter["text"].as_str().unwrap_or_default();
    assert!(text.contains("127.0.0.1") && text.contains("410"), "{text}");
    worker.stop().await;
    let shown = ann.gets(&path).await?.body;
    assert_eq!(
        (&shown["enabled"], &shown["disabled_why"]),
        (&json!(false), &json!("gone"))
    );
    let refused = ann.posts(&format!("{path}/test"), None).await?;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(gone.received().len(), 1);
    Ok(())
}

/// The owner has moved it while a call was open.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_address_answers_is_not_held_against_the_new_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let old =
        Stub::answering(|_| Reply::new(410, "").after(std::time::Duration::from_secs(2))).await?;
    let new = receiver().await?;
    let (path, _) = makes(&ann, &old, &[]).await?;
    app.sql("UPDATE webhook_endpoints SET failing_since = now() - interval '6 days'")
        .await?;
    ann.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    arrived(&old, 1).await?;
    let moved = json!({ "url": new.url.as_str() });
    let moved = ann.does(Method::PATCH, &path, moved).await?;
    assert_eq!(moved.body["failing_since"], Value::Null, "{moved:?}");
    let failed = becomes(&ann, &path, "failed").await?;
    assert_eq!(failed["response_status"], 410);
    let shown = ann.gets(&path).await?.body;
    assert_eq!(
        (&shown["enabled"], &shown["failing_since"]),
        (&json!(true), &Value::Null)
    );
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_by_telegram_alone_is_told_there_that_an_endpoint_was_switched_off()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let ann = Person::new(&app, 7).await?;
    let (path, _) = makes(&ann, &receiver_with(&[410]).await?, &["plan.changed"]).await?;
    ann.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    chat.waits_for(|text| text.contains("127.0.0.1") && text.contains("410"))
        .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_has_taken_nothing_for_five_days_is_switched_off() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    address(&app, 7, ANN).await?;
    let to = Stub::answering(|_| Reply::new(503, "")).await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    app.sql("UPDATE webhook_endpoints SET failing_since = now() - interval '5 days'")
        .await?;
    for _ in 0..2 {
        ann.posts(&format!("{path}/test"), None).await?;
    }
    let worker = app.worker()?;
    let tried = "SELECT count(*) AS count FROM webhook_deliveries WHERE attempts > 0";
    eventually(async || Ok((app.count(tried).await? == 2).then_some(()))).await?;
    // It may have had nothing to take meanwhile.
    assert_eq!(ann.gets(&path).await?.body["enabled"], true);
    app.sql("UPDATE webhook_deliveries SET attempts = 9 WHERE id = (SELECT id FROM webhook_deliveries ORDER BY id LIMIT 1)")
        .await?;
    // The attempts of the other one end with it.
    let failed = eventually(async || {
        app.sql("UPDATE webhook_deliveries SET next_at = now() WHERE next_at > now()")
            .await?;
        app.hurry().await?;
        let listed = ann
            .gets(&format!("{path}/deliveries?status=failed"))
            .await?;
        let failed = listed.body["deliveries"].as_array().cloned();
        Ok(failed.filter(|all| all.len() == 2))
    })
    .await?;
    let why = |one: &Value| (one["attempts"].clone(), one["error"].clone());
    assert_eq!(why(&failed[1]), (json!(10), Value::Null));
    assert_eq!(failed[0]["error"], "disabled");
    let shown = ann.gets(&path).await?.body;
    assert_eq!(
        (&shown["enabled"], &shown["disabled_why"]),
        (&json!(false), &json!("failing"))
    );
    let letter = eventually(async || Ok(letters(&app, ANN).await?.pop())).await?;
    let text = letter["text"].as_str().unwrap_or_default();
    let day = (Utc::now() - TimeDelta::days(5))
        .format("%Y-%m")
        .to_string();
    assert!(text.contains(&day), "{text}");
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_misses_while_it_is_switched_off_is_kept_and_replayed()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &["reading.created", "reading.ended"]).await?;
    let before = Utc::now() - TimeDelta::minutes(1);
    let off = ann
        .does(Method::PATCH, &path, json!({ "enabled": false }))
        .await?;
    assert_eq!((off.status, &off.body["disabled_why"]), (200, &Value::Null));
    reading(&app, 7).await?;
    let worker = app.worker()?;
    let missed = eventually(async || {
        let listed = ann
            .gets(&format!("{path}/deliveries?status=failed"))
            .await?;
        let missed = listed.body["deliveries"].as_array().cloned();
        Ok(missed.filter(|all| all.len() == 2))
    })
    .await?;
    assert!(
        missed.iter().all(|one| one["error"] == "disabled"),
        "{missed:?}"
    );
    assert_eq!(to.received().len(), 0);
    let again = format!("{path}/replay");
    let wish = json!({ "since": before });
    let refused = ann.posts(&again, wish.clone()).await?;
    assert_eq!(refused.status, 409, "{refused:?}");
    let on = ann
        .does(Method::PATCH, &path, json!({ "enabled": true }))
        .await?;
    assert_eq!(on.body["enabled"], true);
    let replayed = ann.posts(&again, wish).await?;
    assert_eq!(
        (
            replayed.status,
            &replayed.body["replayed"],
            &replayed.body["more"]
        ),
        (202, &json!(2), &json!(false))
    );
    let calls = arrived(&to, 2).await?;
    assert_eq!(types(&calls)?, ["reading.created", "reading.ended"]);
    worker.stop().await;
    for since in [
        Utc::now() + TimeDelta::days(1),
        Utc::now() - TimeDelta::days(31),
    ] {
        let refused = ann.posts(&again, json!({ "since": since })).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{since}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_next_attempt_is_posted_at_once_when_it_is_replayed()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver_with(&[500, 500]).await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    let before = Utc::now() - TimeDelta::minutes(1);
    let sent = ann.posts(&format!("{path}/test"), None).await?;
    let delivery = sent.body["delivery"].as_str().unwrap_or_default();
    let one = format!("{path}/deliveries/{delivery}/replay");
    let all = format!("{path}/replay");
    let worker = app.worker()?;
    for (count, again, wish) in [(1, &one, None), (2, &all, Some(json!({ "since": before })))] {
        arrived(&to, count).await?;
        eventually(async || {
            let newest = becomes(&ann, &path, "pending").await?;
            Ok(newest["next_attempt_at"].is_string().then_some(()))
        })
        .await?;
        // As of the later attempts, which are hours apart.
        app.sql(
            "UPDATE webhook_deliveries SET next_at = now() + interval '1 day';
             UPDATE jobs SET run_at = now() + interval '1 day' WHERE kind = 'webhooks.deliver.v1'",
        )
        .await?;
        let replayed = eventually(async || {
            let replayed = ann.posts(again, wish.clone()).await?;
            let is_begun =
                replayed.body["next_attempt_at"].is_null() && replayed.body["replayed"] != json!(0);
            Ok(is_begun.then_some(replayed))
        })
        .await?;
        assert_eq!(replayed.status, 202, "{replayed:?}");
    }
    becomes(&ann, &path, "delivered").await?;
    worker.stop().await;
    assert_eq!(to.received().len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_listens_the_delivery_says_so_and_waits() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (url, _kept) = testkit::stub::unused_address()?;
    let made = ann
        .posts(super::ENDPOINTS, json!({ "url": url.as_str() }))
        .await?;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("{}/{}", super::ENDPOINTS, made.id()?);
    ann.posts(&format!("{path}/test"), None).await?;
    let worker = app.worker()?;
    let waits = eventually(async || {
        let newest = becomes(&ann, &path, "pending").await?;
        Ok((newest["attempts"] != 0).then_some(newest))
    })
    .await?;
    worker.stop().await;
    assert_eq!(
        (&waits["error"], &waits["response_status"]),
        (&json!("unreachable"), &Value::Null)
    );
    Ok(())
}
