//! The consent of a person: nothing of theirs is processed without it.

use jobs::JobState;
use people::users::consent;
use readings::jobs::{FetchPhoto, Interpret};
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::app::{photo_form, words_form};
use world::{TestApp, WEBHOOK_SECRET};

const PATH: &str = "/v1/users/me/consents";

async fn start() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    Ok(app)
}

fn forms() -> [Form; 3] {
    [
        photo_form(coffee_cup()),
        words_form("a bird"),
        Form::new().text("telegram_file_id", "AgAD"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_no_reading_is_made_on_any_path_of_the_api() -> anyhow::Result<()> {
    let app = start().await?;
    let me = app.world.chat(7).init_data().await?;
    for form in forms() {
        assert_eq!(app.post_as_service(form).await?.refusal(), (403, "E205"));
    }
    for form in [photo_form(coffee_cup()), words_form("a bird")] {
        assert_eq!(
            app.post_as_person(&me, form).await?.refusal(),
            (403, "E205")
        );
    }
    // Half of it is none, and so is that to an older version.
    let half = json!({ "terms_of_use": true, "privacy_policy": false });
    app.as_person(&me, Method::PUT, PATH, Some(half)).await?;
    let refused = app.post_as_person(&me, words_form("a bird")).await?;
    assert_eq!(refused.refusal(), (403, "E205"));
    let both = json!({ "terms_of_use": true, "privacy_policy": true });
    app.as_person(&me, Method::PUT, PATH, Some(both)).await?;
    app.sql("UPDATE users SET consent_terms_version = '2020-01-01'")
        .await?;
    let refused = app.post_as_person(&me, words_form("a bird")).await?;
    assert_eq!(refused.refusal(), (403, "E205"));
    assert_eq!(app.rows().await?.1, 0);
    // Nothing was there for a moment either.
    assert_eq!(app.world.objects()?, Vec::<std::path::PathBuf>::new());
    assert_eq!(app.world.calls("s3").await?, 0);
    let counted = "SELECT COALESCE(sum(day_used), 0)::bigint AS count FROM meters";
    assert_eq!(app.count(counted).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_say_that_it_has_consent_and_a_person_may_not() -> anyhow::Result<()> {
    let app = start().await?;
    let me = app.world.chat(7).init_data().await?;
    let form = || words_form("a bird").text("consent", "obtained");
    assert_eq!(
        app.post_as_person(&me, form()).await?.refusal(),
        (403, "E204")
    );
    let wrong = words_form("a bird").text("consent", "yes");
    assert_eq!(app.post_as_service(wrong).await?.refusal(), (400, "E105"));
    assert_eq!(app.post_as_service(form()).await?.status, 202);
    let known = app.as_person(&me, Method::GET, PATH, None).await?.body;
    assert_eq!(known["terms_of_use"]["version"], consent::TERMS);
    assert_eq!(known["privacy_policy"]["version"], consent::PRIVACY);
    assert!(known["terms_of_use"]["accepted_at"].is_string());
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'consents_updated' AND actor LIKE 'key:%'";
    assert_eq!(app.count(noted).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_asks_once_and_reads_the_photo_that_waits_when_the_button_is_pressed()
-> anyhow::Result<()> {
    let app = start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo_saying(coffee_cup(), "will I travel?", "en")
        .await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("Do you agree")).await?;
    assert_eq!(app.rows().await?.1, 0);
    assert_eq!(app.states::<FetchPhoto>().await?, []);
    let kept = "SELECT count(*) AS count FROM message_context";
    assert_eq!(
        app.count(kept).await?,
        0,
        "words without consent are not remembered"
    );
    chat.presses().await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 1)]);
    let read = "SELECT count(*) AS count FROM analysis_history
                WHERE status = 'completed' AND user_text = 'will I travel?'";
    assert_eq!(app.count(read).await?, 1);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM waiting_photos")
            .await?,
        0
    );
    // Pressed again, it thanks.
    chat.presses_on("consent:").await?;
    let notices = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.send_notice.v5'";
    eventually(async || Ok((app.count(notices).await? == 2).then_some(()))).await?;
    app.drain_jobs().await?;
    chat.waits_for(|text| text.contains("Now send me a photo"))
        .await?;
    assert_eq!(app.rows().await?.1, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_was_read_stays_known_to_its_message_without_consent() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let form = || photo_form(coffee_cup()).text("message_id", "42");
    let id = app.post_as_service(form()).await?.id()?;
    app.sql("UPDATE users SET consent_terms = FALSE, consent_date = now()")
        .await?;
    let before = app.world.calls("s3").await?;
    assert_eq!(app.post_as_service(form()).await?.id()?, id);
    assert_eq!(app.world.calls("s3").await?, before);
    Ok(())
}

/// Telegram is slow, so that the photo is on its way meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_the_bot_that_arrives_after_a_withdrawal_is_not_stored() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let me = chat.init_data().await?;
    let slow = json!({ "telegram": { "methods": { "getFile": { "latency_ms": 1500 } } } });
    app.world.faults(slow).await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    let (drained, withdrawn) = tokio::join!(app.drain_jobs(), async {
        let begun = "SELECT count(*) AS count FROM analysis_history WHERE status = 'processing'";
        eventually(async || Ok((app.count(begun).await? == 1).then_some(()))).await?;
        let none = json!({ "terms_of_use": false, "privacy_policy": false });
        app.as_person(&me, Method::PUT, PATH, Some(none)).await
    });
    drained?;
    assert_eq!(withdrawn?.status, 200);
    assert_eq!(app.world.calls("s3").await?, 0);
    let canceled = "SELECT count(*) AS count FROM analysis_history WHERE status = 'canceled'";
    assert_eq!(app.count(canceled).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_stops_what_is_under_way_and_what_would_follow() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    let none = json!({ "terms_of_use": false, "privacy_policy": false });
    let withdrawn = app.as_person(&me, Method::PUT, PATH, Some(none)).await?;
    assert_eq!(withdrawn.status, 200);
    app.drain_jobs().await?;
    let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
    assert_eq!(shown.body["status"], "canceled");
    let used = "SELECT sum(day_used)::bigint AS count FROM meters";
    assert_eq!(app.count(used).await?, 0);
    assert_eq!(app.world.calls("ai").await?, 0);
    let refused = app.post_as_person(&me, words_form("a bird")).await?;
    assert_eq!(refused.refusal(), (403, "E205"));
    // What a workflow always sends does not undo it; the person does.
    let obtained = || words_form("a bird").text("consent", "obtained");
    let refused = app.post_as_service(obtained()).await?;
    assert_eq!(refused.refusal(), (403, "E205"));
    let both = json!({ "terms_of_use": true, "privacy_policy": true });
    app.as_person(&me, Method::PUT, PATH, Some(both)).await?;
    assert_eq!(app.post_as_service(obtained()).await?.status, 202);
    Ok(())
}

/// As after an acceptance that has met the withdrawal, and of what an operator redrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_begins_after_a_withdrawal_gives_nothing_to_a_vendor() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let [waits, failed] = [
        app.post_as_service(words_form("a bird")).await?.id()?,
        app.post_as_service(words_form("a fish")).await?.id()?,
    ];
    app.sql(&format!(
        "UPDATE users SET consent_terms = FALSE, consent_date = now();
         UPDATE analysis_history SET status = 'failed', error_code = 'E501', completed_at = now()
             WHERE id = '{failed}';
         UPDATE jobs SET redrives = 1 WHERE args ->> 'analysis_id' = '{failed}'"
    ))
    .await?;
    app.drain_jobs().await?;
    for (id, status) in [(waits, "canceled"), (failed, "failed")] {
        let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
        assert_eq!(shown.body["status"], status);
    }
    assert_eq!(app.world.calls("ai").await?, 0);
    Ok(())
}

/// The terms have changed since the bot has asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_earlier_terms_asks_again() -> anyhow::Result<()> {
    let app = start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let old = json!({ "update_id": 9_000_001, "callback_query": {
        "id": "1", "chat_instance": "1", "data": "consent:agree:2020-01-01:2020-01-01",
        "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
        "message": { "message_id": 2, "date": 1_760_000_000, "chat": { "id": 7, "type": "private" } } } });
    let sent = app
        .request(Method::POST, "/v1/webhooks/telegram")
        .header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET)
        .json(&old);
    assert_eq!(sent.send().await?.status(), 200);
    app.drain_chat().await?;
    let questions = chat.bot_texts().await?;
    let questions = questions
        .iter()
        .filter(|text| text.contains("Do you agree"));
    assert_eq!(questions.count(), 2);
    assert_eq!(app.rows().await?.1, 0);
    Ok(())
}
