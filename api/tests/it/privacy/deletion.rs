//! The end of a person's data.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::try_join_all;
use kernel::tables::Rows;
use people::privacy::erase;
use product::FEATURES;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::{coffee_cup, drawn_cup};
use uuid::Uuid;
use world::app::{Answer, photo_form, words_form};
use world::{N8N_KEY, TestApp};

use super::{again, ask, ask_deletion, ask_export, objects_with, show_export};

/// Telegram ids that stand in no row by chance.
const GONE: i64 = 770_123_451;
const STAYS: i64 = 880_123_452;

/// A plan and a payment of the one who goes.
const PAID: &str = "
    INSERT INTO subscriptions (user_id, tier, current_period_end)
        SELECT id, 'BASIC', '2030-01-01Z' FROM users WHERE telegram_id = 770123451;
    INSERT INTO payments (subscription_id, user_id, provider, external_id, amount, tier, status, metadata, payer)
        SELECT s.id, u.id, 'sbp_tinkoff', 'bank-17', 299.90, 'BASIC', 'succeeded',
            jsonb_build_object('email', 'ann@example.org', 'telegram_id', u.telegram_id), u.telegram_id
        FROM users u JOIN subscriptions s ON s.user_id = u.id WHERE u.telegram_id = 770123451;
    INSERT INTO payment_reports (provider, external_id, status, amount, currency, order_id, happened, outcome, payer)
        VALUES ('telegram_stars', 'charge-17', 'successful_payment', 150, 'XTR', 'x', 'paid', 'unknown', 770123451)";

async fn photo_of(app: &TestApp, person: i64) -> anyhow::Result<String> {
    let init_data = app.world.chat(person).init_data().await?;
    let photo = photo_form(drawn_cup(person as u32));
    app.post_as_person(&init_data, photo).await?.id()
}

