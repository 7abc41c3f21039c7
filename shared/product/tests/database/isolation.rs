//! Row-level security, for a role that is a member of `symancy_person`.

use anyhow::Context;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use schema::users;
use testkit::{TestDatabase, database};
use url::Url;
use uuid::Uuid;

/// Two people with a row in each of the tables, and a row without a person where that is allowed.
const PEOPLE: &str = "
    INSERT INTO users (telegram_id, first_name) VALUES (7, 'Ann'), (8, 'Bob');
    INSERT INTO subscriptions (user_id, tier, current_period_end)
        SELECT id, 'BASIC', '2030-01-01Z' FROM users;
    INSERT INTO payments (user_id, provider, amount, tier) SELECT id, 'telegram_stars', 1, 'BASIC' FROM users;
    INSERT INTO payments (provider, amount, tier) VALUES ('telegram_stars', 1, 'BASIC');
    INSERT INTO meters (account_id, day_ends_at, month_ends_at)
        SELECT id, now(), now() FROM users;
    INSERT INTO analysis_history (user_id, input_type, user_text) SELECT id, 'text', first_name FROM users;
    INSERT INTO analysis_steps (analysis_id, step, prompt_version, vendor, model)
        SELECT id, 'vision', 'vision.1#00000000', 'offline', 'x' FROM analysis_history;
    INSERT INTO message_context (user_id, message_id, role, content) SELECT id, 1, 'user', first_name FROM users;
    INSERT INTO audit_logs (user_id, action, actor) SELECT id, 'seen', 'person' FROM users;
    INSERT INTO audit_logs (action, actor) VALUES ('seen', 'worker');
    INSERT INTO privacy_requests (id, user_id, kind) SELECT gen_random_uuid(), id, 'export' FROM users;
    INSERT INTO idempotency_keys (caller, key, fingerprint, locked_until)
        VALUES ('user:7', 'a', sha256('a'), now());
    INSERT INTO jobs (id, kind, queue, args, max_attempts) VALUES (gen_random_uuid(), 'x', 'image', '{}', 1)";

/// The tables with rows of people, and the column that says whose.
const TABLES: [(&str, &str); 8] = [
    ("users", "id"),
    ("subscriptions", "user_id"),
    ("payments", "user_id"),
    ("meters", "account_id"),
    ("analysis_history", "user_id"),
    ("message_context", "user_id"),
    ("audit_logs", "user_id"),
    ("privacy_requests", "user_id"),
];

/// A view that shows what its caller may see of a table.
const VIEW: (&str, &str) = ("usage_limits", "user_id");

/// SQLSTATE 42501 (insufficient_privilege), as diesel tells it.
const DENIED: &str = "permission denied";

/// A connection of the restricted role.
struct Restricted(AsyncPgConnection);

impl Restricted {
    async fn count(&mut self, query: &str) -> anyhow::Result<i64> {
        Ok(database::count(&mut self.0, query).await?)
    }

    /// How many rows of a table are visible, and how many of those are a person's.
    async fn visible(
        &mut self,
        (table, whose): (&str, &str),
        person: Uuid,
    ) -> anyhow::Result<(i64, i64)> {
        let all = format!("SELECT count(*) AS count FROM {table}");
        let own = format!("{all} WHERE {whose} = '{person}'");
        Ok((self.count(&all).await?, self.count(&own).await?))
    }

    /// The error of a statement that has to be refused.
    async fn refused(&mut self, statement: &str) -> anyhow::Result<String> {
        let refused = self.0.batch_execute(statement).await.err();
        Ok(refused
            .with_context(|| format!("it is allowed: {statement}"))?
            .to_string())
    }
}

/// Runs a test as a login role of its own, which is dropped however the test ends.
async fn as_member<F>(
    database: &TestDatabase,
    test: impl FnOnce(Restricted) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let (role, password) = (format!("test_{}", Uuid::now_v7().simple()), Uuid::now_v7());
    let made = format!("CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE symancy_person");
    database.sql(&made).await?;
    let mut url: Url = database.url.parse()?;
    url.set_username(&role)
        .map_err(|()| anyhow::anyhow!("no user in the address"))?;
    url.set_password(Some(&password.to_string()))
        .map_err(|()| anyhow::anyhow!("no password"))?;
    let connected = AsyncPgConnection::establish(url.as_str()).await;
    let tested = match connected {
        Ok(conn) => tokio::spawn(test(Restricted(conn))).await,
        Err(why) => Ok(Err(why.into())),
    };
    database.sql(&format!("DROP ROLE {role}")).await?;
    tested?
}

