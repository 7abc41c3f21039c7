//! Copies of a person's data.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use jobs::{JobState, ledger};
use people::privacy::jobs::ExportData;
use people::privacy::jobs::SweepArchives;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::pictures::{coffee_cup, drawn_cup};
use vendors::storage::Body;
use world::app::{Answer, photo_form, words_form};
use world::{N8N_KEY, TestApp};

use crate::organizations::Person;

use super::{again, archive, ask, ask_export, fetch, objects_with, show_export};

/// A plan, a payment, feedback and a consent of person 7, which no path of the API writes here.
const HISTORY: &str = "
    INSERT INTO subscriptions (user_id, tier, current_period_end)
        SELECT id, 'BASIC', '2030-01-01Z' FROM users WHERE telegram_id = 7;
    INSERT INTO payments (user_id, provider, external_id, amount, tier, status, metadata)
        SELECT id, 'sbp_tinkoff', 'bank-17', 299.90, 'BASIC', 'succeeded', '{\"secret\": 1}'
        FROM users WHERE telegram_id = 7;
    UPDATE analysis_history SET user_rating = 5, feedback_text = 'It came true'
        WHERE user_id = (SELECT id FROM users WHERE telegram_id = 7);
    UPDATE users SET consent_terms = TRUE, consent_privacy = FALSE, consent_privacy_version = NULL,
        consent_terms_at = '2026-01-02T03:04:05Z'
        WHERE telegram_id = 7";

fn moment(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().expect("a moment");
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no moment"))
}

