//! Blocks of units, of processes that work at once and die.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use kernel::db::{DbConfig, Pool};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use testkit::{TestDatabase, eventually};
use tokio::time::timeout;
use usage::leases::{Holder, reap};
use uuid::Uuid;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// A person with so many requests a month.
async fn account(database: &TestDatabase, limit: i64) -> anyhow::Result<Uuid> {
    let set = format!(
        "UPDATE plan_limits SET month_limit = {limit} WHERE unit = 'api_requests' AND tier = 'FREE'"
    );
    database.sql(&set).await?;
    let insert = "INSERT INTO users (telegram_id) VALUES (7) RETURNING id";
    let mut conn = database.connect().await?;
    let made: Id = diesel::sql_query(insert).get_result(&mut conn).await?;
    Ok(made.id)
}

fn pool(database: &TestDatabase) -> anyhow::Result<Pool> {
    pool_of(database, 4, Duration::from_secs(30))
}

fn pool_of(database: &TestDatabase, pool_size: usize, wait: Duration) -> anyhow::Result<Pool> {
    let config = DbConfig {
        address: database.address()?,
        pool_size,
        wait,
        migrate: false,
        even_restored: false,
        replica: None,
    };
    Ok(kernel::db::connect(&config)?)
}

async fn used(database: &TestDatabase) -> anyhow::Result<i64> {
    let used = "SELECT COALESCE(sum(month_used), 0)::bigint AS count FROM meters WHERE unit = 'api_requests'";
    database.count(used).await
}