async fn two_people(database: &TestDatabase) -> anyhow::Result<[Uuid; 2]> {
    database.sql(PEOPLE).await?;
    let ids: Vec<Uuid> = users::table
        .order(users::telegram_id)
        .select(users::id)
        .load(&mut database.connect().await?)
        .await?;
    ids.try_into()
        .map_err(|ids| anyhow::anyhow!("not two people: {ids:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_the_rows_of_the_person_that_is_set_and_no_others() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let [ann, bob] = two_people(&database).await?;
    as_member(&database, async move |mut member| {
        for table in TABLES {
            assert_eq!(
                member.visible(table, ann).await?,
                (0, 0),
                "without a person: {table:?}"
            );
        }
        for id in ["", "00000000-0000-0000-0000-000000000000"] {
            member
                .0
                .batch_execute(&format!("SET symancy.user_id = '{id}'"))
                .await?;
            for table in TABLES.into_iter().chain([VIEW]) {
                assert_eq!(member.visible(table, ann).await?, (0, 0), "{id}: {table:?}");
            }
        }
        for person in [ann, bob] {
            member
                .0
                .batch_execute(&format!("SET symancy.user_id = '{person}'"))
                .await?;
            for table in TABLES.into_iter().chain([VIEW]) {
                assert_eq!(member.visible(table, person).await?, (1, 1), "{table:?}");
            }
            // These refer to a reading, which refers to a person.
            let steps = "SELECT count(*) AS count FROM analysis_steps";
            assert_eq!(member.count(steps).await?, 1);
        }
        member.0.batch_execute("RESET symancy.user_id").await?;
        assert_eq!(member.visible(TABLES[0], bob).await?, (0, 0));
        // A malformed id is an error, and does not open all rows.
        member.0.batch_execute("SET symancy.user_id = 'x'").await?;
        member.refused("SELECT * FROM users").await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_writes_nothing_and_reads_nothing_else() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let [ann, _] = two_people(&database).await?;
    as_member(&database, async move |mut member| {
        member
            .0
            .batch_execute(&format!("SET symancy.user_id = '{ann}'"))
            .await?;
        for (table, whose) in TABLES {
            for write in [
                format!("UPDATE {table} SET {whose} = {whose}"),
                format!("DELETE FROM {table}"),
                format!("INSERT INTO {table} DEFAULT VALUES"),
                format!("TRUNCATE {table}"),
                format!("SELECT * FROM {table} FOR UPDATE"),
                format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
                format!("DROP POLICY own_rows ON {table}"),
            ] {
                let why = member.refused(&write).await?;
                assert!(
                    why.contains(DENIED) || why.contains("must be owner"),
                    "{write}: {why}"
                );
            }
        }
        for write in [
            "UPDATE usage_limits SET daily_analyses_used = 0",
            "INSERT INTO usage_limits DEFAULT VALUES",
            "DELETE FROM usage_limits",
            "SELECT * FROM usage_limits FOR UPDATE",
        ] {
            let why = member.refused(write).await?;
            assert!(why.contains(DENIED), "{write}: {why}");
        }
        for table in [
            "jobs",
            "api_keys",
            "idempotency_keys",
            "paid_calls",
            "ai_budgets",
            "provider_health",
            "provider_calls_of_hour",
            "telegram_updates",
            "job_keys",
            "job_pauses",
            "cron_ticks",
            "job_workers",
            "plans",
            "plan_limits",
            "current_meters",
            "current_usage",
            "pg_authid",
        ] {
            let why = member.refused(&format!("SELECT * FROM {table}")).await?;
            assert!(why.contains(DENIED), "{table}: {why}");
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_cannot_become_another_role_nor_see_more_through_functions() -> anyhow::Result<()>
{
    let database = TestDatabase::create().await?;
    let [ann, bob] = two_people(&database).await?;
    let owner = {
        let url: Url = database.url.parse()?;
        url.username().to_owned()
    };
    as_member(&database, async move |mut member| {
        member.0.batch_execute(&format!("SET symancy.user_id = '{ann}'")).await?;
        for change in [
            format!("SET ROLE {owner}"),
            format!("SET SESSION AUTHORIZATION {owner}"),
            "SET row_security = off; SELECT * FROM users".to_owned(),
            format!("CREATE FUNCTION leak() RETURNS BIGINT LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER FUNCTION leak() OWNER TO {owner}"),
        ] {
            member.refused(&change).await?;
        }
        member.0.batch_execute("RESET row_security").await?;
        // It runs with the caller's rights, and finds nothing of other people.
        let tier = |person: Uuid| format!("SELECT count(*) AS count FROM current_tier('{person}') AS t WHERE t = 'BASIC'");
        assert_eq!(member.count(&tier(ann)).await?, 1);
        assert_eq!(member.count(&tier(bob)).await?, 0);
        for call in [
            format!("SELECT take_units('{ann}', 'analyses', 1)"),
            format!("SELECT take_units('{bob}', 'analyses', 1)"),
            format!("SELECT audit_logs_forget('{ann}')"),
            "SELECT audit_logs_prune(1)".to_owned(),
            "SELECT jobs_release_all('{}')".to_owned(),
            "SELECT jobs_take_token('{telegram}', '{\"telegram\": {\"per_second\": 1}}')".to_owned(),
        ] {
            let why = member.refused(&call).await?;
            assert!(why.contains(DENIED), "{call}: {why}");
        }
        // No function that it may call runs with more rights than its caller.
        let definers = "SELECT count(*) AS count FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
                        WHERE nspname = 'public' AND prosecdef
                          AND has_function_privilege(p.oid, 'EXECUTE')";
        assert_eq!(member.count(definers).await?, 0);
        // A predicate with side effects is not evaluated on the rows of others.
        let leak = "SELECT count(*) AS count FROM users WHERE CASE WHEN first_name = 'Bob' THEN 1 / (telegram_id - 8) ELSE 1 END = 1";
        assert_eq!(member.count(leak).await?, 1);
        Ok(())
    })
    .await
}
