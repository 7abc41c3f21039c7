//! `GET /v1/analyses?q=`: finding earlier readings, and the thumbnails of the list.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::pictures::drawn_cup;
use url::form_urlencoded;
use world::TestApp;
use world::app::{Answer, photo_form};

/// Readings of person 7, each with its words and the text that was written, and a question about the first.
async fn with_readings(app: &TestApp) -> anyhow::Result<String> {
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    app.sql(
        "INSERT INTO analysis_history (user_id, input_type, user_text, status, completed_at, analysis, created_at)
         SELECT users.id, 'text', words, 'completed', now(),
             jsonb_build_object('intro', intro, 'sections', jsonb_build_array(
                 jsonb_build_object('title', title, 'content', content))),
             now() - make_interval(mins => n)
         FROM users, (VALUES
             (1, 'a wish', 'A BIRD flies over', 'Love', 'water and a bridge'),
             (2, 'Мой вопрос', 'Ещё одна Птица', 'Работа', 'дорога'),
             (3, '', '杯底有一只鸟', '事业', '路很长'),
             (4, 'so', '100% of it_all', 'C:\\road', 'cafe' || U&'\\0301'))
             AS of (n, words, intro, title, content)
         WHERE telegram_id = 7;
         INSERT INTO analysis_history (user_id, input_type, user_text, status, about_id)
         SELECT user_id, 'text', 'Will I meet a captain?', 'pending', id
         FROM analysis_history WHERE user_text = 'a wish'",
    )
    .await?;
    Ok(me)
}

async fn find(app: &TestApp, me: &str, q: &str, more: &str) -> anyhow::Result<Answer> {
    let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let path = format!("/v1/analyses?q={q}{more}");
    app.as_person(me, Method::GET, &path, None).await
}

fn intros(found: &Answer) -> Vec<&str> {
    let data = found.body["data"].as_array().into_iter().flatten();
    data.filter_map(|one| one["analysis"]["intro"].as_str())
        .collect()
}

