//! Units of a plan in the database: the first of a person, and those that are given back.

use chrono::Timelike;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use money::meters::model::Unit;
use money::meters::queries;
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
    let taken = queries::take(conn, person, Unit::Analyses, 1).await?;
    Ok(taken.is_some())
}

const ROWS: &str = "SELECT count(*) AS count FROM meters";
const USED: &str = "SELECT sum(day_used)::bigint AS count FROM meters";

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
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
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
        "BEGIN; SELECT ensure_meter('{person}', 'analyses');
         SELECT FROM meters WHERE account_id = '{person}' FOR UPDATE;
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

#[tokio::test(flavor = "multi_thread")]
async fn each_unit_of_an_account_has_a_meter_of_its_own() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "UPDATE plan_limits SET day_limit = 3 WHERE tier = 'FREE' AND unit IN ('messages', 'uploads')",
    )
    .await?;
    let person = seen_person(&app).await?;
    let mut conn = app.db().await?;
    let messages = queries::take(&mut conn, person, Unit::Messages, 2).await?;
    let messages = messages.expect("two of three");
    // Two more are one too many: then none of them is taken.
    let refused = queries::take(&mut conn, person, Unit::Messages, 2).await?;
    assert_eq!(refused, None);
    let uploads = queries::take(&mut conn, person, Unit::Uploads, 3).await?;
    assert!(uploads.is_some(), "messages are not files");
    let used = async |conn: &mut AsyncPgConnection| {
        let all = queries::all(conn, person).await?;
        let used = all.iter().map(|one| (one.day_used, one.month_used));
        Ok::<_, anyhow::Error>(used.collect::<Vec<_>>())
    };
    // By their names: ai_requests, analyses, api_requests, conversations, messages, uploads.
    let before = [(0, 0), (0, 0), (0, 0), (0, 0), (2, 2), (3, 3)];
    assert_eq!(used(&mut conn).await?, before);
    assert!(queries::give_back(&mut conn, &messages, None).await?);
    let after = [(0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (3, 3)];
    assert_eq!(used(&mut conn).await?, after);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_a_plan_does_not_have_cannot_be_taken() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("DELETE FROM plan_limits WHERE tier = 'FREE' AND unit = 'uploads'")
        .await?;
    let person = seen_person(&app).await?;
    let mut conn = app.db().await?;
    let taken = queries::take(&mut conn, person, Unit::Uploads, 1).await?;
    assert_eq!(taken, None);
    let usage = queries::usage_of(&mut conn, person, Unit::Uploads).await?;
    assert_eq!((usage.day_limit, usage.month_limit), (Some(0), Some(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_takes_by_the_clock_of_utc() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let organization = Uuid::from_u128(5);
    app.sql(&format!(
        "INSERT INTO accounts (id, kind, name) VALUES ('{organization}', 'organization', 'Cups')"
    ))
    .await?;
    let mut conn = app.db().await?;
    let taken = queries::take(&mut conn, organization, Unit::Messages, 20).await?;
    let taken = taken.expect("the twenty of FREE");
    assert_eq!(taken.day_ends_at.num_seconds_from_midnight(), 0);
    let more = queries::take(&mut conn, organization, Unit::Messages, 1).await?;
    assert_eq!(more, None);
    let usage = queries::usage_of(&mut conn, organization, Unit::Messages).await?;
    assert_eq!(
        (usage.day_used, usage.day_limit, usage.day_ends_at),
        (20, Some(20), taken.day_ends_at)
    );
    app.sql("DELETE FROM accounts WHERE kind = 'organization'")
        .await?;
    assert_eq!(app.count(ROWS).await?, 0);
    Ok(())
}
