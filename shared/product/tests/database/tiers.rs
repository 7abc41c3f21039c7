//! The plan of a person by `money::subscriptions::rules::by_now` and by the SQL function `current_tier`,
//! over random subscriptions and payments.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::queries;
use schema::sql_types::SubscriptionTier as SqlTier;
use testkit::TestDatabase;
use uuid::Uuid;

/// People with a subscription of any tier and status, and up to four payments. All moments are whole days
/// from now, so that many begin or end in this very moment.
const PEOPLE: &str = "
    CREATE FUNCTION tier() RETURNS subscription_tier
        RETURN (enum_range(NULL::subscription_tier))[1 + floor(random() * 7)::integer];
    CREATE FUNCTION days(first INTEGER, last INTEGER) RETURNS INTERVAL
        RETURN interval '1 day' * (first + floor(random() * (last - first + 1)));
    INSERT INTO users (telegram_id) SELECT generate_series(1, 400);
    INSERT INTO subscriptions (user_id, tier, status, trial_ends_at, current_period_start,
        current_period_end)
    SELECT id, tier(), (enum_range(NULL::subscription_status))[1 + floor(random() * 4)::integer],
        now() + days(-2, 2), now() + days(-3, 1), now() + days(-2, 2) FROM users WHERE random() < 0.9;
    INSERT INTO payments (user_id, provider, amount, tier, status, period_start, period_end)
    SELECT id, 'telegram_stars', 1, tier,
        (enum_range(NULL::payment_status))[1 + floor(random() * 3)::integer], begins, begins + days(0, 3)
    FROM users, generate_series(1, 4) AS n,
        LATERAL (SELECT n, now() + days(-3, 2) AS begins,
            (ARRAY['BASIC', 'ADVANCED', 'PREMIUM', 'PRO', 'ENTERPRISE'])[1 + floor(random() * 5)::integer]::subscription_tier AS tier)
            AS window_of
    WHERE random() < 0.4";

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlTier)]
    tier: SubscriptionTier,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

async fn compare(conn: &mut AsyncPgConnection, seed: f64) -> anyhow::Result<()> {
    conn.batch_execute(&format!("SELECT setseed({seed}); {PEOPLE}"))
        .await?;
    let people: Vec<Person> =
        diesel::sql_query("SELECT id, current_tier(id) AS tier, now() AS now FROM users")
            .load(conn)
            .await?;
    for Person { id, tier, now } in people {
        let subscription = queries::of_account(conn, id).await?.expect("a person");
        let by_now = queries::by_now(conn, &subscription, now).await?;
        assert_eq!(by_now.tier, tier, "seed {seed}: {subscription:?}");
        // Written down, it stays.
        let again = queries::by_now(conn, &by_now, now).await?;
        assert_eq!(again, by_now, "seed {seed}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_and_rust_agree_about_everybodys_plan() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let seed = f64::from(Utc::now().timestamp_subsec_micros()) / 1e6;
    // In one transaction, whose now() stands still.
    conn.test_transaction(async |conn| compare(conn, seed).await)
        .await;
    Ok(())
}
