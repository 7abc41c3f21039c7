//! The list of one's readings, and what can be done to each.

use std::collections::HashSet;

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::{Answer, photo_form, words_form};

/// A person with `count` readings, every third about a career.
async fn with_history(app: &TestApp, count: usize) -> anyhow::Result<String> {
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    // Every ten at the same moment, so that ids have to break the tie.
    app.sql(&format!(
        "INSERT INTO analysis_history (user_id, input_type, user_text, focus_area, created_at)
         SELECT users.id, 'text', 'n ' || n,
                CASE WHEN n % 3 = 0 THEN 'career' ELSE 'general' END::focus_area,
                now() - make_interval(mins => n / 10)
         FROM users, generate_series(1, {count}) AS n WHERE telegram_id = 7"
    ))
    .await?;
    Ok(me)
}

async fn list(app: &TestApp, me: &str, query: &str) -> anyhow::Result<Answer> {
    app.as_person(me, Method::GET, &format!("/v1/analyses?{query}"), None)
        .await
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().cloned().unwrap_or_default();
    data.iter()
        .filter_map(|one| Some(one["id"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_by_offset_and_by_cursor_show_every_reading_once_and_in_the_same_order()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_history(&app, 95).await?;
    let mut by_offset = Vec::new();
    for offset in (0..100).step_by(10) {
        let page = list(&app, &me, &format!("limit=10&offset={offset}"))
            .await?
            .body;
        assert_eq!(page["pagination"]["total"], 95);
        assert_eq!(page["pagination"]["has_more"], offset < 90, "{offset}");
        by_offset.extend(ids(&page));
    }
    let (mut by_cursor, mut query) = (Vec::new(), "limit=7".to_owned());
    loop {
        let page = list(&app, &me, &query).await?.body;
        by_cursor.extend(ids(&page));
        let Some(next) = page["pagination"]["next_cursor"].as_str() else {
            break;
        };
        query = format!("limit=7&cursor={next}");
    }
    assert_eq!(by_offset.len(), 95);
    assert_eq!(by_offset, by_cursor);
    assert_eq!(by_cursor.iter().collect::<HashSet<_>>().len(), 95);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_size_show_every_reading_once_while_new_ones_arrive() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_history(&app, 200).await?;
    let mut expected = ids(&list(&app, &me, "limit=100").await?.body);
    expected.extend(ids(&list(&app, &me, "limit=100&offset=100").await?.body));
    assert_eq!(expected.len(), 200);
    for round in 0..5_usize {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            // 1 to 47, in an order that no page repeats.
            let limit = 1 + (round * 29 + seen.len() * 31) % 47;
            let page = list(&app, &me, &format!("limit={limit}{cursor}"))
                .await?
                .body;
            seen.extend(ids(&page));
            let Some(next) = page["pagination"]["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
            app.sql(
                "INSERT INTO analysis_history (user_id, input_type, user_text, created_at)
                 SELECT id, 'text', 'new', now() FROM users WHERE telegram_id = 7",
            )
            .await?;
        }
        let new = "SELECT count(*) AS count FROM analysis_history WHERE user_text = 'new'";
        assert!(app.count(new).await? > 3, "pages were few");
        assert_eq!(seen, expected, "round {round}");
        app.sql("DELETE FROM analysis_history WHERE user_text = 'new'")
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_be_of_one_focus_area_and_is_nobody_elses() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_history(&app, 30).await?;
    let career = list(&app, &me, "focus_area=career&limit=4").await?;
    assert_eq!(career.body["pagination"]["total"], 10);
    let areas = career.body["data"].as_array().cloned().unwrap_or_default();
    assert!(areas.iter().all(|one| one["focus_area"] == "career"));
    let next = career
        .headers
        .get("link")
        .and_then(|link| link.to_str().ok())
        .unwrap_or_default();
    let next = next.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    let second = app.as_person(&me, Method::GET, &next, None).await?;
    assert_eq!(ids(&second.body).len(), 4);
    assert!(
        ids(&second.body)
            .iter()
            .all(|id| !ids(&career.body).contains(id))
    );
    let other = app.world.chat(8).init_data().await?;
    let others = list(&app, &other, "").await?.body;
    assert_eq!(
        (&others["data"], &others["pagination"]["total"]),
        (&json!([]), &json!(0))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_refuses_what_it_cannot_mean() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_history(&app, 3).await?;
    for (query, code) in [
        ("limit=0", "E105"),
        ("limit=101", "E105"),
        ("limit=ten", "E105"),
        ("offset=-1", "E105"),
        ("offset=99999999999", "E105"),
        ("cursor=AAAA", "E105"),
        ("cursor=%00", "E105"),
        ("cursor=", "E105"),
        ("focus_area=money", "E103"),
    ] {
        assert_eq!(
            list(&app, &me, query).await?.refusal(),
            (400, code),
            "{query}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_finds_its_place_in_the_index_however_far_down() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_history(&app, 20_000).await?;
    app.sql("ANALYZE analysis_history").await?;
    let far = list(&app, &me, "limit=1&offset=19000").await?.body;
    let cursor = far["pagination"]["next_cursor"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let page = list(&app, &me, &format!("limit=100&cursor={cursor}"))
        .await?
        .body;
    assert_eq!(ids(&page).len(), 100);
    // The plan of the same condition: bounded by the place, so rows before it are not looked at.
    let plan = "SELECT count(*) AS count FROM (
        SELECT 1 FROM pg_indexes WHERE indexname = 'idx_analysis_user_created'
          AND indexdef LIKE '%(user_id, created_at DESC, id DESC)') AS found";
    assert_eq!(app.count(plan).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_reading_can_be_rated_and_rated_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app.post_as_person(&me, words_form("A bird")).await?.id()?;
    let path = format!("/v1/analyses/{id}/feedback");
    let rate = async |body: Value| app.as_person(&me, Method::POST, &path, Some(body)).await;
    assert_eq!(rate(json!({ "rating": 5 })).await?.refusal(), (409, "E602"));
    app.drain_jobs().await?;
    for bad in [
        json!({ "rating": 0 }),
        json!({ "rating": 6 }),
        json!({ "rating": "5" }),
        json!({ "rating": 4.5 }),
        json!({ "rating": 1e300 }),
        json!({ "rating": 5, "feedback_text": "a".repeat(1_001) }),
    ] {
        assert_eq!(rate(bad.clone()).await?.refusal(), (400, "E105"), "{bad}");
    }
    let missing = rate(json!({ "feedback_text": "good" })).await?;
    assert_eq!(missing.refusal(), (400, "E104"));
    assert_eq!(missing.body["details"]["field"], "rating");
    assert_eq!(rate(json!({ "rating": 2.0 })).await?.status, 200);
    let again = rate(json!({ "rating": 5, "feedback_text": " так и есть " })).await?;
    assert_eq!(
        again.body,
        json!({ "id": id, "user_rating": 5, "feedback_text": "так и есть" })
    );
    let shown = app
        .as_person(&me, Method::GET, &format!("/v1/analyses/{id}"), None)
        .await?;
    assert_eq!(shown.body["user_rating"], 5);
    let other = app.world.chat(8).init_data().await?;
    let stranger = app
        .as_person(&other, Method::POST, &path, Some(json!({ "rating": 1 })))
        .await?;
    assert_eq!(stranger.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_despair_in_a_rating_are_answered_with_care_and_not_kept() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let me = chat.init_data().await?;
    let id = app.post_as_person(&me, words_form("A bird")).await?.id()?;
    app.drain_jobs().await?;
    let path = format!("/v1/analyses/{id}/feedback");
    let body = json!({ "rating": 1, "feedback_text": "I want to kill myself" });
    let rated = app.as_person(&me, Method::POST, &path, Some(body)).await?;
    let care = moderation::care(kernel::Language::En);
    assert_eq!(
        rated.body,
        json!({ "id": id, "user_rating": 1, "feedback_text": null, "care": care })
    );
    let kept = "SELECT count(*) AS count FROM analysis_history WHERE feedback_text IS NOT NULL";
    assert_eq!(app.count(kept).await?, 0);
    app.drain_jobs().await?;
    // A service may have sent them: the person has the answer in their chat.
    chat.waits_for(|text| text.contains("You do not have to get through this alone"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_reading_can_be_canceled_and_nothing_is_done_for_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    let path = format!("/v1/analyses/{id}/cancel");
    for _ in 0..2 {
        let answer = app.as_person(&me, Method::POST, &path, None).await?;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &json!("canceled"))
        );
    }
    app.drain_jobs().await?;
    assert_eq!(app.world.calls("ai").await?, 0);
    let limits = app
        .as_person(&me, Method::GET, "/v1/limits/me", None)
        .await?;
    assert_eq!(limits.body["daily_analyses_used"], 0);
    let done = app.post_as_person(&me, words_form("A bird")).await?.id()?;
    app.drain_jobs().await?;
    let late = app
        .as_person(
            &me,
            Method::POST,
            &format!("/v1/analyses/{done}/cancel"),
            None,
        )
        .await?;
    assert_eq!(late.refusal(), (409, "E602"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_reading_is_gone_with_its_photos() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    app.drain_jobs().await?;
    assert!(app.world.objects()?.len() >= 2);
    let path = format!("/v1/analyses/{id}");
    let other = app.world.chat(8).init_data().await?;
    let stranger = app.as_person(&other, Method::DELETE, &path, None).await?;
    assert_eq!(stranger.refusal(), (404, "E601"));
    assert_eq!(
        app.as_person(&me, Method::DELETE, &path, None)
            .await?
            .status,
        204
    );
    assert_eq!(
        app.as_person(&me, Method::DELETE, &path, None)
            .await?
            .refusal(),
        (404, "E601")
    );
    assert_eq!(
        app.as_person(&me, Method::GET, &path, None)
            .await?
            .refusal(),
        (404, "E601")
    );
    app.drain_jobs().await?;
    assert_eq!(app.world.objects()?, [""; 0].map(std::path::PathBuf::from));
    // The same job a second time finds nothing to do.
    app.sql("UPDATE jobs SET state = 'queued', attempt = 0, finished_at = NULL WHERE kind = 'analyses.remove_photos.v1'").await?;
    app.drain_jobs().await?;
    let dead = "SELECT count(*) AS count FROM jobs WHERE state = 'dead'";
    assert_eq!(app.count(dead).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_deleted_before_it_is_made_brings_nothing_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    let path = format!("/v1/analyses/{id}");
    assert_eq!(
        app.as_person(&me, Method::DELETE, &path, None)
            .await?
            .status,
        204
    );
    app.drain_jobs().await?;
    assert_eq!(app.world.objects()?.len(), 0);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        0
    );
    let limits = app
        .as_person(&me, Method::GET, "/v1/limits/me", None)
        .await?;
    assert_eq!(limits.body["daily_analyses_used"], 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_can_name_a_photo_of_the_bot_and_a_person_cannot() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    // The file is there because a person has sent it to the bot.
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let mut conn = app.db().await?;
    let file: String = {
        use diesel::prelude::*;
        use diesel_async::RunQueryDsl;
        use schema::analysis_history as analyses;
        let file: Option<String> = analyses::table
            .select(analyses::source_file_id)
            .first(&mut conn)
            .await?;
        file.unwrap_or_default()
    };
    drop(conn);
    let form = || Form::new().text("telegram_file_id", file.clone());
    let id = app.post_as_service(form()).await?.id()?;
    app.drain_jobs().await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    let me = chat.init_data().await?;
    assert_eq!(
        app.post_as_person(&me, form()).await?.refusal(),
        (403, "E204")
    );
    let odd = Form::new().text("telegram_file_id", "../../getMe");
    assert_eq!(app.post_as_service(odd).await?.refusal(), (400, "E105"));
    Ok(())
}