/// How many of so many requests at once are admitted.
async fn ask(
    holder: &Holder,
    db: &Pool,
    account: Uuid,
    now: DateTime<Utc>,
    requests: usize,
) -> i64 {
    let all = (0..requests).map(|_| holder.spend(db, account, now));
    let admitted = join_all(all).await;
    admitted.iter().filter(|one| one.is_ok()).map(|_| 1).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_served_than_the_plan_has_and_no_less_counted_whatever_dies()
-> anyhow::Result<()> {
    for seed in 0..6 {
        let database = TestDatabase::create().await?;
        let limit = 700;
        let account = account(&database, limit).await?;
        let db = pool(&database)?;
        let mut dice = StdRng::seed_from_u64(seed);
        let mut processes = vec![Holder::default(), Holder::default(), Holder::default()];
        let (mut now, mut served, mut has_died) = (Utc::now(), 0, false);
        for _ in 0..60 {
            let batches: Vec<usize> = processes.iter().map(|_| dice.random_range(0..9)).collect();
            let all = processes.iter().zip(batches);
            let all = all.map(|(one, requests)| ask(one, &db, account, now, requests));
            served += join_all(all).await.into_iter().sum::<i64>();
            // What they remember of a plan that is used up lasts for a second.
            now += TimeDelta::seconds(2);
            let which = dice.random_range(0..processes.len());
            match dice.random_range(0..10) {
                0 if seed % 2 == 0 => {
                    processes[which] = Holder::default();
                    has_died = true;
                }
                1 => {
                    processes[which].close(&db, now).await?;
                    processes[which] = Holder::default();
                }
                2 => {
                    processes[which]
                        .sweep(&db, now + TimeDelta::seconds(60))
                        .await?
                }
                _ => {}
            }
            let used = used(&database).await?;
            assert!(
                served <= used && used <= limit,
                "{served} <= {used} <= {limit}"
            );
        }
        for process in &processes {
            process.close(&db, now).await?;
        }
        if !has_died {
            assert_eq!(used(&database).await?, served, "seed {seed}");
        }
        let open = "SELECT COALESCE(sum(amount), 0)::bigint AS count FROM usage_leases";
        let open = database.count(open).await?;
        // What is told to be lost is no less than what is counted and was not served.
        let lost = reap(&mut database.connect().await?, now + TimeDelta::hours(1)).await?;
        assert_eq!(lost, open);
        assert!(used(&database).await? - served <= lost, "seed {seed}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_in_two_processes_the_last_units_go_to_as_many_as_there_are()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 5).await?;
    let db = pool(&database)?;
    let (one, other, now) = (Holder::default(), Holder::default(), Utc::now());
    let (one, other) = tokio::join!(
        ask(&one, &db, account, now, 20),
        ask(&other, &db, account, now, 20)
    );
    assert_eq!(one + other, 5);
    assert_eq!(used(&database).await?, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_when_the_next_month_begins() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 1).await?;
    let (db, holder, now) = (pool(&database)?, Holder::default(), Utc::now());
    holder.spend(&db, account, now).await?;
    let refused = holder.spend(&db, account, now).await.expect_err("used up");
    assert_eq!((refused.status(), refused.code().as_str()), (429, "E311"));
    let left = format!(
        "SELECT EXTRACT(epoch FROM month_ends_at - to_timestamp({}))::bigint AS count FROM meters
         WHERE unit = 'api_requests'",
        now.timestamp()
    );
    let after = refused.retry_after().expect("a time").as_secs();
    let left = u64::try_from(database.count(&left).await?)?;
    assert!(after.abs_diff(left) <= 2, "{after} and {left}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_trial_keys_have_the_requests_of_the_free_plan() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 5).await?;
    let trial = format!(
        "INSERT INTO subscriptions (user_id, tier, trial_ends_at) VALUES ('{account}', 'TRIAL', now() - interval '1 day')"
    );
    database.sql(&trial).await?;
    let (db, holder) = (pool(&database)?, Holder::default());
    assert_eq!(ask(&holder, &db, account, Utc::now(), 20).await, 5);
    let refused = holder.spend(&db, account, Utc::now()).await;
    let after = refused.expect_err("used up").retry_after();
    // Not the day of those for whom waiting does not help.
    let left = "SELECT EXTRACT(epoch FROM month_ends_at - now())::bigint AS count FROM meters WHERE unit = 'api_requests'";
    let left = u64::try_from(database.count(left).await?)?;
    assert!(after.expect("a time").as_secs().abs_diff(left) <= 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_does_not_answer_many_requests_wait_no_longer_than_one()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 500).await?;
    let db = pool_of(&database, 1, Duration::from_millis(300))?;
    let held = db.get().await?;
    let (holder, now, began) = (Holder::default(), Utc::now(), Instant::now());
    assert_eq!(ask(&holder, &db, account, now, 20).await, 0);
    assert!(began.elapsed() < Duration::from_millis(3_000));
    let refused = holder.spend(&db, account, now).await.expect_err("away");
    assert_eq!(refused.status(), 503);
    drop(held);
    holder
        .spend(&db, account, now + TimeDelta::seconds(5))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_dropped_loses_no_block() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 700).await?;
    let (db, holder, now) = (pool(&database)?, Holder::default(), Utc::now());
    let mut lock = database.connect().await?;
    diesel::sql_query("BEGIN").execute(&mut lock).await?;
    diesel::sql_query("SELECT ensure_meter(id, 'api_requests') FROM users")
        .execute(&mut lock)
        .await?;
    // It waits for the meter when its client goes away.
    let dropped = timeout(Duration::from_millis(300), holder.spend(&db, account, now));
    assert!(dropped.await.is_err());
    diesel::sql_query("COMMIT").execute(&mut lock).await?;
    eventually(async || Ok((used(&database).await? == 7).then_some(()))).await?;
    assert_eq!(ask(&holder, &db, account, now, 6).await, 6);
    assert_eq!(used(&database).await?, 7);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_a_quota_takes_nothing_of_the_meter() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let account = account(&database, 1).await?;
    database
        .sql("UPDATE plan_limits SET month_limit = NULL WHERE unit = 'api_requests'")
        .await?;
    let (db, holder) = (pool(&database)?, Holder::default());
    assert_eq!(ask(&holder, &db, account, Utc::now(), 50).await, 50);
    assert_eq!(used(&database).await?, 0);
    Ok(())
}