/// The tables with rows that hold a text, and their number.
pub(super) async fn mentions(app: &TestApp, text: &str) -> anyhow::Result<Vec<(String, i64)>> {
    let mut found = Vec::new();
    for table in FEATURES.iter().flat_map(|feature| feature.tables) {
        let (name, is_view) = (table.name, matches!(table.rows, Rows::OfTables));
        // Columns of bytes show as hexadecimal digits.
        let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let with = format!(
            "SELECT count(*) AS count FROM {name} AS t
             WHERE t::text LIKE '%{text}%' OR t::text LIKE '%{bytes}%'"
        );
        match app.count(&with).await? {
            0 => {}
            count if !is_view => found.push((name.to_owned(), count)),
            _ => {}
        }
    }
    found.sort();
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_deleted_person_is_left_and_nothing_of_others_is_touched() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let chat = app.world.chat(GONE);
    chat.says("my secret wish", "en").await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    let (own, others) = (photo_of(&app, GONE).await?, photo_of(&app, STAYS).await?);
    ask_export(&app, GONE).await?;
    app.drain_jobs().await?;
    app.sql(PAID).await?;
    let user_id = app.user_id(GONE).await?.to_string();
    let lines = app
        .count("SELECT count(*) AS count FROM audit_logs")
        .await?;
    let asked_ai = app
        .count("SELECT count(*) AS count FROM paid_calls")
        .await?;
    assert_eq!(
        (objects_with(&app, &own)?, objects_with(&app, &others)?),
        (3, 3)
    );

    let answer = ask_deletion(&app, GONE).await?;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (202, &json!("pending"))
    );
    let at = |field: &str| {
        answer.body[field]
            .as_str()
            .expect("a moment")
            .parse::<DateTime<Utc>>()
    };
    assert_eq!(at("deadline")? - at("created_at")?, TimeDelta::hours(72));
    app.drain_jobs().await?;

    // What is left: the jobs of the deletion and of its message (with the key of the limit that this
    // one counted against), for a day, and the line that it was done.
    assert_eq!(
        mentions(&app, &user_id).await?,
        [("audit_logs".to_owned(), 1), ("jobs".to_owned(), 1)]
    );
    assert_eq!(
        mentions(&app, &GONE.to_string()).await?,
        [("job_keys".to_owned(), 1), ("jobs".to_owned(), 1)]
    );
    for words in ["secret wish", "ann@example.org", own.as_str()] {
        let left = mentions(&app, words).await?;
        // The id of a reading stays in what happened, and leads nowhere.
        let may_stay =
            |table: &str| table == "paid_calls" || (table == "events" && words == own.as_str());
        assert!(
            left.iter().all(|(table, _)| may_stay(table)),
            "{words}: {left:?}"
        );
    }
    assert_eq!(
        (objects_with(&app, &own)?, objects_with(&app, "exports")?),
        (0, 0)
    );
    let answers =
        "SELECT count(*) AS count FROM paid_calls WHERE key LIKE '%{own}' AND answer <> 'null'";
    assert_eq!(app.count(&answers.replace("{own}", &own)).await?, 0);

    assert_eq!(app.rows().await?.0, 1, "the other person");

    // What stays: that it was paid, and that something was done.
    let paid =
        "SELECT count(*) AS count FROM payments WHERE amount = 299.90 AND status = 'succeeded'
                AND external_id = 'bank-17' AND user_id IS NULL AND subscription_id IS NULL";
    assert_eq!(app.count(paid).await?, 1);
    let now = app
        .count("SELECT count(*) AS count FROM audit_logs")
        .await?;
    // One for the request, one for its end.
    assert_eq!(now, lines + 2);
    let told = "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_data_deleted' AND
                new_value ->> 'reason' = 'GDPR_right_to_erasure' AND actor = 'worker'";
    assert_eq!(app.count(told).await?, 1);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM paid_calls")
            .await?,
        asked_ai
    );
    chat.waits_for(|text| text.contains("Your data is deleted"))
        .await?;

    let shown = app
        .get_as_service(&format!("/v1/analyses/{others}"))
        .await?;
    assert_eq!(
        (shown.status, &shown.body["status"]),
        (200, &json!("completed"))
    );
    assert_eq!(objects_with(&app, &others)?, 3);
    assert_eq!(
        app.get_as_service(&format!("/v1/analyses/{own}"))
            .await?
            .status,
        404
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_a_new_person() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(GONE);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let before = app.user_id(GONE).await?;
    let asked = ask_deletion(&app, GONE).await?;
    let shown = ask(&app, Method::GET, "/v1/users/me/deletion", GONE).await?;
    assert_eq!((shown.status, &shown.body["id"]), (200, &asked.body["id"]));
    app.drain_jobs().await?;
    chat.waits_for(|text| text.contains("Ваши данные удалены"))
        .await?;
    chat.says("/start", "ru").await?;
    let after = eventually(async || Ok(app.user_id(GONE).await.ok())).await?;
    assert_ne!(after, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_but_the_confirmation_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("a bird")).await?;
    let rows = app.rows().await?;
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "DELETE_MY_DATA",
        r#"{"confirmation_code": null}"#,
        r#"{"confirmation_code": 1}"#,
        r#"{"confirmation_code": "delete_my_data"}"#,
        r#"{"confirmation_code": "DELETE_MY_DATA "}"#,
        r#"{"confirmation_code": "DELETE_MY_DATA", "of": "Bob"}"#,
    ] {
        let call = app
            .request(Method::POST, "/v1/users/me/deletion")
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", 7)
            .body(body);
        let answer = Answer::of(call.send().await?).await?;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(
            answer.body["details"]["field"], "confirmation_code",
            "{body}"
        );
    }
    assert_eq!(app.rows().await?, rows);
    let shown = ask(&app, Method::GET, "/v1/users/me/deletion", 7).await?;
    assert_eq!(shown.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_one_deletion_and_a_second_run_does_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    photo_of(&app, GONE).await?;
    let answers = try_join_all((0..8).map(|_| ask_deletion(&app, GONE))).await?;
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer.body["id"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    app.drain_jobs().await?;
    // A person comes with the same account: the second run must not touch them.
    let id = photo_of(&app, GONE).await?;
    again(&app, "privacy.delete_data.v1").await?;
    app.drain_jobs().await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(objects_with(&app, &id)?, 3);
    let done = "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_data_deleted'";
    assert_eq!(app.count(done).await?, 1);
    let told = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.tell_deletion.v1'";
    assert_eq!(app.count(told).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_comes_to_its_end_although_the_bucket_fails_half_of_the_time()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for _ in 0..4 {
        photo_of(&app, GONE).await?;
    }
    app.drain_jobs().await?;
    assert_eq!(app.world.objects()?.len(), 12);
    ask_deletion(&app, GONE).await?;
    app.world
        .faults(json!({ "s3": { "error_rate": 0.5 } }))
        .await?;
    app.drain_jobs().await?;
    assert_eq!(app.world.objects()?, Vec::<std::path::PathBuf>::new());
    assert_eq!(app.rows().await?.0, 0);
    Ok(())
}

/// The bucket is slow, so that the step is at work while its person goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_in_the_making_is_not_brought_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = photo_of(&app, GONE).await?;
    app.world
        .faults(json!({ "s3": { "methods": { "PUT": { "latency_ms": 700 } } } }))
        .await?;
    let worker = app.worker()?;
    // The original and the picture; the thumbnail is on its way.
    eventually(async || Ok((objects_with(&app, &id)? == 2).then_some(()))).await?;
    // Not by the deletion, which would ask the step to end: the worst case is one that does not hear.
    app.sql("DELETE FROM users").await?;
    eventually(async || Ok((app.count(LIVE).await? == 0).then_some(()))).await?;
    worker.stop().await;
    // The original is the affair of the deletion, or of the sweep.
    assert_eq!(objects_with(&app, &id)?, 1);
    let next = "SELECT count(*) AS count FROM jobs WHERE kind = 'analyses.read_cup.v1'";
    assert_eq!(app.count(next).await?, 0);
    Ok(())
}

const LIVE: &str = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";

async fn running(app: &TestApp, kind: &str) -> anyhow::Result<()> {
    let query =
        format!("SELECT count(*) AS count FROM jobs WHERE state = 'running' AND kind = '{kind}'");
    eventually(async || Ok((app.count(&query).await? > 0).then_some(()))).await
}

/// An erasure locks the usage row, and later the person.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_a_renamed_person_waits_for_their_erasure_and_neither_fails()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    photo_of(&app, GONE).await?;
    let size = json!({ "file_id": "AgAD", "file_unique_id": "u", "width": 90, "height": 90 });
    let update = json!({ "update_id": 1, "message": {
        "message_id": 1, "date": 1_760_000_000, "photo": [size],
        "chat": { "id": GONE, "type": "private", "first_name": "Renamed" },
        "from": { "id": GONE, "is_bot": false, "first_name": "Renamed", "language_code": "en" },
    }});
    let mut erasing = app.db().await?;
    erasing
        .batch_execute("BEGIN; SELECT FROM meters FOR UPDATE")
        .await?;
    let (taken, erased) = tokio::join!(app.post_update(&update), async {
        let waits = "SELECT count(*) AS count FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually(async || Ok((app.count(waits).await? > 0).then_some(()))).await?;
        erasing
            .batch_execute("SELECT FROM users FOR UPDATE; COMMIT")
            .await?;
        Ok::<_, anyhow::Error>(())
    });
    erased?;
    assert_eq!(taken?.status, 200);
    let renamed = "SELECT count(*) AS count FROM users WHERE first_name = 'Renamed'";
    assert_eq!(app.count(renamed).await?, 1);
    Ok(())
}

