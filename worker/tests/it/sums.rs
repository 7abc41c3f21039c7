//! What is done through the front door stands in the sums, and a deletion takes what names its person.

use analytics::rollups::step::step;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use world::TestApp;
use world::app::words_form;

/// Counts until nothing is left to count. Transactions of other databases of this server hold readers back, too.
async fn count_all(app: &TestApp) -> anyhow::Result<()> {
    let behind = "SELECT count(*) AS count FROM events
        WHERE NOT EXISTS (SELECT FROM event_cursors AS place
            WHERE place.name = 'analytics' AND (events.tx, events.seq) <= (place.tx, place.seq))";
    let mut conn = app.db().await?;
    eventually(async || {
        step(&mut conn, "UTC", 100).await?;
        Ok((app.count(behind).await? == 0).then_some(()))
    })
    .await
}

async fn sum(app: &TestApp, of: &str) -> anyhow::Result<i64> {
    let (column, table) = of.split_once(" of ").expect("a column of a table");
    app.count(&format!(
        "SELECT COALESCE(sum({column}), 0)::bigint AS count FROM {table}"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_counted_with_its_calls_its_tokens_and_what_they_cost() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("A bird in the cup")).await?;
    app.drain_jobs().await?;
    count_all(&app).await?;
    for (of, expected) in [
        ("signups of user_signups_quarter", 1),
        ("messages of chat_activity_quarter", 1),
        ("replies of chat_activity_quarter", 1),
        ("failures of chat_activity_quarter", 0),
        ("replies of tokens_by_plan_quarter", 1),
        ("replies of model_usage_quarter", 1),
        ("readings of user_usage_daily", 1),
        ("events of active_users_daily", 1),
    ] {
        assert_eq!(sum(&app, of).await?, expected, "{of}");
    }
    for (of, by) in [
        ("calls of model_usage_quarter", "1 of paid_calls"),
        ("calls of provider_performance_quarter", "1 of paid_calls"),
        (
            "tokens_in of model_usage_quarter",
            "input_tokens of paid_calls",
        ),
        (
            "tokens_out of tokens_by_plan_quarter",
            "output_tokens of paid_calls",
        ),
        (
            "cost_micro_usd of model_usage_quarter",
            "cost_micro_usd of paid_calls",
        ),
        (
            "cost_micro_usd of user_usage_daily",
            "cost_micro_usd of paid_calls",
        ),
    ] {
        let expected = sum(&app, by).await?;
        assert_eq!(sum(&app, of).await?, expected, "{of}");
    }
    assert!(sum(&app, "calls of model_usage_quarter").await? > 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_leaves_the_sums_and_takes_the_rows_of_its_person() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("A bird in the cup")).await?;
    app.drain_jobs().await?;
    count_all(&app).await?;
    let tokens = sum(&app, "tokens_out of model_usage_quarter").await?;
    let call = app
        .request(Method::POST, "/v1/users/me/deletion")
        .header("X-API-Key", world::N8N_KEY)
        .header("X-Telegram-User-Id", 7)
        .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
    assert_eq!(call.send().await?.status(), 202);
    app.drain_jobs().await?;
    count_all(&app).await?;
    for (of, expected) in [
        ("1 of analytics_people", 0),
        ("1 of active_users_daily", 0),
        ("1 of user_usage_daily", 0),
        ("1 of model_users_daily", 0),
        ("signups of user_signups_quarter", 1),
        ("deleted of user_signups_quarter", 1),
        ("replies of chat_activity_quarter", 1),
        ("tokens_out of model_usage_quarter", tokens),
    ] {
        assert_eq!(sum(&app, of).await?, expected, "{of}");
    }
    Ok(())
}
