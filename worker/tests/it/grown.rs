//! The whole product where no session of Postgres remembers a statement, and on a Redis Cluster.

use testkit::pictures::coffee_cup;
use testkit::servers::ClusterRedis;
use world::app::photo_form;
use world::{TestApp, World};

/// A photo of a person, from their proof to the reading.
async fn is_read(world: World) -> anyhow::Result<TestApp> {
    let app = TestApp::start_in(world).await?;
    let init_data = app.world.chat(7).init_data().await?;
    let posted = app.post_as_person(&init_data, photo_form(coffee_cup()));
    let id = posted.await?.id()?;
    app.drain_jobs().await?;
    let shown = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
    assert_eq!(shown.body["status"], "completed", "{shown:?}");
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_reading_without_a_prepared_statement() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_STATEMENT_CACHE", "off");
    is_read(world).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_reading_on_a_redis_cluster() -> anyhow::Result<()> {
    let redis = ClusterRedis::start().await?;
    let mut world = World::new().await?;
    world.set("REDIS_URL", redis.url());
    world.set("REDIS_CLUSTER_NODES", redis.node());
    is_read(world).await?;
    let said = redis.commands().await?;
    // Limits, wake-ups and the gate of the AI are scripts.
    assert!(said.contains("cmdstat_evalsha:calls="), "{said}");
    Ok(())
}
