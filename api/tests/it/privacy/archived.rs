//! Readings whose text is in the archive: they are shown, found, rated, copied and deleted as before.

use chrono::{DateTime, Months, Utc};
use diesel_async::SimpleAsyncConnection;
use jobs::ledger;
use readings::archive::{make_month, move_some, oldest};
use readings::jobs::ArchiveReadings;
use reqwest::Method;
use serde_json::{Value, json};
use world::{TestApp, World};

use super::{archive, ask_deletion, ask_export};

const ID: &str = "01900000-0000-7000-8000-000000000001";

const ARCHIVED: &str = "SELECT count(*) AS count FROM analysis_archive";

/// What is left in the row of a reading.
const LEFT: &str = "SELECT count(*) AS count FROM analysis_history WHERE archived_at IS NOT NULL
    AND analysis = '{\"intro\": \"A bird flies over\", \"sections\": []}' AND vision = '{}'";

fn text() -> Value {
    json!({ "intro": "A bird flies over", "sections": [{ "title": "Love", "content": "water and a bridge" }] })
}

/// A reading of person 7, so many months old; returns the person's proof.
async fn with_reading(app: &TestApp, months: u32) -> anyhow::Result<String> {
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    app.sql(&format!(
        "INSERT INTO analysis_history (id, user_id, input_type, user_text, status, completed_at, analysis, vision, created_at)
         SELECT '{ID}', id, 'text', 'a wish', 'completed', now() - interval '{months} months', '{}',
             '{{\"is_cup\": true, \"summary\": \"wings\", \"patterns\": []}}', now() - interval '{months} months'
         FROM users WHERE telegram_id = 7",
        text()
    ))
    .await?;
    Ok(me)
}