/// The caption of a photo of the chat, as it is sent or changed.
fn caption(update_id: i64, kind: &str, words: &str) -> Value {
    let size = json!({ "file_id": "AgAD", "file_unique_id": "u", "width": 90, "height": 90 });
    json!({ "update_id": update_id, kind: {
        "message_id": 5, "date": 1_760_000_000, "photo": [size], "caption": words,
        "chat": { "id": GONE, "type": "private", "first_name": "Ann" },
        "from": { "id": GONE, "is_bot": false, "first_name": "Ann", "language_code": "en" },
    }})
}

/// The webhook and the erasure lock the reading before the person, in whichever order they come.
#[tokio::test(flavor = "multi_thread")]
async fn a_caption_that_is_changed_while_its_person_is_erased_waits_and_leaves_nothing()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_update(&caption(1, "message", "Will I travel?"))
        .await?;
    let id = app.user_id(GONE).await?;
    let edit = caption(2, "edited_message", "Will I fly?");
    let mut erasing = app.db().await?;
    erasing
        .batch_execute("BEGIN; SELECT FROM analysis_history FOR UPDATE")
        .await?;
    let (taken, erased) = tokio::join!(app.post_update(&edit), async {
        let waits = "SELECT count(*) AS count FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually(async || Ok((app.count(waits).await? > 0).then_some(()))).await?;
        let person = erase::lock(&mut erasing, FEATURES, id).await?;
        let person = person.context("a person")?;
        erase::erase(
            &mut erasing,
            FEATURES,
            &person,
            &app.core.memory,
            Uuid::nil(),
        )
        .await?;
        erasing.batch_execute("COMMIT").await?;
        Ok::<_, anyhow::Error>(())
    });
    erased?;
    assert_eq!(taken?.status, 200);
    assert_eq!(mentions(&app, "Will I").await?, []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_ends_what_is_at_work_for_its_person_and_says_nothing_of_failures()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(GONE);
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    let stays = photo_of(&app, STAYS).await?;
    app.world
        .faults(json!({ "ai": { "latency_ms": 20000 } }))
        .await?;
    ask_export(&app, GONE).await?;
    let worker = app.worker()?;
    running(&app, "analyses.read_cup.v1").await?;
    ask_deletion(&app, GONE).await?;
    eventually(async || Ok(app.user_id(GONE).await.err())).await?;
    app.world.no_faults().await?;
    worker.stop().await;
    app.drain_jobs().await?;
    assert_eq!(app.ended(&stays).await?["status"], "completed");
    assert_eq!(app.world.objects()?.len(), 3);
    let texts = chat.bot_texts().await?;
    assert!(
        texts
            .last()
            .is_some_and(|text| text.contains("Your data is deleted")),
        "{texts:?}"
    );
    assert!(
        !texts.iter().any(|text| text.contains("stays silent")),
        "{texts:?}"
    );
    Ok(())
}