const BIRD: &str = "A BIRD flies over";
const PTITSA: &str = "Ещё одна Птица";
const NIAO: &str = "杯底有一只鸟";
const ROAD: &str = "100% of it_all";

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_in_the_reading_in_the_persons_words_and_in_questions() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let me = with_readings(&app).await?;
    for (q, expected) in [
        ("bird", &[BIRD][..]),
        ("Bridge LOVE", &[BIRD]),
        ("wish", &[BIRD]),
        ("captain", &[BIRD]),
        ("птица", &[PTITSA]),
        ("ЕЩЕ вопрос", &[PTITSA]),
        ("鸟", &[NIAO]),
        ("一只　路", &[NIAO]),
        // As another keyboard composes it.
        ("café", &[ROAD]),
        ("bird дорога", &[]),
        ("intro", &[]),
        ("", &[BIRD, PTITSA, NIAO, ROAD]),
        ("   ", &[BIRD, PTITSA, NIAO, ROAD]),
    ] {
        let found = find(&app, &me, q, "").await?;
        assert_eq!(
            (found.status, intros(&found)),
            (200, expected.to_vec()),
            "{q}"
        );
        assert_eq!(found.body["pagination"]["total"], expected.len(), "{q}");
    }
    let other = app.world.chat(8).init_data().await?;
    assert_eq!(intros(&find(&app, &other, "bird", "").await?), [""; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_in_a_search_means_more_than_itself() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = with_readings(&app).await?;
    for (q, expected) in [
        ("%", &[ROAD][..]),
        ("_", &[ROAD]),
        ("\\", &[ROAD]),
        ("100% it_all c:\\road", &[ROAD]),
        ("％", &[ROAD]),
        ("a%b", &[]),
        ("\\%", &[]),
        ("'; DROP TABLE users; --", &[]),
        ("{\"intro\"", &[]),
        ("bird\u{0}", &[BIRD]),
        ("\u{feff}\u{202e}", &[]),
    ] {
        let found = find(&app, &me, q, "").await?;
        assert_eq!(
            (found.status, intros(&found)),
            (200, expected.to_vec()),
            "{q:?}"
        );
    }
    let long = find(&app, &me, &"鸟".repeat(101), "").await?;
    assert_eq!(long.refusal(), (400, "E105"));
    assert_eq!(long.body["details"]["field"], "q");
    let raw = app.as_person(&me, Method::GET, "/v1/analyses?q=%ff%fe", None);
    assert_eq!(raw.await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_by_cursor_and_by_its_link() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    app.sql(
        "INSERT INTO analysis_history (user_id, input_type, user_text, created_at)
         SELECT users.id, 'text', CASE WHEN n % 3 = 0 THEN 'a & b' ELSE 'c' END,
             now() - make_interval(mins => n)
         FROM users, generate_series(1, 60) AS n WHERE telegram_id = 7",
    )
    .await?;
    let mut seen = Vec::new();
    let mut page = find(&app, &me, "& A", "&limit=7&thumbnails=true").await?;
    assert_eq!(page.body["pagination"]["total"], 20);
    loop {
        for one in page.body["data"].as_array().into_iter().flatten() {
            assert_eq!(
                (&one["text"], &one["thumbnail"]),
                (&json!("a & b"), &Value::Null)
            );
            assert!(one.get("thumbnail").is_some(), "it was asked for");
            seen.push(one["id"].clone());
        }
        let link = page.headers.get("link").and_then(|link| link.to_str().ok());
        let Some(next) = link.and_then(|link| link.split(['<', '>']).nth(1)) else {
            break;
        };
        page = app.as_person(&me, Method::GET, next, None).await?;
    }
    assert_eq!(seen.len(), 20);
    seen.dedup();
    assert_eq!(seen.len(), 20);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_the_rows_of_one_person_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    with_readings(&app).await?;
    app.sql(
        "INSERT INTO users (telegram_id) SELECT n FROM generate_series(1000, 1100) AS n;
         INSERT INTO analysis_history (user_id, input_type, user_text)
         SELECT id, 'text', 'a bird' FROM users, generate_series(1, 50) WHERE telegram_id >= 1000;
         ANALYZE analysis_history",
    )
    .await?;
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let explained = "EXPLAIN SELECT id FROM analysis_history
         WHERE user_id = (SELECT id FROM users WHERE telegram_id = 7) AND about_id IS NULL
           AND reading_mentions(id, user_text, analysis, ARRAY['bird'])
         ORDER BY created_at DESC, id DESC LIMIT 21";
    let plan: Vec<Line> = diesel::sql_query(explained)
        .load(&mut *app.db().await?)
        .await?;
    let plan: Vec<String> = plan.into_iter().map(|line| line.line).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Cond: (user_id ="), "{plan}");
    assert!(!plan.contains("Seq Scan on analysis_history"), "{plan}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn thumbnails_come_with_the_list_that_asks_for_them() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(drawn_cup(1)))
        .await?
        .id()?;
    let list = async |query: &str| {
        let path = format!("/v1/analyses?{query}");
        let found = app.as_person(&me, Method::GET, &path, None).await?;
        Ok::<_, anyhow::Error>(found.body["data"][0].clone())
    };
    let early = list("thumbnails=true").await?;
    assert_eq!(
        early.get("thumbnail"),
        Some(&Value::Null),
        "it is not made yet"
    );
    app.drain_jobs().await?;
    assert_eq!(list("").await?.get("thumbnail"), None);
    assert_eq!(list("thumbnails=false").await?.get("thumbnail"), None);

    let calls = app.world.calls("s3").await?;
    let one = list("thumbnails=true").await?;
    assert_eq!(app.world.calls("s3").await?, calls, "signing makes no call");
    let url = one["thumbnail"]["url"].as_str().unwrap_or_default();
    let small = app.world.http.get(url).send().await?.bytes().await?;
    let small = image::load_from_memory(&small)?;
    assert_eq!(small.width().max(small.height()), 200);

    // Another reading of the same cup shows the same photo, as long as that is there.
    let path = format!("/v1/analyses/{id}/again");
    let body = json!({ "focus_area": "career" });
    let again = app
        .as_person(&me, Method::POST, &path, Some(body))
        .await?
        .id()?;
    app.drain_jobs().await?;
    let one = list("thumbnails=true").await?;
    assert_eq!(one["id"], json!(again));
    let url = one["thumbnail"]["url"].as_str().unwrap_or_default();
    assert!(url.contains(&id), "{url}");
    let photo = format!("/v1/analyses/{again}/photo");
    assert_eq!(
        app.as_person(&me, Method::GET, &photo, None).await?.status,
        200
    );
    app.as_person(&me, Method::DELETE, &format!("/v1/analyses/{id}"), None)
        .await?;
    assert_eq!(list("thumbnails=true").await?["thumbnail"], Value::Null);
    assert_eq!(
        app.as_person(&me, Method::GET, &photo, None).await?.status,
        404
    );
    Ok(())
}
