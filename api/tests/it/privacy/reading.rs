//! The end of one reading.

use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::app::Answer;
use world::{N8N_KEY, TestApp};

use super::deletion::mentions;
use super::objects_with;

/// A word that stands nowhere by chance.
const WORD: &str = "qyzzpalimpsest";

/// Where the word stands: tables, keys of Redis, objects of the bucket.
async fn traces(app: &TestApp) -> anyhow::Result<Vec<String>> {
    let tables = mentions(app, WORD).await?.into_iter().map(|(name, _)| name);
    let mut found: Vec<String> = tables.collect();
    found.extend(app.world.redis_mentions(WORD).await?);
    for path in app.world.objects()? {
        let bytes = std::fs::read(&path)?;
        if bytes
            .windows(WORD.len())
            .any(|part| part == WORD.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_deleted_reading_is_left() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let photo = [coffee_cup(), WORD.as_bytes().to_vec()].concat();
    chat.sends_photo_saying(photo, &format!("Will {WORD} come?"), "en")
        .await?;
    app.drain_chat().await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    chat.says(&format!("And what of {WORD} and love?"), "en")
        .await?;
    eventually(async || Ok((app.rows().await?.1 == 2).then_some(()))).await?;
    app.drain_jobs().await?;
    let id: String = ids(&app, "input_type = 'image'").await?;
    let feedback = json!({ "rating": 5, "feedback_text": format!("true of {WORD}") });
    let path = format!("/v1/analyses/{id}");
    let rated = service(&app, Method::POST, &format!("{path}/feedback"), feedback).await?;
    assert_eq!(rated.status, 200);
    let before = traces(&app).await?;
    for table in ["analysis_history", "message_context", "paid_calls"] {
        assert!(
            before.iter().any(|found| found == table),
            "{table}: {before:?}"
        );
    }

    let deleted = service(&app, Method::DELETE, &path, json!({})).await?;
    assert_eq!(deleted.status, 204);
    app.drain_jobs().await?;
    assert_eq!(traces(&app).await?, Vec::<String>::new());
    assert_eq!(objects_with(&app, &id)?, 0);
    // The question about it went with it, and what was paid stays known.
    assert_eq!(app.rows().await?.1, 0);
    let paid = "SELECT count(*) AS count FROM paid_calls WHERE cost_micro_usd IS NOT NULL";
    assert_eq!(app.count(paid).await?, 3);
    let own = format!(
        "SELECT count(*) AS count FROM jobs WHERE subject_id IS NOT NULL AND args ->> 'analysis_id' = '{id}'"
    );
    assert_eq!(app.count(&own).await?, 0);
    Ok(())
}

async fn service(
    app: &TestApp,
    method: Method,
    path: &str,
    body: serde_json::Value,
) -> anyhow::Result<Answer> {
    let call = app.request(method, path).header("X-API-Key", N8N_KEY);
    Answer::of(call.json(&body).send().await?).await
}

/// The id of the one reading for which a condition is true.
async fn ids(app: &TestApp, condition: &str) -> anyhow::Result<String> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        id: String,
    }
    let query = format!("SELECT id::text AS id FROM analysis_history WHERE {condition}");
    let row: Row = diesel::sql_query(query)
        .get_result(&mut app.db().await?)
        .await?;
    Ok(row.id)
}
