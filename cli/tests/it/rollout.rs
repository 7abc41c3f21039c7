//! `symancy rollout`.

use serde_json::json;
use world::TestApp;

use crate::stage::{sql, type_in_group};

#[tokio::test(flavor = "multi_thread")]
async fn the_places_in_sql_are_those_of_the_vectors() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let vectors = include_str!("../../../fixtures/rollout.json");
    let same = format!(
        "SELECT count(*) AS count FROM jsonb_to_recordset('{vectors}') AS one (telegram_id bigint, bucket integer)
         WHERE rollout_bucket(telegram_id) = bucket"
    );
    assert_eq!(app.count(&same).await?, 40);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_are_invited_counted_and_taken_out_and_each_change_is_audited() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let rollout = async |words: &str| type_in_group(&app.world, "rollout", words).await;
    // Their places are 37 and 4.
    sql(&app, "INSERT INTO users (telegram_id) VALUES (7), (8)").await?;
    let invited = rollout("invite 7 9000").await?;
    assert_eq!(invited.out, "7  invited\n9000  invited\n", "{invited:?}");
    assert_eq!(rollout("invite 7").await?.out, "7  was invited already\n");
    assert_eq!(rollout("invited --json").await?.json()?.len(), 2);
    for (percent, api) in [(0, 0), (1, 1), (5, 2)] {
        let set = format!("set rollout_percent {percent}");
        type_in_group(&app.world, "switches", &set).await?;
        let shown = rollout("show --json").await?.json()?;
        let expected = json!({ "percent": percent, "api": api, "workflow": 2 - api });
        assert_eq!(shown, [expected]);
    }
    assert_eq!(
        rollout("uninvite 7").await?.out,
        "7  not invited any more\n"
    );
    assert_eq!(rollout("uninvite 7").await?.out, "7  was not invited\n");
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'rollout_invited'
        AND new_value ->> 'by' LIKE 'tester@%'";
    assert_eq!(app.count(lines).await?, 3);
    assert_eq!(rollout("invite none").await?.code, Some(2));
    Ok(())
}
