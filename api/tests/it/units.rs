//! Units of a plan in the database: the first of a person, and those that are given back.

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use readings::unit;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;
use world::TestApp;
use world::app::words_form;

/// A person of whom only their first sight is recorded.
async fn seen_person(app: &TestApp) -> anyhow::Result<Uuid> {
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    app.user_id(7).await
}

async fn take_unit(conn: &mut AsyncPgConnection, person: Uuid) -> anyhow::Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct Unit {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        taken: bool,
    }
    let query = format!("SELECT taken FROM take_unit('{person}')");
    Ok(diesel::sql_query(query)
        .get_result::<Unit>(conn)
        .await?
        .taken)
}

const ROWS: &str = "SELECT count(*) AS count FROM usage_limits";
const USED: &str = "SELECT sum(daily_analyses_used) AS count FROM usage_limits";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_unit_has_no_row_and_is_shown_as_unused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    seen_person(&app).await?;
    let me = app.world.chat(7).init_data().await?;
    let shown = app
        .as_person(&me, Method::GET, "/v1/limits/me", None)
        .await?;
    assert_eq!(app.count(ROWS).await?, 0);
    assert_eq!(shown.body["tier"], "FREE");
    assert_eq!(
        (
            &shown.body["daily_analyses_used"],
            &shown.body["monthly_analyses_used"]
        ),
        (&json!(0), &json!(0))
    );
    app.post_as_service(words_form("A bird")).await?.id()?;
    let after = app
        .as_person(&me, Method::GET, "/v1/limits/me", None)
        .await?;
    for window in ["daily_reset_at", "monthly_reset_at"] {
        assert_eq!(shown.body[window], after.body[window], "{window}");
    }
    assert_eq!(after.body["daily_analyses_used"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_units_at_once_each_is_counted_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let person = seen_person(&app).await?;
    let (mut first, mut second) = (app.db().await?, app.db().await?);
    first.batch_execute("BEGIN").await?;
    assert!(take_unit(&mut first, person).await?);
    let waiting = tokio::spawn(async move { take_unit(&mut second, person).await });
    app.a_statement_waits_for_a_lock().await?;
    first.batch_execute("COMMIT").await?;
    assert!(waiting.await??);
    assert_eq!((app.count(ROWS).await?, app.count(USED).await?), (1, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_requests_for_one_unit_one_gets_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plans SET daily_analyses_limit = 1 WHERE tier = 'FREE'")
        .await?;
    seen_person(&app).await?;
    let (a, b) = tokio::try_join!(
        app.post_as_service(words_form("A bird")),
        app.post_as_service(words_form("A cat")),
    )?;
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 402]);
    assert_eq!((app.count(ROWS).await?, app.count(USED).await?), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_unit_that_waits_for_the_deletion_of_its_person_is_not_taken() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let person = seen_person(&app).await?;
    let (mut deletion, mut taking) = (app.db().await?, app.db().await?);
    let locks = format!(
        "BEGIN; SELECT ensure_usage_limits('{person}');
         SELECT FROM usage_limits WHERE user_id = '{person}' FOR UPDATE;
         SELECT FROM users WHERE id = '{person}' FOR UPDATE"
    );
    deletion.batch_execute(&locks).await?;
    let waiting = tokio::spawn(async move { take_unit(&mut taking, person).await });
    app.a_statement_waits_for_a_lock().await?;
    deletion.batch_execute("DELETE FROM users; COMMIT").await?;
    assert!(!waiting.await??, "and without an error");
    assert_eq!(app.count(ROWS).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_given_back_once_also_by_two_at_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id: Uuid = app
        .post_as_service(words_form("A bird"))
        .await?
        .id()?
        .parse()?;
    app.post_as_service(words_form("A cat")).await?.id()?;
    let (mut first, mut second) = (app.db().await?, app.db().await?);
    first.batch_execute("BEGIN").await?;
    assert!(unit::give_back(&mut first, id).await?);
    let waiting = tokio::spawn(async move { unit::give_back(&mut second, id).await });
    app.a_statement_waits_for_a_lock().await?;
    first.batch_execute("COMMIT").await?;
    assert!(!waiting.await??);
    assert_eq!(app.count(USED).await?, 1, "that of the other reading");
    Ok(())
}
