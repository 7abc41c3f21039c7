//! Processes of the previous release on a database that is migrated meanwhile: the statements of commit 2a54af4 about
//! the use of plans, as it sends them (`git show 2a54af4:shared/money/src`), after the migrations and after all.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use kernel::db;
use product::MIGRATIONS;
use testkit::TestDatabase;
use testkit::database::{self, Login};

/// Its functions and its view.
const DEFINITIONS: &str = include_str!("../../../../fixtures/upgrade/2a54af4_money.sql");

/// A person who has used two readings, and two who have used none.
const BEFORE: &str = "
    INSERT INTO users (telegram_id) VALUES (7), (8), (9);
    SELECT take_unit(id), take_unit(id) FROM users WHERE telegram_id = 7";

/// What each statement changes, and a question that is then answered by 1.
const STATEMENTS: [(&str, &str); 8] = [
    (
        "SELECT taken FROM users, take_unit(users.id) WHERE telegram_id < 9",
        "SELECT count(*) AS count FROM current_usage JOIN users ON users.id = user_id
         WHERE telegram_id = 7 AND daily_analyses_used = 3 AND daily_analyses_limit = 3 AND tier = 'FREE'",
    ),
    (
        "SELECT taken FROM users, take_unit(users.id) WHERE telegram_id = 7",
        "SELECT count(*) AS count FROM current_usage WHERE daily_analyses_used = 3 AND monthly_analyses_used = 3",
    ),
    (
        "SELECT ensure_usage_limits(id) FROM users WHERE telegram_id < 9; SELECT FROM usage_limits FOR UPDATE",
        "SELECT count(*) AS count FROM current_usage WHERE daily_analyses_used = 1 AND bonus_units = 0",
    ),
    (
        "UPDATE usage_limits SET bonus_units = bonus_units + 1, bonus_as_invited = TRUE
         WHERE NOT bonus_as_invited AND daily_analyses_used = 3;
         SELECT taken FROM users, take_unit(users.id) WHERE telegram_id = 7",
        "SELECT count(*) AS count FROM usage_limits WHERE bonus_as_invited AND bonus_units = 0",
    ),
    (
        "UPDATE usage_limits SET
             daily_units_returned = daily_units_returned + 1,
             bonus_units = bonus_units + 0,
             daily_analyses_used = daily_analyses_used - CASE
                 WHEN daily_limit_reset_at > now() AND daily_analyses_used > 0 THEN 1 ELSE 0 END,
             monthly_analyses_used = monthly_analyses_used - 1
         WHERE daily_units_returned < 3 AND daily_analyses_used = 3",
        "SELECT count(*) AS count FROM usage_limits
         WHERE daily_units_returned = 1 AND daily_analyses_used = 2 AND monthly_analyses_used = 2",
    ),
    (
        "UPDATE usage_limits SET tier = 'BASIC' WHERE daily_analyses_used = 1",
        "SELECT count(*) AS count FROM usage_limits WHERE tier = 'BASIC'",
    ),
    (
        "INSERT INTO usage_memory (memory_key, daily_analyses_used, daily_units_returned, daily_limit_reset_at,
             monthly_analyses_used, monthly_limit_reset_at, trial_used, bonus_as_invited, bonus_as_referrer, kept_until)
         SELECT sha256('7'), daily_analyses_used, daily_units_returned, daily_limit_reset_at, monthly_analyses_used,
             monthly_limit_reset_at, FALSE, bonus_as_invited, bonus_as_referrer, now()
         FROM usage_limits WHERE bonus_as_invited",
        "SELECT count(*) AS count FROM usage_memory WHERE daily_analyses_used = 2",
    ),
    (
        "INSERT INTO usage_limits (user_id, daily_analyses_used, daily_units_returned, daily_limit_reset_at,
             monthly_analyses_used, monthly_limit_reset_at, bonus_as_invited, bonus_as_referrer)
         SELECT id, daily_analyses_used, daily_units_returned, daily_limit_reset_at, monthly_analyses_used,
             monthly_limit_reset_at, bonus_as_invited, bonus_as_referrer
         FROM usage_memory, users WHERE telegram_id = 9",
        "SELECT count(*) AS count FROM meters JOIN users ON users.id = account_id
         WHERE telegram_id = 9 AND unit = 'analyses' AND day_used = 2",
    ),
];

/// Runs them as the role of the worker, which may do what the API may and write what is remembered.
async fn run(database: &TestDatabase) -> anyhow::Result<()> {
    let login = Login::create(Some("symancy_worker")).await?;
    let mut conn = AsyncPgConnection::establish(&login.url(&database.url)?).await?;
    conn.batch_execute("BEGIN").await?;
    for (statement, question) in STATEMENTS {
        conn.batch_execute(statement).await?;
        assert_eq!(
            database::count(&mut conn, question).await?,
            1,
            "{statement}"
        );
    }
    conn.batch_execute("ROLLBACK").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_the_previous_release_do_the_same_on_the_new_schema() -> anyhow::Result<()>
{
    let database = crate::migrated().await?;
    let address = database.address()?;
    let (found, _) = db::plan(&address, MIGRATIONS, None).await?;
    let newer = found.applied.iter().rev();
    let newer = newer.take_while(|name| !name.ends_with("people_make_accounts"));
    db::down(&address, MIGRATIONS, newer.count()).await?;
    database.sql(DEFINITIONS).await?;
    database.sql(BEFORE).await?;
    // Nothing of it is lost, in one transaction too.
    let (_, lost) = db::plan(&address, MIGRATIONS, None).await?;
    assert_eq!(lost, []);
    db::migrate(&address, true, MIGRATIONS, &[], &[]).await?;
    run(&database).await?;
    product::migrate(&address).await?;
    run(&database).await
}
