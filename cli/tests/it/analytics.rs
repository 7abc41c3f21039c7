//! Sums that are compared with their events and counted anew: `symancy analytics`.

use chrono::{TimeDelta, Utc};
use serde_json::json;
use testkit::eventually;
use world::TestApp;

use crate::stage::type_in_group;

const MESSAGES: &str =
    "SELECT COALESCE(sum(messages), 0)::bigint AS count FROM chat_activity_quarter";

/// Counts anew until so many messages are counted. Transactions of other databases of this server hold readers back.
async fn rebuilt(app: &TestApp, messages: i64) -> anyhow::Result<()> {
    eventually(async || {
        let printed = type_in_group(&app.world, "analytics", "rebuild").await?;
        assert_eq!(printed.code, Some(0), "{printed:?}");
        Ok((app.count(MESSAGES).await? == messages).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_that_is_off_is_found_and_a_rebuild_puts_it_right() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let day = (Utc::now() - TimeDelta::days(1)).date_naive();
    app.sql(&format!(
        "SELECT events_make_months('{day}T12:00:00Z', 0);
         INSERT INTO events (id, name, version, occurred_at, data)
         SELECT gen_random_uuid(), 'reading.created', 1, '{day}T12:00:00Z', '{{}}' FROM generate_series(1, 3)"
    ))
    .await?;
    rebuilt(&app, 3).await?;
    let words = format!("check --json --day {day}");
    let printed = type_in_group(&app.world, "analytics", &words).await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let lines = printed.json()?;
    let messages = lines.iter().find(|line| line["name"] == "messages");
    let messages = messages.expect("messages are compared");
    assert_eq!(
        (&messages["kept"], &messages["counted"]),
        (&json!(3), &json!(3))
    );
    app.sql("UPDATE chat_activity_quarter SET messages = messages + 1")
        .await?;
    let printed = type_in_group(&app.world, "analytics", &words).await?;
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(
        printed.err.contains("symancy analytics rebuild"),
        "{printed:?}"
    );
    rebuilt(&app, 3).await?;
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'analytics_rebuilt' AND actor = 'operator'";
    assert!(app.count(lines).await? >= 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_whose_events_are_not_kept_is_not_compared() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let printed = type_in_group(&app.world, "analytics", "check --day 2020-01-31").await?;
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.err.contains("are not kept"), "{printed:?}");
    let printed = type_in_group(&app.world, "analytics", "rebase").await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.out.contains("nothing is to be done"), "{printed:?}");
    Ok(())
}

/// The command may be typed where the setting of the workers is not known.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_keeps_the_zone_unless_another_is_named() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (words, zone) in [
        ("rebuild --json --zone Europe/Berlin", "Europe/Berlin"),
        ("rebuild --json", "Europe/Berlin"),
        ("rebuild --json --zone UTC", "UTC"),
    ] {
        let printed = type_in_group(&app.world, "analytics", words).await?;
        assert_eq!(printed.code, Some(0), "{printed:?}");
        assert_eq!(printed.json()?[0]["zone"], json!(zone), "{words}");
    }
    let printed = type_in_group(&app.world, "analytics", "rebuild --zone Mars/Olympus").await?;
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.err.contains("IANA"), "{printed:?}");
    Ok(())
}
