//! Lists of operators from a standby. A real one is read from in `make engines`.

use testkit::TestDatabase;
use world::World;

use super::*;

/// A Postgres that refuses, and one that is no standby: what it has is another database's.
#[tokio::test(flavor = "multi_thread")]
async fn the_primary_answers_while_the_replica_is_away_or_is_none() -> anyhow::Result<()> {
    let other = TestDatabase::create().await?;
    for url in ["postgres://u:p@127.0.0.1:1/symancy", other.url.as_str()] {
        let mut world = World::new().await?;
        world.set("DATABASE_REPLICA_URL", url);
        let app = TestApp::start_in(world).await?;
        let operator = Signed::operator(&app, "admin").await?;
        for (path, there) in [
            ("/v1/admin/users", Some(1)),
            ("/v1/admin/organizations", Some(0)),
            ("/v1/admin/payments", Some(0)),
            ("/v1/admin/analytics", None),
            ("/v1/analytics/users/growth", None),
            ("/v1/analytics/realtime", None),
        ] {
            let answer = operator.gets(path).await?;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            let rows = answer.body["data"].as_array().map(Vec::len);
            assert_eq!(rows, there, "{path}: {answer:?}");
        }
    }
    Ok(())
}

/// Another database with persons of its own that says it is a standby: functions of its own go before those of Postgres.
const STANDBY: &str = "CREATE FUNCTION public.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION public.pg_last_xact_replay_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT clock_timestamp()';
    INSERT INTO users (telegram_id, first_name) VALUES (1, 'a'), (2, 'b'), (3, 'c');
    DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END$$";

const OLD: &str = "CREATE OR REPLACE FUNCTION public.pg_last_xact_replay_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $$SELECT clock_timestamp() - interval '1 hour'$$";

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_is_young_enough_answers_lists() -> anyhow::Result<()> {
    let standby = TestDatabase::create().await?;
    standby.sql(STANDBY).await?;
    let mut world = World::new().await?;
    world.set("DATABASE_REPLICA_URL", &standby.url);
    let app = TestApp::start_in(world).await?;
    let operator = Signed::operator(&app, "admin").await?;
    let count = async || {
        let answer = operator.gets("/v1/admin/users").await?;
        anyhow::Ok(answer.body["data"].as_array().map(Vec::len))
    };
    assert_eq!(count().await?, Some(3), "those of the standby");
    standby.sql(OLD).await?;
    assert_eq!(count().await?, Some(1), "the standby is too old");
    Ok(())
}
