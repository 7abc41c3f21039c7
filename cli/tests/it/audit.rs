//! The chain over the audit log: `symancy audit`.

use audit::jobs::SealLines;
use jobs::ledger;
use testkit::eventually;
use world::TestApp;

use crate::stage::{Printed, command, sql, type_in_group};

/// Seals as often as it takes, until so many lines are sealed: lines wait while any transaction of the server is older,
/// those of other tests too.
async fn seal(app: &TestApp, lines: i64) -> anyhow::Result<()> {
    let sealed = "SELECT count(*) AS count FROM audit_seals";
    eventually(async || {
        run(app).await?;
        Ok((app.count(sealed).await? == lines).then_some(()))
    })
    .await
}

async fn run(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &SealLines {}).await?;
    let id = ticket.id;
    app.core.pusher.wake(&[ticket]).await;
    app.becomes(id, "done").await.map(drop)
}

const LINES: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO audit_logs (user_id, action, actor, ip_address, old_value, new_value)
        SELECT id, 'profile_updated', 'person', '192.0.2.1', '{\"timezone\": \"UTC\"}', jsonb_build_object('n', n)
        FROM users, generate_series(1, 5) AS n;
    INSERT INTO audit_logs (action, actor) VALUES ('job_retried', 'operator')";

/// Lines, some of them sealed in two runs; and a worker that seals.
async fn sealed() -> anyhow::Result<(TestApp, impl Sized)> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    app.sql(LINES).await?;
    seal(&app, 6).await?;
    app.sql("INSERT INTO audit_logs (action, actor) VALUES ('queue_paused', 'operator')")
        .await?;
    seal(&app, 7).await?;
    // Another run seals nothing twice.
    run(&app).await?;
    Ok((app, worker))
}

async fn verify(app: &TestApp) -> anyhow::Result<Printed> {
    type_in_group(&app.world, "audit", "verify --json").await
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_nobody_touched_are_whole_also_when_a_person_was_erased_or_time_has_passed()
-> anyhow::Result<()> {
    let (app, _worker) = sealed().await?;
    let first = verify(&app).await?;
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.json()?[0]["intact"], 7);
    let head = first.json()?[0]["head"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    app.sql("SELECT audit_logs_forget(id) FROM users").await?;
    let erased = verify(&app).await?;
    assert_eq!(erased.code, Some(0), "{erased:?}");
    assert_eq!(erased.json()?[0]["erased"], 5);
    let noted = type_in_group(&app.world, "audit", &format!("verify --head {head}")).await?;
    assert_eq!(noted.code, Some(0), "{noted:?}");
    let other = type_in_group(
        &app.world,
        "audit",
        &format!("verify --head {}", "0".repeat(64)),
    )
    .await?;
    assert_eq!(other.code, Some(1), "{other:?}");
    Ok(())
}

/// As somebody does who may do anything with the database.
const AS_SUPERUSER: &str = "
    ALTER TABLE audit_logs DISABLE ROW LEVEL SECURITY; ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE audit_seals DISABLE ROW LEVEL SECURITY; ALTER TABLE audit_seals NO FORCE ROW LEVEL SECURITY;";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_put_in_or_taken_out_is_found() -> anyhow::Result<()> {
    for (tampering, said) in [
        (
            "UPDATE audit_logs SET action = 'nothing' WHERE action = 'job_retried'",
            "Seal 6 has another line",
        ),
        (
            "UPDATE audit_logs SET new_value = '{}' WHERE new_value ->> 'n' = '3'",
            "Seal 3 has another line",
        ),
        // Not how an erasure leaves a line.
        (
            "UPDATE audit_logs SET old_value = NULL WHERE new_value ->> 'n' = '3'",
            "Seal 3 has another line",
        ),
        (
            "DELETE FROM audit_logs WHERE action = 'job_retried'",
            "Seal 6 has no line any more",
        ),
        (
            "DELETE FROM audit_seals WHERE seq = 2",
            "Seal 3 does not follow",
        ),
        (
            "UPDATE audit_seals SET made_at = made_at - interval '91 days' WHERE seq = 2",
            "Seal 2 does not follow",
        ),
        (
            "INSERT INTO audit_logs (action, actor, tx) VALUES ('nothing', 'operator', 1)",
            "1 lines were put in",
        ),
    ] {
        let (app, _worker) = sealed().await?;
        sql(&app, &format!("{AS_SUPERUSER} {tampering}")).await?;
        let found = type_in_group(&app.world, "audit", "verify").await?;
        assert_eq!(found.code, Some(1), "{tampering}: {found:?}");
        assert!(found.err.contains(said), "{tampering}: {found:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_transaction_is_still_open_waits_and_is_not_passed_over() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let mut slow = app.db().await?;
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut *slow,
        "BEGIN; INSERT INTO audit_logs (action, actor) VALUES ('slow', 'operator')",
    )
    .await?;
    app.sql("INSERT INTO audit_logs (action, actor) VALUES ('fast', 'operator')")
        .await?;
    run(&app).await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM audit_seals")
            .await?,
        0
    );
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *slow, "COMMIT").await?;
    drop(slow);
    seal(&app, 2).await?;
    let both = "SELECT count(*) AS count FROM audit_seals JOIN audit_logs ON id = log_id
                WHERE action IN ('slow', 'fast')";
    assert_eq!(app.count(both).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_listed_and_that_they_were_read_is_a_line() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(LINES).await?;
    let listed = type_in_group(
        &app.world,
        "audit",
        "list --action profile_updated --limit 3 --json",
    )
    .await?;
    let lines = listed.json()?;
    assert_eq!(lines.len(), 3, "{listed:?}");
    assert_eq!(lines[0]["new_value"]["n"], 5);
    let shown = type_in_group(&app.world, "audit", "list --actor operator").await?;
    assert!(shown.out.contains("audit_log_read"), "{shown:?}");
    assert!(shown.out.contains("job_retried"), "{shown:?}");
    let mut wrong = command(&app.world);
    wrong.args(["audit", "verify", "--head", "x"]);
    assert_eq!(wrong.output().await?.status.code(), Some(2));
    Ok(())
}