/// Both send a program of their own.
#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_a_member_shows_what_was_done_to_them_and_nothing_of_who_did_it()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let club = ann.founds("Cup & Co").await?;
    ann.takes_in(&club, &bob, "member").await?;
    let proof = app.world.chat(7).init_data().await?;
    let call = app.request(Method::PATCH, &format!("{club}/members/{}", bob.id));
    let call = call.header("X-Telegram-Init-Data", proof);
    let made = call.json(&json!({ "role": "viewer" })).send().await?;
    assert_eq!(made.status(), 204);
    let copy = async |whom: i64| {
        let export = ask_export(&app, whom).await?;
        app.drain_jobs().await?;
        let (data, _) = archive(&app, whom, &export).await?;
        let lines = data["activity"].as_array().cloned().unwrap_or_default();
        let line = lines
            .into_iter()
            .find(|line| line["action"] == "member_role_changed");
        anyhow::Ok(line.unwrap_or_default())
    };
    let (of_bob, of_ann) = (copy(8).await?, copy(7).await?);
    assert_eq!(of_bob["actor"], "person");
    assert_eq!(
        (&of_bob["ip_address"], &of_bob["user_agent"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(of_ann["ip_address"], "127.0.0.1");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_everything_of_its_person_and_nothing_of_others() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("my secret wish", "en").await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let other = app.world.chat(8).init_data().await?;
    let others = app
        .post_as_person(&other, words_form("another's words"))
        .await?;
    app.drain_chat().await?;
    app.sql(HISTORY).await?;
    let export = ask_export(&app, 7).await?;
    app.drain_jobs().await?;

    let (data, photos) = archive(&app, 7, &export).await?;
    let [(name, photo)] = &photos[..] else {
        panic!("{} photos", photos.len());
    };
    assert_eq!(*name, format!("photos/{id}.png"));
    let pixels = |photo: &[u8]| image::load_from_memory(photo);
    assert_eq!(pixels(photo)?, pixels(&coffee_cup())?);
    // The names of the design document's `UserDataExport`, section 6.2.
    let person = &data["personal_data"];
    assert_eq!(person["id"], json!(app.user_id(7).await?));
    assert_eq!(
        (&person["telegram_id"], &person["first_name"]),
        (&json!(7), &json!("Ann"))
    );
    assert_eq!(
        (&person["language_code"], person["created_at"].is_string()),
        (&json!("en"), true)
    );
    assert_eq!(data["subscription_data"]["tier"], "BASIC");
    let history = data["analysis_history"].as_array().expect("a list");
    assert_eq!(history.len(), 1);
    assert_eq!(
        (&history[0]["id"], &history[0]["focus_area"]),
        (&json!(id), &json!("general"))
    );
    let shown = app
        .get_as_service(&format!("/v1/analyses/{id}"))
        .await?
        .body;
    assert_eq!(history[0]["analysis"], shown["analysis"]);
    for internal in ["model_used", "tokens_used", "cost_usd", "image_url"] {
        assert_eq!(history[0].get(internal), None, "{internal}");
    }
    assert!(history[0]["vision"]["patterns"].is_array());
    let calls = data["ai_calls"].as_array().expect("a list");
    assert!(
        calls
            .iter()
            .any(|call| call["recipient"].is_string() && call["cost_usd"].is_number())
    );
    assert_eq!(data["usage"]["daily_analyses_used"], 1);
    let paid = &data["payment_history"][0];
    assert_eq!(
        (
            &paid["amount"],
            &paid["currency"],
            &paid["status"],
            paid.get("metadata")
        ),
        (&json!(299.90), &json!("RUB"), &json!("succeeded"), None)
    );
    assert_eq!(
        data["feedback"],
        json!([{ "analysis_id": id, "rating": 5, "text": "It came true" }])
    );
    let terms = &data["consents"]["terms_of_use"];
    assert_eq!(terms["accepted"], true);
    assert_eq!(
        moment(&terms["accepted_at"]),
        "2026-01-02T03:04:05Z".parse::<DateTime<Utc>>()?
    );
    assert_eq!(
        data["consents"]["privacy_policy"],
        json!({ "accepted": false, "accepted_at": null, "version": null })
    );
    assert_eq!(
        data["consents"]["product_analytics"],
        json!({ "accepted": false, "accepted_at": null })
    );
    assert!(moment(&data["exported_at"]) <= Utc::now());
    let has_text = |text: &str| data["messages"].to_string().contains(text);
    assert!(has_text("my secret wish"));
    let whole = data.to_string();
    assert!(!whole.contains("another's words") && !whole.contains(&others.id()?));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_is_told_in_their_language_with_a_link_that_works() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (person, language, words) in [
        (7, "en", "The copy of your data is ready"),
        (8, "ru", "Копия ваших данных готова"),
        (9, "zh", "您的数据副本已准备好"),
    ] {
        let chat = app.world.chat(person);
        chat.says("/start", language).await?;
        chat_is_known(&app, person).await?;
        ask_export(&app, person).await?;
        app.drain_jobs().await?;
        chat.waits_for(|text| text.contains(words)).await?;
        let html = last_html(&app, person).await?;
        let link = html
            .split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let link = link.expect("a link").replace("&amp;", "&");
        let (status, bytes) = fetch(&app, &json!(link)).await?;
        assert_eq!((status, &bytes[..4]), (200, b"PK\x03\x04".as_slice()));
    }
    Ok(())
}

async fn chat_is_known(app: &TestApp, person: i64) -> anyhow::Result<()> {
    testkit::eventually(async || Ok(app.user_id(person).await.ok()))
        .await
        .map(|_| ())
}

async fn last_html(app: &TestApp, person: i64) -> anyhow::Result<String> {
    let token = world::BOT_TOKEN;
    let url = app
        .world
        .outside(&format!("/control/users/{person}/messages?token={token}"));
    let answer: Value = app.world.http.get(url).send().await?.json().await?;
    let last = answer["messages"].as_array().and_then(|all| all.last());
    Ok(last.expect("a message")["html"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_one_export_and_one_job() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("a bird")).await?;
    let ids = try_join_all((0..8).map(|_| ask_export(&app, 7))).await?;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let job = ExportData {
        request_id: ids[0].parse()?,
        user_id: app.user_id(7).await?,
    };
    app.assert_enqueued(job).await;
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'data_export_requested'";
    assert_eq!(app.count(lines).await?, 1);
    app.drain_jobs().await?;
    // The next one of another day is a new one, and both are listed, the newest first.
    app.sql("UPDATE privacy_requests SET completed_at = completed_at - interval '1 day'")
        .await?;
    let next = ask_export(&app, 7).await?;
    assert_ne!(next, ids[0]);
    let list = ask(&app, Method::GET, "/v1/users/me/exports", 7)
        .await?
        .body;
    let listed = |at: usize| {
        (
            list["exports"][at]["id"].clone(),
            list["exports"][at]["status"].clone(),
        )
    };
    assert_eq!(listed(0), (json!(next), json!("pending")));
    assert_eq!(listed(1), (json!(ids[0]), json!("completed")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer_byte_for_byte() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let post = async |person: i64| -> anyhow::Result<(u16, String)> {
        let call = app.request(Method::POST, "/v1/users/me/exports");
        let call = call
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", person)
            .header("Idempotency-Key", "export-1");
        let answer = call.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    let first = post(7).await?;
    assert_eq!(first.0, 202);
    app.drain_jobs().await?;
    assert_eq!(post(7).await?, first, "although it is completed by now");
    let of_another = post(8).await?;
    assert_eq!(of_another.0, 422, "{}", of_another.1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_opened_the_bot_gets_their_export_all_the_same() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = ask_export(&app, 7).await?;
    app.drain_jobs().await?;
    let (data, photos) = archive(&app, 7, &id).await?;
    assert_eq!((&data["analysis_history"], photos.len()), (&json!([]), 0));
    assert_eq!(data["subscription_data"]["tier"], "FREE");
    let failed = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
    assert_eq!(app.count(failed).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_with_the_hour_and_nobody_else_gets_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = ask_export(&app, 7).await?;
    app.drain_jobs().await?;
    let answer = show_export(&app, 7, &id).await?;
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    let link = &answer.body["download"];
    let left = moment(&link["expires_at"]) - Utc::now();
    assert!(
        left <= TimeDelta::hours(1) && left > TimeDelta::minutes(55),
        "{left}"
    );
    assert!(
        link["url"]
            .as_str()
            .is_some_and(|url| url.contains("X-Amz-Expires=3600"))
    );
    let kept = moment(&answer.body["expires_at"]) - moment(&answer.body["completed_at"]);
    assert_eq!(kept, TimeDelta::days(7));
    assert_eq!(show_export(&app, 8, &id).await?.refusal(), (404, "E601"));
    assert_eq!(show_export(&app, 7, "x").await?.refusal(), (404, "E601"));
    // Nor does the link outlive the archive.
    app.sql("UPDATE privacy_requests SET expires_at = now() + interval '100 s'")
        .await?;
    let url = show_export(&app, 7, &id).await?.body["download"]["url"].clone();
    let seconds = url.as_str().and_then(|url| {
        let (_, rest) = url.split_once("X-Amz-Expires=")?;
        rest.split('&').next()?.parse::<u32>().ok()
    });
    assert!(
        seconds.is_some_and(|seconds| (60..=100).contains(&seconds)),
        "{url}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_many_pages_are_whole_and_in_order() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = ask_export(&app, 7).await?;
    // Many share a moment: the id decides between them.
    app.sql(
        "INSERT INTO message_context (user_id, message_id, role, content, created_at)
         SELECT users.id, n, 'user', 'line ' || n, date_trunc('minute', now()) - n / 50 * interval '1 h'
         FROM users, generate_series(1, 1005) AS n",
    )
    .await?;
    app.drain_jobs().await?;
    let (data, _) = archive(&app, 7, &id).await?;
    let messages = data["messages"].as_array().expect("a list");
    let mut lines: Vec<&str> = messages
        .iter()
        .filter_map(|m| m["content"].as_str())
        .collect();
    assert_eq!(lines.len(), 1_005);
    assert!(messages.is_sorted_by_key(|message| moment(&message["created_at"])));
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 1_005, "none twice");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_repeated_leaves_one_archive_and_tells_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let form = photo_form(drawn_cup(1));
    app.post_as_service(form).await?;
    let id = ask_export(&app, 7).await?;
    app.drain_jobs().await?;
    // The worker died after the upload, and before its transaction.
    app.sql("UPDATE privacy_requests SET status = 'processing', archive_key = NULL; DELETE FROM jobs WHERE kind LIKE 'notifications%'").await?;
    for _ in 0..2 {
        again(&app, "privacy.export_data.v1").await?;
        app.drain_jobs().await?;
        assert_eq!(objects_with(&app, &id)?, 1);
        archive(&app, 7, &id).await?;
        let told = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.tell_export.v1'";
        assert_eq!(app.count(told).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_cannot_be_made_says_why_and_can_be_asked_for_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let id = ask_export(&app, 7).await?;
    app.sql("UPDATE jobs SET max_attempts = 1 WHERE state = 'queued'")
        .await?;
    app.world
        .faults(json!({ "s3": { "error_rate": 1.0 } }))
        .await?;
    app.drain_jobs().await?;
    let failed = show_export(&app, 7, &id).await?.body;
    assert_eq!(
        (
            &failed["status"],
            &failed["error_code"],
            &failed["download"]
        ),
        (&json!("failed"), &json!("E903"), &json!(null))
    );
    app.world
        .chat(7)
        .waits_for(|text| text.contains("could not be made"))
        .await?;
    app.world.no_faults().await?;
    let next = ask_export(&app, 7).await?;
    assert_ne!(next, id);
    app.drain_jobs().await?;
    archive(&app, 7, &next).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_goes_when_its_time_is_over_and_one_without_a_request_at_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (old, kept) = (ask_export(&app, 7).await?, ask_export(&app, 8).await?);
    app.drain_jobs().await?;
    let (stray, foreign) = (
        "exports/0199aaaa-0000-7000-8000-000000000000.zip",
        "exports/readme",
    );
    let storage = &app.core.providers.storage;
    for key in [stray, foreign] {
        storage
            .put(key, Body::Memory("x".into()), "text/plain")
            .await?;
    }
    app.sql(&format!(
        "UPDATE privacy_requests SET expires_at = now() WHERE id = '{old}'"
    ))
    .await?;
    assert_eq!(
        show_export(&app, 7, &old).await?.body["download"],
        json!(null)
    );
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &SweepArchives {}).await?;
        app.drain_jobs().await?;
        assert_eq!(
            (objects_with(&app, &old)?, objects_with(&app, &kept)?),
            (0, 1)
        );
        assert_eq!(storage.get(stray).await?, None);
        assert!(storage.get(foreign).await?.is_some());
        let shown = show_export(&app, 7, &old).await?.body;
        assert_eq!(
            (&shown["status"], &shown["download"]),
            (&json!("completed"), &json!(null))
        );
        archive(&app, 8, &kept).await?;
    }
    let states = app.states::<SweepArchives>().await?;
    assert_eq!(states, [(JobState::Done, 1), (JobState::Done, 1)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_exports_without_saying_who_they_are() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app
        .request(Method::POST, "/v1/users/me/exports")
        .send()
        .await?;
    assert_eq!(Answer::of(call).await?.refusal(), (401, "E201"));
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}
