//! An installation of an earlier commit, with its data, becomes one of this commit.

use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::db;
use product::JOBS;
use serde_json::Value;
use testkit::{TestDatabase, database};

const BEFORE: &str = include_str!("../../../../fixtures/upgrade/0e6eb49.sql");

/// Every column, index, trigger, constraint, policy, view and function of a database, in one text. (The
/// dump has no empty lines.)
const CATALOGUE: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") AS text FROM (
        SELECT concat_ws(' ', 'column', table_name, column_name, udt_name, is_nullable, column_default)
            AS line FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', tablename, policyname, qual) FROM pg_policies
        UNION ALL SELECT concat_ws(' ', viewname, definition) FROM pg_views
            WHERE schemaname = 'public'
        UNION ALL SELECT regexp_replace(pg_get_functiondef(oid), '\\s+', ' ', 'g') FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace) AS lines";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Queued {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = Jsonb)]
    args: Value,
}

async fn text(conn: &mut AsyncPgConnection, query: &str) -> anyhow::Result<String> {
    Ok(diesel::sql_query(query)
        .get_result::<Line>(conn)
        .await?
        .text)
}

async fn count(conn: &mut AsyncPgConnection, from: &str) -> anyhow::Result<i64> {
    let query = format!("SELECT count(*) AS count FROM {from}");
    Ok(database::count(conn, &query).await?)
}

/// A database as the earlier commit left it, upgraded.
async fn upgraded() -> anyhow::Result<TestDatabase> {
    let database = crate::empty().await?;
    database.sql(BEFORE).await?;
    product::migrate(&database.address()?).await?;
    Ok(database)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_the_tables_functions_and_views_of_a_new_one() -> anyhow::Result<()> {
    let (upgraded, fresh) = (upgraded().await?, crate::migrated().await?);
    let mut upgraded = upgraded.connect().await?;
    let mut fresh = fresh.connect().await?;
    let (upgraded, fresh) = (
        text(&mut upgraded, CATALOGUE).await?,
        text(&mut fresh, CATALOGUE).await?,
    );
    let differs = upgraded.lines().zip(fresh.lines()).find(|(a, b)| a != b);
    assert!(upgraded == fresh, "{differs:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upgrade_can_be_planned() -> anyhow::Result<()> {
    let database = crate::empty().await?;
    database.sql(BEFORE).await?;
    let (found, _) = db::plan(&database.address()?, product::MIGRATIONS, None).await?;
    assert!(found.pending.len() > 30, "{found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_its_rows_and_knows_its_jobs() -> anyhow::Result<()> {
    let database = upgraded().await?;
    let mut conn = database.connect().await?;
    for (from, rows) in [
        ("users", 2),
        ("meters WHERE unit = 'analyses' AND month_used IN (7, 1)", 2),
        ("usage_limits WHERE monthly_analyses_used IN (7, 1)", 2),
        (
            "subscriptions WHERE tier = 'BASIC' AND status = 'active'",
            1,
        ),
        ("payments WHERE status = 'succeeded'", 1),
        ("analysis_history", 3),
        ("analysis_history WHERE cost_usd * 1000000 IN (500, 900)", 2),
        ("analysis_steps", 2),
        ("message_context", 1),
        ("paid_calls", 4),
        // Each call of a reading that is still there is found by its subject.
        (
            "paid_calls AS c JOIN analysis_history AS a
             ON c.subject_kind = 'analysis' AND c.subject_id = a.id AND c.user_id = a.user_id",
            3,
        ),
        (
            "ai_budgets WHERE scope = 'all' AND spent_micro_usd + reserved_micro_usd > 0",
            2,
        ),
        ("api_keys", 1),
        ("idempotency_keys WHERE status = 202", 1),
        ("privacy_requests", 1),
        ("audit_logs", 1),
        ("telegram_updates", 1),
        ("jobs WHERE state = 'queued'", 10),
        // All but those that are about no person, or must run when theirs is gone.
        ("jobs WHERE subject_id IS NOT NULL", 7),
    ] {
        assert_eq!(count(&mut conn, from).await?, rows, "{from}");
    }
    let queued: Vec<Queued> = diesel::sql_query("SELECT kind, queue, args FROM jobs")
        .load(&mut conn)
        .await?;
    for Queued { kind, queue, args } in queued {
        let entry = JOBS.kinds.iter().find(|entry| entry.kind == kind);
        assert_eq!(
            entry.map(|entry| entry.queue.name()),
            Some(&*queue),
            "{kind}"
        );
        assert!(
            JOBS.limit_keys(&kind, &args).is_some(),
            "{kind} does not read {args}"
        );
    }
    Ok(())
}
