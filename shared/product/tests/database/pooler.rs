//! Connections to a pooler that lends sessions by the transaction. To take all prepared statements of a session away is
//! what another session is to the driver.

use diesel::prelude::*;
use diesel::sql_query;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::db::{self, Address};
use product::MIGRATIONS;
use schema::users;
use testkit::{TestDatabase, database};

async fn of_person(conn: &mut AsyncPgConnection, telegram_id: i64) -> QueryResult<i64> {
    let mine = users::table.filter(users::telegram_id.eq(telegram_id));
    mine.count().get_result(conn).await
}

async fn forgets(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    conn.batch_execute("DEALLOCATE ALL").await
}

fn pooled(database: &TestDatabase) -> anyhow::Result<Address> {
    database.address()?.pooled().map_err(anyhow::Error::msg)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_to_remember_no_statement() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = pooled(&database)?.connect().await?;
    for count in 0..3 {
        forgets(&mut conn).await?;
        assert_eq!(of_person(&mut conn, 7).await?, i64::from(count > 0));
        let insert = "INSERT INTO users (telegram_id) VALUES (7) ON CONFLICT DO NOTHING";
        sql_query(insert).execute(&mut conn).await?;
        let kept = "SELECT count(*) AS count FROM pg_prepared_statements";
        assert_eq!(database::count(&mut conn, kept).await?, 0);
    }
    // What the setting is for.
    let mut conn = database.address()?.connect().await?;
    assert_eq!(of_person(&mut conn, 7).await?, 1);
    forgets(&mut conn).await?;
    let why = of_person(&mut conn, 7).await.expect_err("forgotten");
    assert!(why.to_string().contains("does not exist"), "{why}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_error_and_in_a_transaction_each_answer_is_that_of_its_question()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = pooled(&database)?.connect().await?;
    let rows =
        "SELECT count(*) AS count FROM generate_series(1, 100000) AS n, repeat('x', 100) AS text";
    for _ in 0..2 {
        assert!(sql_query("SELECT 1 / 0").execute(&mut conn).await.is_err());
        assert!(sql_query("SELECT gone").execute(&mut conn).await.is_err());
        let both = conn
            .transaction(async |conn| {
                sql_query("INSERT INTO users (telegram_id) VALUES (8)")
                    .execute(conn)
                    .await?;
                let both = (of_person(conn, 7).await?, of_person(conn, 8).await?);
                sql_query("DELETE FROM users").execute(conn).await?;
                QueryResult::Ok(both)
            })
            .await?;
        assert_eq!(both, (0, 1));
        assert_eq!(database::count(&mut conn, rows).await?, 100_000);
        // More than one read of the socket.
        let long = sql_query("SELECT repeat('x', 1000) AS text FROM generate_series(1, 1000)");
        assert_eq!(long.execute(&mut conn).await?, 1_000);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_past_the_pooler() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let address = pooled(&database)?;
    let up = product::migrate_up(&address).await.map(drop);
    let down = db::down(&address, MIGRATIONS, 1).await.map(drop);
    for refused in [up, down] {
        let why = refused.expect_err("through a pooler").to_string();
        assert!(why.contains("past the pooler"), "{why}");
    }
    // A program finds that everything is there.
    product::migrate(&address).await?;
    Ok(())
}
