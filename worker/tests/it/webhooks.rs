//! A worker that is killed while it posts an event to a customer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use testkit::stub::{Reply, Stub};
use world::{TestApp, World};

use crate::worker;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_worker_is_killed_before_its_end_is_noted_arrives_again_by_the_same_id()
-> anyhow::Result<()> {
    let calls = AtomicUsize::new(0);
    let to = Stub::answering(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(204, "").after(Duration::from_secs(10)),
        _ => Reply::new(204, ""),
    })
    .await?;
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 2_000);
    let app = TestApp::start_in(world).await?;
    let me = app.world.chat(7).init_data().await?;
    let wish = Some(json!({ "url": to.url.as_str() }));
    let made = app.as_person(&me, Method::POST, "/v1/webhook-endpoints", wish);
    let path = format!("/v1/webhook-endpoints/{}/test", made.await?.id()?);
    let sent = app.as_person(&me, Method::POST, &path, None).await?;
    assert_eq!(sent.status, 202, "{sent:?}");
    let first = worker(&app.world)?;
    eventually(async || Ok((to.received().len() == 1).then_some(()))).await?;
    first.kill().await?;
    let _other = worker(&app.world)?;
    let delivered = "SELECT count(*) AS count FROM webhook_deliveries WHERE status = 'delivered' AND attempts = 1";
    eventually(async || Ok((app.count(delivered).await? == 1).then_some(()))).await?;
    let calls = to.received();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
    assert_eq!(calls[0].body, calls[1].body);
    Ok(())
}
