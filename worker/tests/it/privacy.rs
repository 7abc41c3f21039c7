//! Workers that are killed while they export a person's data, or delete it.

use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::app::photo_form;
use world::{N8N_KEY, TestApp, World};

use crate::worker;

/// Requests an export or a deletion for person 7, who has a reading, and kills the worker that runs it.
/// Returns once another worker has done it.
async fn killed_during(
    path: &str,
    body: &Value,
    kind: &str,
    faults: &Value,
) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 2_000);
    let app = TestApp::start_in(world).await?;
    app.post_as_service(photo_form(coffee_cup())).await?;
    app.drain_jobs().await?;
    app.world.faults(faults.clone()).await?;
    let call = app.request("POST".parse()?, path);
    let call = call
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", 7);
    assert_eq!(call.json(body).send().await?.status(), 202);
    let first = worker(&app.world)?;
    let running =
        format!("SELECT count(*) AS count FROM jobs WHERE kind = '{kind}' AND state = 'running'");
    eventually(async || Ok((app.count(&running).await? == 1).then_some(()))).await?;
    first.kill().await?;
    app.world.no_faults().await?;
    let other = worker(&app.world)?;
    let live = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    eventually(async || Ok((app.count(live).await? == 0).then_some(()))).await?;
    assert_eq!(other.terminate().await?, Some(0));
    let second = format!(
        "SELECT count(*) AS count FROM jobs WHERE kind = '{kind}' AND state = 'done' AND attempt = 2"
    );
    assert_eq!(app.count(&second).await?, 1, "it was tried again");
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_worker_is_killed_during_the_upload_is_done_by_another()
-> anyhow::Result<()> {
    let slow = json!({ "s3": { "methods": { "PUT": { "latency_ms": 3000 } } } });
    let (path, kind) = ("/v1/users/me/exports", "privacy.export_data.v1");
    let app = killed_during(path, &json!(null), kind, &slow).await?;
    let done = "SELECT count(*) AS count FROM privacy_requests
                WHERE status = 'completed' AND archive_key = 'exports/' || id || '.zip'";
    assert_eq!(app.count(done).await?, 1);
    // Photo, picture, thumbnail and archive.
    assert_eq!(app.world.objects()?.len(), 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_worker_is_killed_in_the_middle_is_done_by_another() -> anyhow::Result<()>
{
    let slow = json!({ "s3": { "methods": { "DELETE": { "latency_ms": 3000 } } } });
    let (path, kind) = ("/v1/users/me/deletion", "privacy.delete_data.v1");
    let confirmed = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let app = killed_during(path, &confirmed, kind, &slow).await?;
    assert_eq!(app.world.objects()?.len(), 0);
    let (people, readings, _) = app.rows().await?;
    assert_eq!((people, readings), (0, 0));
    let done = "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_data_deleted'";
    assert_eq!(app.count(done).await?, 1);
    Ok(())
}

/// A worker with one place in each queue, and an export that waits in it for a row.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_does_not_wait_for_the_copies_of_others() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WORKER_OTHER_CONCURRENCY", 1);
    let app = TestApp::start_in(world).await?;
    let ask = async |path: &str, whom: i64| {
        let call = app
            .request("POST".parse()?, path)
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", whom)
            .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
        assert_eq!(call.send().await?.status(), 202);
        Ok::<_, anyhow::Error>(())
    };
    ask("/v1/users/me/exports", 7).await?;
    let mut held = app.db().await?;
    held.batch_execute("BEGIN; SELECT FROM privacy_requests FOR UPDATE")
        .await?;
    let worker = app.worker()?;
    let exports = "SELECT count(*) AS count FROM jobs
                   WHERE kind = 'privacy.export_data.v1' AND state = 'running'";
    eventually(async || Ok((app.count(exports).await? == 1).then_some(()))).await?;
    ask("/v1/users/me/deletion", 8).await?;
    let deleted = "SELECT count(*) AS count FROM privacy_requests
                   WHERE kind = 'deletion' AND status = 'completed'";
    eventually(async || Ok((app.count(deleted).await? == 1).then_some(()))).await?;
    assert_eq!(app.count(exports).await?, 1);
    held.batch_execute("COMMIT").await?;
    worker.stop().await;
    Ok(())
}
