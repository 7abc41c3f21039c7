//! pause, resume and probe.

use probes::jobs::Act;
use serde_json::json;
use testkit::eventually;
use world::{TestApp, World};

use crate::stage::{probe, type_in};

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_paused_queue_wait_until_it_is_resumed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let printed = type_in(&app.world, "pause maintenance").await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    assert!(
        printed.out.starts_with("maintenance is paused. "),
        "{printed:?}"
    );
    let again = type_in(&app.world, "pause maintenance --by ann").await?;
    assert_eq!(again.code, Some(0));
    let by = "maintenance was paused already by tester@";
    assert!(again.out.starts_with(by), "{again:?}");
    let job = probe(&app, Act::Finish { ms: 0 }).await?;
    // Without a pause the answer would come within milliseconds.
    let refused = type_in(&app.world, "probe --timeout 1").await?;
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(
        refused.err.contains("maintenance is paused by tester@"),
        "{refused:?}"
    );
    assert!(
        refused.err.contains("is waiting: no worker has claimed it"),
        "{refused:?}"
    );
    let cancel = type_in(&app.world, &format!("cancel {job}")).await?;
    assert_eq!(cancel.code, Some(0));
    assert!(
        cancel
            .err
            .starts_with("This waits for `symancy jobs resume maintenance`")
    );
    let queues = type_in(&app.world, "stats").await?;
    let line = queues
        .out
        .lines()
        .find(|line| line.starts_with("maintenance"));
    assert!(
        line.is_some_and(|line| line.contains(" by tester@")),
        "{queues:?}"
    );
    let resumed = type_in(&app.world, "resume maintenance").await?;
    assert_eq!(resumed.out, "maintenance is resumed.\n");
    let ends = "SELECT count(*) AS count FROM jobs WHERE state IN ('done', 'cancelled')";
    eventually(async || Ok((app.count(ends).await? == 2).then_some(()))).await?;
    worker.stop().await;
    let resumed = type_in(&app.world, "resume maintenance").await?;
    assert_eq!(
        (resumed.code, resumed.out.as_str()),
        (Some(0), "maintenance was not paused.\n")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pausing_shows_programs_whether_it_changed_anything() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let answer = |paused: bool, changed: bool| {
        [json!({ "queue": "image", "paused": paused, "changed": changed })]
    };
    for (words, paused, changed) in [
        ("pause image --by ann", true, true),
        ("pause image", true, false),
        ("resume image", false, true),
        ("resume image", false, false),
    ] {
        let printed = type_in(&app.world, &format!("{words} --json")).await?;
        assert_eq!(printed.json()?, answer(paused, changed), "{words}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_comes_back_through_a_worker_and_prints_how_long_it_took() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let printed = type_in(&app.world, "probe --timeout 60").await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    assert!(
        printed.out.starts_with("A worker answered in "),
        "{printed:?}"
    );
    let json = type_in(&app.world, "probe --timeout 60 --json")
        .await?
        .json()?;
    assert_eq!(json[0]["ok"], true);
    worker.stop().await;
    let refused = type_in(&app.world, "probe --timeout 0 --json").await?;
    assert_eq!(refused.code, Some(1));
    assert_eq!(refused.json()?[0]["ok"], false);
    assert!(refused.err.contains("is one running?"), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_without_redis() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let app = TestApp::start_in(world).await?;
    let worker = app.worker()?;
    let printed = type_in(&app.world, "probe --timeout 60").await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    worker.stop().await;
    Ok(())
}