/// The first part of a deletion takes the job of the copy away; the rest of it may never come.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_a_deletion_has_ended_is_made_when_it_is_asked_for_again() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ended = ask_export(&app, GONE).await?;
    let mut conn = app.db().await?;
    let person = erase::person(&mut conn, app.user_id(GONE).await?).await?;
    erase::stop(
        &mut conn,
        FEATURES,
        &person.context("a person")?,
        Uuid::nil(),
    )
    .await?;
    let again = ask_export(&app, GONE).await?;
    assert_ne!(again, ended);
    app.drain_jobs().await?;
    let shown = show_export(&app, GONE, &again).await?;
    assert_eq!(shown.body["status"], "completed");
    Ok(())
}

/// Photos go on arriving while their person goes: each belongs to a person in the end, or is gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_in_the_middle_belongs_to_the_new_person_or_is_gone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = NULL, month_limit = NULL WHERE unit = 'analyses'")
        .await?;
    let init_data = app.world.chat(GONE).init_data().await?;
    let form = || photo_form(drawn_cup(3));
    app.post_as_person(&init_data, form()).await?.id()?;
    let before = app.user_id(GONE).await?;
    let worker = app.worker()?;
    let arriving = async {
        let mut refused = 0;
        // Until the new person has one.
        eventually(async || {
            let answer = app.post_as_person(&init_data, form()).await?;
            refused += usize::from(answer.status != 202);
            let now = app.user_id(GONE).await.ok();
            let is_new = answer.status == 202 && now.is_some_and(|now| now != before);
            Ok(is_new.then_some(()))
        })
        .await?;
        Ok(refused)
    };
    let (refused, asked) = tokio::try_join!(arriving, ask_deletion(&app, GONE))?;
    assert_eq!(asked.status, 202);
    // Those that came when there was no person were told so.
    assert!(refused <= 3, "{refused}");
    // The last look at the bucket comes when all else is quiet.
    let others = format!("{LIVE} AND kind <> 'analyses.remove_photos.v1'");
    eventually(async || Ok((app.count(&others).await? == 0).then_some(()))).await?;
    worker.stop().await;
    app.drain_jobs().await?;
    let done = "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_data_deleted'";
    assert_eq!(app.count(done).await?, 1);
    let (people, readings, _) = app.rows().await?;
    let whole = "SELECT count(*) AS count FROM analysis_history WHERE status = 'completed'";
    assert_eq!((people, app.count(whole).await?), (1, readings));
    let objects = app.world.objects()?;
    assert_eq!(objects.len(), 3 * usize::try_from(readings)?, "{objects:?}");
    Ok(())
}
