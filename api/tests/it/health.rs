//! Signs of life.

use testkit::eventually;
use world::{TestApp, World};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_when_everything_is_there() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(app.get_as_service("/v1/health").await?.body["status"], "ok");
    let ready = app.get_as_service("/v1/ready").await?;
    assert_eq!(
        (ready.status, ready.body["status"].as_str()),
        (200, Some("ready"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_storage_it_is_not_ready_and_says_what_is_down() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(serde_json::json!({ "s3": { "down": true } }))
        .await?;
    let ready = app.get_as_service("/v1/ready").await?;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.body["checks"]["storage"], "down");
    assert_eq!(ready.body["checks"]["postgres"], "ok");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_it_is_degraded_and_still_accepts() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let ready = app.get_as_service("/v1/ready").await?;
    assert_eq!(
        (ready.status, ready.body["status"].as_str()),
        (200, Some("degraded"))
    );
    let form = world::app::photo_form(testkit::pictures::coffee_cup());
    let id = app.post_as_service(form).await?.id()?;
    app.drain_jobs().await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_who_asks_at_once_shares_one_verdict() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let before = app.world.calls("s3").await?;
    let asked = (0..100).map(|_| app.get_as_service("/v1/ready"));
    for ready in futures_util::future::try_join_all(asked).await? {
        assert_eq!(ready.body["status"], "ready");
    }
    assert_eq!(app.world.calls("s3").await?, before + 1);
    // When that verdict is over, the database is asked again, and the bucket is not: it answered lately.
    app.world
        .faults(serde_json::json!({ "s3": { "down": true } }))
        .await?;
    app.core.db.close();
    let ready = eventually(async || {
        let ready = app.get_as_service("/v1/ready").await?;
        Ok((ready.body["checks"]["postgres"] == "down").then_some(ready))
    })
    .await?;
    assert_eq!(ready.body["checks"]["storage"], "ok");
    Ok(())
}
