//! Its partitions.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use events::months;
use futures_util::future::try_join_all;
use testkit::TestDatabase;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

async fn names(database: &TestDatabase, query: &str) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Name> = diesel::sql_query(query)
        .load(&mut database.connect().await?)
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// By the clock of New Year's Eve, seen from where it is the next year already.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_moment_of_a_year_and_the_first_of_the_next_have_a_partition_each()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    conn.batch_execute(
        "SET TimeZone = 'Asia/Tokyo';
         SELECT events_make_months('2031-12-31T23:59:59.999999Z', 1);
         INSERT INTO events (id, name, version, data, occurred_at)
         SELECT gen_random_uuid(), 'bell.rang', 1, '{}', moment::timestamptz
         FROM unnest('{2031-12-01T00:00:00Z, 2031-12-31T23:59:59.999999Z, 2032-01-01T00:00:00Z,
                       2032-01-31T23:59:59.999999Z}'::text[]) AS moment",
    )
    .await?;
    let places = "SELECT tableoid::regclass::text AS name FROM events ORDER BY occurred_at";
    assert_eq!(
        names(&database, places).await?,
        [
            "events_2031_12",
            "events_2031_12",
            "events_2032_01",
            "events_2032_01"
        ]
    );
    let beyond = "INSERT INTO events (id, name, version, data, occurred_at)
        VALUES (gen_random_uuid(), 'bell.rang', 1, '{}', '2032-02-01T00:00:00Z')";
    let why = conn.batch_execute(beyond).await.expect_err("no partition");
    assert!(why.to_string().contains("no partition"), "{why}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leap_day_and_the_end_of_a_long_month_are_followed_by_the_next_month()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    for (moment, expected) in [
        (
            "2032-02-29T23:59:59Z",
            ["events_2032_02", "events_2032_03", "events_2032_04"],
        ),
        (
            "2033-01-31T12:00:00Z",
            ["events_2033_01", "events_2033_02", "events_2033_03"],
        ),
    ] {
        let make = format!("SELECT events_make_months('{moment}', 2) AS name");
        assert_eq!(names(&database, &make).await?, expected);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_month_is_made_once_however_many_make_it() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let make = "SELECT events_make_months('2031-05-01Z', 2) AS name";
    let made = try_join_all((0..6).map(|_| names(&database, make))).await?;
    let mut made = made.concat();
    made.sort_unstable();
    assert_eq!(made, ["events_2031_05", "events_2031_06", "events_2031_07"]);
    Ok(())
}

/// The table is in use all the time: nobody waits for the partitions of the next months.
#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_made_while_others_write() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut writer = database.connect().await?;
    let write = "INSERT INTO events (id, name, version, data) VALUES (gen_random_uuid(), 'bell.rang', 1, '{}')";
    writer.batch_execute(&format!("BEGIN; {write}")).await?;
    let make = "SELECT events_make_months('2031-05-01Z', 0) AS name";
    assert_eq!(names(&database, make).await?, ["events_2031_05"]);
    writer.batch_execute(&format!("{write}; COMMIT")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_three_months_ahead_and_the_days_until_their_end_are_known() -> anyhow::Result<()>
{
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    months::make(&mut conn).await?;
    let expected = "SELECT extract(day FROM (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '4 months')
        AT TIME ZONE 'UTC' - now())::BIGINT AS count";
    let days = months::days_left(&mut conn).await?;
    assert_eq!(i64::from(days), database.count(expected).await?);
    database
        .sql("DO $$ DECLARE one REGCLASS; BEGIN
                  FOR one IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass LOOP
                      EXECUTE 'DROP TABLE ' || one;
                  END LOOP; END $$")
        .await?;
    assert_eq!(months::days_left(&mut conn).await?, 0);
    assert_eq!(months::make(&mut conn).await?.len(), 4);
    assert_eq!(months::make(&mut conn).await?, [""; 0]);
    Ok(())
}
