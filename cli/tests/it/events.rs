//! Readers of the outbox: `symancy events`.

use testkit::eventually;
use world::TestApp;

use crate::stage::type_in_group;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_again_since_a_moment_and_is_forgotten() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "INSERT INTO events (id, name, version, data) VALUES (gen_random_uuid(), 'bell.rang', 1, '{}')",
    )
    .await?;
    let mut conn = app.db().await?;
    eventually(async || {
        let read = events::read(&mut conn, "amqp", 100).await?;
        Ok((!read.is_empty()).then_some(()))
    })
    .await?;
    let printed = type_in_group(&app.world, "events", "replay amqp 2026-01-01T00:00:00Z").await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    eventually(async || {
        let read = events::read(&mut conn, "amqp", 100).await?;
        Ok(read.iter().any(|one| one.name == "bell.rang").then_some(()))
    })
    .await?;
    let printed = type_in_group(&app.world, "events", "forget amqp").await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let left = events::lags(&mut conn).await?;
    assert!(left.iter().all(|one| one.reader != "amqp"), "{left:?}");
    let lines = "SELECT count(*) AS count FROM audit_logs
        WHERE action IN ('events_replayed', 'events_reader_forgotten') AND actor = 'operator'";
    assert_eq!(app.count(lines).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_not_there_and_one_whose_sums_would_be_added_twice_are_refused()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _ = events::read(&mut *app.db().await?, "amqp", 1).await?;
    for (words, why) in [
        ("replay ampq 2026-01-01T00:00:00Z", "amqp"),
        ("replay analytics 2026-01-01T00:00:00Z", "analytics rebuild"),
        ("forget analytics", "analytics rebuild"),
    ] {
        let printed = type_in_group(&app.world, "events", words).await?;
        assert_eq!(printed.code, Some(1), "{printed:?}");
        assert!(printed.err.contains(why), "{printed:?}");
    }
    Ok(())
}