/// The chore runs.
async fn runs(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &ArchiveReadings {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

async fn shown(app: &TestApp, me: &str) -> anyhow::Result<Value> {
    let path = format!("/v1/analyses/{ID}");
    Ok(app.as_person(me, Method::GET, &path, None).await?.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_of_13_months_ago_is_moved_once_and_is_shown_and_found_as_before()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_reading(&app, 13).await?;
    app.sql(
        "INSERT INTO analysis_history (user_id, input_type, user_text, status, completed_at, analysis, created_at)
         SELECT id, 'text', 'a younger one', 'completed', now(), '{\"intro\": \"A road\", \"sections\": []}',
             now() - interval '11 months' FROM users WHERE telegram_id = 7",
    )
    .await?;
    let before = shown(&app, &me).await?;
    assert_eq!(before["analysis"], text());
    for _ in 0..2 {
        runs(&app).await?;
        assert_eq!(app.count(ARCHIVED).await?, 1);
        assert_eq!(app.count(LEFT).await?, 1);
        assert_eq!(shown(&app, &me).await?, before);
    }
    for query in ["", "?q=bridge"] {
        let path = format!("/v1/analyses{query}");
        let page = app.as_person(&me, Method::GET, &path, None).await?.body;
        let last = page["data"].as_array().and_then(|all| all.last());
        assert_eq!(
            last.map(|one| (&one["id"], &one["analysis"])),
            Some((&json!(ID), &text())),
            "{query}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_a_person_has_what_is_in_the_archive_and_their_deletion_ends_it()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    with_reading(&app, 13).await?;
    runs(&app).await?;
    let export = ask_export(&app, 7).await?;
    app.drain_jobs().await?;
    let (data, _) = archive(&app, 7, &export).await?;
    assert_eq!(data["analysis_history"][0]["analysis"], text());
    assert_eq!(data["analysis_history"][0]["vision"]["summary"], "wings");
    ask_deletion(&app, 7).await?;
    app.drain_jobs().await?;
    assert_eq!(app.count(ARCHIVED).await?, 0);
    Ok(())
}

/// It ends also in a month that was detached.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_detached_month_the_first_paragraphs_are_shown_and_a_deleted_reading_goes_there_too()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_reading(&app, 13).await?;
    runs(&app).await?;
    app.sql(
        "DO $$ DECLARE month REGCLASS; BEGIN
             SELECT inhrelid INTO STRICT month FROM pg_inherits WHERE inhparent = 'analysis_archive'::regclass;
             EXECUTE format('ALTER TABLE analysis_archive DETACH PARTITION %s', month);
             EXECUTE format('CREATE VIEW detached AS SELECT * FROM %s', month);
         END $$",
    )
    .await?;
    let left = json!({ "intro": "A bird flies over", "sections": [] });
    assert_eq!(shown(&app, &me).await?["analysis"], left);
    let detached = "SELECT count(*) AS count FROM detached";
    assert_eq!(app.count(detached).await?, 1);
    let again = json!({ "focus_area": "career" });
    let path = format!("/v1/analyses/{ID}/again");
    let again = app.as_person(&me, Method::POST, &path, Some(again)).await?;
    assert_eq!(again.status, 409, "what was seen in its cup is gone");
    // One more of that month.
    app.sql(&format!(
        "INSERT INTO analysis_history (user_id, input_type, status, completed_at, analysis, created_at)
         SELECT user_id, 'image', 'completed', now(), '{{\"intro\": \"One\\n\\nTwo\", \"sections\": []}}', created_at
         FROM analysis_history WHERE id = '{ID}'"
    ))
    .await?;
    runs(&app).await?;
    assert_eq!(app.count(ARCHIVED).await?, 1);
    let first = "SELECT count(*) AS count FROM analysis_history WHERE archived_at IS NOT NULL AND analysis ->> 'intro' = 'One'";
    assert_eq!(
        app.count(first).await?,
        1,
        "the words of an imported one are cut"
    );
    let path = format!("/v1/analyses/{ID}");
    let deleted = app.as_person(&me, Method::DELETE, &path, None).await?;
    assert_eq!(deleted.status, 204);
    assert_eq!(app.count(detached).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_moved_while_its_person_rates_it_has_its_rating_and_its_text()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_reading(&app, 13).await?;
    let before = Utc::now() - Months::new(12);
    let mut conn = app.db().await?;
    let first = oldest(&mut conn, DateTime::UNIX_EPOCH, before)
        .await?
        .expect("a reading");
    make_month(&mut conn, first).await?;
    conn.batch_execute("BEGIN").await?;
    assert_eq!(move_some(&mut conn, first, before).await?, 1);
    let path = format!("/v1/analyses/{ID}/feedback");
    let rates = app.as_person(&me, Method::POST, &path, Some(json!({ "rating": 5 })));
    let commits = async {
        app.a_statement_waits_for_a_lock().await?;
        anyhow::Ok(conn.batch_execute("COMMIT").await?)
    };
    let (rated, committed) = tokio::join!(rates, commits);
    committed?;
    assert_eq!(rated?.status, 200);
    let now = shown(&app, &me).await?;
    assert_eq!(
        (&now["analysis"], &now["user_rating"]),
        (&text(), &json!(5))
    );
    assert_eq!(app.count(ARCHIVED).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_being_rated_is_moved_by_the_next_run() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_reading(&app, 16).await?;
    let mut conn = app.db().await?;
    let before = Utc::now() - Months::new(12);
    let first = oldest(&mut conn, DateTime::UNIX_EPOCH, before)
        .await?
        .expect("a reading");
    make_month(&mut conn, first).await?;
    // One of a later month does not wait for it.
    app.sql(
        "INSERT INTO analysis_history (user_id, input_type, user_text, status, completed_at, analysis, created_at)
         SELECT id, 'text', 'a road', 'completed', now(), '{\"intro\": \"A road\", \"sections\": []}',
             now() - interval '14 months' FROM users WHERE telegram_id = 7;
         SELECT archive_make_month(now() - interval '14 months')",
    )
    .await?;
    conn.batch_execute(&format!(
        "BEGIN; UPDATE analysis_history SET user_rating = 4 WHERE id = '{ID}'"
    ))
    .await?;
    runs(&app).await?;
    assert_eq!(app.count(ARCHIVED).await?, 1);
    conn.batch_execute("COMMIT").await?;
    runs(&app).await?;
    assert_eq!(app.count(ARCHIVED).await?, 2);
    let now = shown(&app, &me).await?;
    assert_eq!(
        (&now["analysis"], &now["user_rating"]),
        (&text(), &json!(4))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn months_of_the_archive_go_after_their_time_if_the_operator_wants_that() -> anyhow::Result<()>
{
    for (age, kept) in [(15, 0), (13, 1)] {
        let mut world = World::new().await?;
        world.set("ARCHIVE_KEEP_MONTHS", 13);
        let app = TestApp::start_in(world).await?;
        let me = with_reading(&app, age).await?;
        for _ in 0..2 {
            runs(&app).await?;
            assert_eq!(app.count(ARCHIVED).await?, kept, "{age} months");
        }
        assert_eq!(
            shown(&app, &me).await?["analysis"]["intro"],
            "A bird flies over"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_leave_all_readings_where_they_are() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ARCHIVE_READINGS_MONTHS", 0);
    let app = TestApp::start_in(world).await?;
    with_reading(&app, 13).await?;
    runs(&app).await?;
    assert_eq!(app.count(ARCHIVED).await?, 0);
    Ok(())
}
