//! Lists of operators from a standby. That one is read from `make engines` shows.

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
