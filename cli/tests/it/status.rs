//! `symancy status`.

use jobs::workers;
use probes::jobs::Act;
use world::{TestApp, World};

use crate::stage::{DEAD, probe, sql, type_in_group};

/// A worker that runs, without one that does.
async fn with_worker(app: &TestApp) -> anyhow::Result<()> {
    Ok(workers::note(&mut *app.db().await?, "worker-1", env!("CARGO_PKG_VERSION")).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_well_ends_with_0_and_one_without_a_worker_with_1()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let said = type_in_group(&app.world, "status", "").await?;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out.starts_with("OUTAGE  workers: No worker"),
        "{said:?}"
    );
    assert!(
        said.out.contains("docs/OPERATIONS.md#no-worker-runs"),
        "{said:?}"
    );
    with_worker(&app).await?;
    let said = type_in_group(&app.world, "status", "").await?;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("OK      nothing is wrong\n"), "{said:?}");
    assert!(said.out.contains(", 1 workers\n"), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_jobs_are_a_fault_and_the_command_that_lists_them_is_named() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    with_worker(&app).await?;
    let id = probe(&app, Act::Finish { ms: 0 }).await?;
    sql(&app, &format!("UPDATE jobs SET {DEAD} WHERE id = '{id}'")).await?;
    let said = type_in_group(&app.world, "status", "").await?;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out.contains("FAULT   jobs: 1 dead in maintenance"),
        "{said:?}"
    );
    let lists = "symancy jobs list --state dead --queue maintenance";
    assert!(said.out.contains(lists), "{said:?}");
    let said = type_in_group(&app.world, "status", "--json").await?;
    let report = &said.json()?[0];
    assert_eq!((said.code, &report["ok"]), (Some(1), &false.into()));
    let first = &report["findings"][0];
    assert_eq!(first["level"], "fault");
    assert_eq!(first["runbook"], "dead-jobs-pile-up");
    assert_eq!(first["jobs"]["queue"], "maintenance");
    assert_eq!(
        report["pending_migrations"].as_array().map(Vec::len),
        Some(0)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_away_is_told_and_keeps_nothing_else_from_being_told() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/d");
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let said = type_in_group(&world, "status", "").await?;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.starts_with("OUTAGE  Postgres: "), "{said:?}");
    assert!(said.out.contains("FAULT   Redis: "), "{said:?}");
    assert!(
        !said.out.contains("bucket") && !said.out.contains("hunter2"),
        "{said:?}"
    );
    Ok(())
}
