//! retry, cancel and discard.

use jobs::{JobState, ledger};
use probes::jobs::{Act, Noop, Probe};
use serde_json::json;
use testkit::eventually;
use uuid::Uuid;
use world::{TestApp, World};

use crate::stage::{DEAD, one_of_each, probe, sql, type_in};

async fn until(app: &TestApp, job: Uuid, is: &str) -> anyhow::Result<()> {
    let there = format!("SELECT count(*) AS count FROM jobs WHERE id = '{job}' AND {is}");
    eventually(async || Ok((app.count(&there).await? == 1).then_some(()))).await
}

/// Two dead jobs of one probe: they have the same dedupe key.
async fn dead_twins(app: &TestApp) -> anyhow::Result<[Uuid; 2]> {
    let probe = Probe::new([Act::Finish { ms: 0 }]);
    let mut ids = [Uuid::nil(); 2];
    for id in &mut ids {
        *id = ledger::enqueue(&mut *app.db().await?, &probe).await?.id;
        sql(app, &format!("UPDATE jobs SET {DEAD} WHERE id = '{id}'")).await?;
    }
    Ok(ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_that_is_sent_round_again_is_run_with_all_its_attempts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = probe(&app, Act::Finish { ms: 0 }).await?;
    sql(&app, &format!("UPDATE jobs SET {DEAD}")).await?;
    let printed = type_in(&app.world, &format!("retry {id}")).await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    assert_eq!(printed.out, format!("{id}  sent round again\n"));
    assert_eq!(app.states::<Probe>().await?, [(JobState::Queued, 0)]);
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'job_retried' AND actor = 'operator' AND new_value->>'by' LIKE 'tester@%'";
    assert_eq!(app.count(noted).await?, 1);
    app.drain_jobs().await?;
    assert_eq!(app.states::<Probe>().await?, [(JobState::Done, 1)]);
    until(&app, id, "redrives = 1 AND finished_at IS NOT NULL").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_job_is_brought_forward_and_keeps_its_attempts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id = probe(&app, Act::Finish { ms: 0 }).await?;
    sql(
        &app,
        "UPDATE jobs SET run_at = now() + interval '1 day', attempt = 7",
    )
    .await?;
    assert_eq!(
        type_in(&app.world, &format!("retry {id}")).await?.code,
        Some(0)
    );
    until(&app, id, "run_at <= now() AND attempt = 7 AND redrives = 0").await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_is_printed_and_keeps_no_job_from_the_rest() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let jobs = one_of_each(&app).await?;
    let id = |wanted: &str| {
        jobs.iter()
            .find(|(state, _)| *state == wanted)
            .expect("it")
            .1
    };
    let (unknown, running, dead) = (Uuid::now_v7(), id("running"), id("dead"));
    let printed = type_in(&app.world, &format!("retry {unknown} {running} {dead}")).await?;
    assert_eq!(printed.code, Some(1));
    assert_eq!(printed.out, format!("{dead}  sent round again\n"));
    assert_eq!(
        printed.err,
        format!(
            "{unknown}  not sent round again: there is no such job\n\
             {running}  not sent round again: it is running\n"
        )
    );
    let blocked = id("blocked");
    let printed = type_in(&app.world, &format!("retry {blocked} --json")).await?;
    assert_eq!(printed.code, Some(1));
    assert_eq!(
        printed.json()?,
        [json!({ "id": blocked, "outcome": { "not_now": "blocked" } })]
    );
    for (action, state) in [
        ("cancel", "done"),
        ("cancel", "cancelled"),
        ("discard", "waiting"),
    ] {
        let id = id(state);
        let printed = type_in(&app.world, &format!("{action} {id}")).await?;
        assert_eq!((printed.code, printed.out.as_str()), (Some(1), ""));
        assert!(
            printed.err.ends_with(&format!(": it is {state}\n")),
            "{printed:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_with_a_live_twin_is_not_sent_round_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let [first, second] = dead_twins(&app).await?;
    assert_eq!(
        type_in(&app.world, &format!("retry {first}")).await?.code,
        Some(0)
    );
    let printed = type_in(&app.world, &format!("retry {second}")).await?;
    assert_eq!(printed.code, Some(1));
    let why = "another live job has its dedupe key";
    assert_eq!(
        printed.err,
        format!("{second}  not sent round again: {why}\n")
    );
    let json = type_in(&app.world, &format!("retry {second} --json"))
        .await?
        .json()?;
    assert_eq!(json, [json!({ "id": second, "outcome": "twin_is_live" })]);
    let none = type_in(&app.world, "retry --dead").await?;
    assert_eq!(none.code, Some(0));
    assert_eq!(none.out, "No dead jobs match.\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_jobs_are_sent_round_again_oldest_first_by_queue_and_kind() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let twins = dead_twins(&app).await?;
    let mut noops = Vec::new();
    for _ in 0..3 {
        let job = Noop { id: Uuid::now_v7() };
        noops.push(ledger::enqueue(&mut *app.db().await?, &job).await?.id);
    }
    let die = format!("UPDATE jobs SET {DEAD} WHERE state = 'queued'");
    sql(&app, &die).await?;
    let sent = async |filter: &str| -> anyhow::Result<Vec<Uuid>> {
        let printed = type_in(&app.world, &format!("retry --dead --json {filter}")).await?;
        assert_eq!(printed.code, Some(0), "{printed:?}");
        Ok(serde_json::from_value(printed.json()?[0]["ids"].clone())?)
    };
    assert_eq!(sent("--queue image").await?, [] as [Uuid; 0]);
    assert_eq!(sent("--kind analyses.read_cup.v1").await?, [] as [Uuid; 0]);
    assert_eq!(sent("--kind probes.noop.v1 --limit 1").await?, noops[..1]);
    // Of any kind, and of twins the newer one.
    assert_eq!(sent("--queue maintenance --limit 1").await?, twins[1..]);
    let mut rest = sent("").await?;
    rest.sort();
    assert_eq!(rest, noops[1..], "the other twin is left alone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_job_is_cancelled_by_a_worker_and_one_of_an_unknown_kind_at_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let known = probe(&app, Act::Finish { ms: 0 }).await?;
    let unknown = probe(&app, Act::Finish { ms: 0 }).await?;
    let rename = format!("UPDATE jobs SET kind = 'old.kind.v1' WHERE id = '{unknown}'");
    sql(&app, &rename).await?;
    let printed = type_in(&app.world, &format!("cancel {known} {unknown}")).await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    let lines = format!("{known}  will be ended by a worker\n{unknown}  cancelled\n");
    assert_eq!(printed.out, lines);
    until(&app, unknown, "state = 'cancelled'").await?;
    until(&app, known, "state = 'queued' AND cancel_requested").await?;
    let listed = type_in(&app.world, "list --state waiting").await?;
    assert!(listed.out.contains("cancelling"), "{listed:?}");
    let again = type_in(&app.world, &format!("retry {known}")).await?;
    assert!(again.err.ends_with("it is being cancelled\n"), "{again:?}");
    let worker = app.worker()?;
    until(&app, known, "state = 'cancelled'").await?;
    worker.stop().await;
    let results = app
        .count("SELECT count(*) AS count FROM probe_results")
        .await?;
    assert_eq!(results, 0, "it was not run");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_cancelled_at_its_next_heartbeat() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 900);
    let app = TestApp::start_in(world).await?;
    let id = probe(&app, Act::Hang).await?;
    let worker = app.worker()?;
    until(&app, id, "state = 'running'").await?;
    let printed = type_in(&app.world, &format!("cancel {id} --json")).await?;
    assert_eq!(
        printed.json()?,
        [json!({ "id": id, "outcome": "requested" })]
    );
    until(&app, id, "state = 'cancelled'").await?;
    worker.stop().await;
    let shown = type_in(&app.world, &format!("show {id}")).await?;
    assert!(shown.out.contains("cancelled by an operator"), "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_that_is_sent_round_again_has_its_limits_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut limited = Probe::new([Act::Finish { ms: 0 }]);
    limited.limit_keys = vec!["user:1".to_owned()];
    let id = ledger::enqueue(&mut *app.db().await?, &limited).await?.id;
    sql(&app, "UPDATE jobs SET blocked_on = 'user:1'").await?;
    assert_eq!(
        type_in(&app.world, &format!("cancel {id}")).await?.code,
        Some(0)
    );
    until(&app, id, "blocked_on IS NULL AND limit_keys = '{}'").await?;
    app.drain_jobs().await?;
    until(&app, id, "state = 'cancelled'").await?;
    assert_eq!(
        type_in(&app.world, &format!("retry {id}")).await?.code,
        Some(0)
    );
    until(&app, id, "limit_keys = '{user:1}' AND NOT cancel_requested").await?;
    app.drain_jobs().await?;
    until(&app, id, "state = 'done'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_have_ended_can_be_deleted_and_no_others() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let jobs = one_of_each(&app).await?;
    for (state, id) in jobs {
        let printed = type_in(&app.world, &format!("discard {id}")).await?;
        let left = format!("SELECT count(*) AS count FROM jobs WHERE id = '{id}'");
        let (code, left) = (printed.code, app.count(&left).await?);
        let ended = ["done", "dead", "cancelled"].contains(&state);
        let wanted = if ended { (Some(0), 0) } else { (Some(1), 1) };
        assert_eq!((code, left), wanted, "{state}: {printed:?}");
    }
    Ok(())
}
