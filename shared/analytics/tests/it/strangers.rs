//! Persons of whom no fact says that they came.

use analytics::rollups::meet::meet_all;
use analytics::rollups::rebuild;
use serde_json::json;
use testkit::TestDatabase;

use crate::days::signs_in;
use crate::history::{all_rows, count, database, tell};
use crate::obvious::kept;
use crate::random::{PERSONS, Told};

async fn sum(database: &TestDatabase, of: &str) -> anyhow::Result<i64> {
    let sum = format!("SELECT COALESCE(sum({of}), 0)::bigint AS count FROM user_signups_quarter");
    database.count(&sum).await
}

fn of_person(name: &'static str, day: i64, who: usize, data: serde_json::Value) -> Told {
    Told {
        name,
        minute: day * 24 * 60,
        person: Some(PERSONS[who]),
        account: Some(PERSONS[who]),
        data,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_sign_up_once_also_if_they_do_nothing_and_their_deletion_is_of_them()
-> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    // One fact, that is not read yet.
    tell(&mut conn, &of_person("person.created", 0, 0, json!({}))).await?;
    for _ in 0..2 {
        meet_all(&mut conn).await?;
        assert_eq!(sum(&database, "signups").await?, 4);
    }
    count(&mut conn, "UTC", 1, 100).await?;
    assert_eq!(sum(&database, "signups").await?, 5);
    let in_september = "SELECT sum(signups)::bigint AS count FROM user_signups_quarter
        WHERE bucket = '2026-09-15T10:00:00Z'";
    assert_eq!(database.count(in_september).await?, 4);
    database
        .sql(&format!("DELETE FROM users WHERE id = '{}'", PERSONS[4]))
        .await?;
    let deleted = Told {
        person: None,
        account: None,
        ..of_person("person.deleted", 1, 0, json!({}))
    };
    tell(&mut conn, &deleted).await?;
    count(&mut conn, "UTC", 1, 100).await?;
    assert_eq!(sum(&database, "signups - deleted").await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn they_have_the_plan_that_they_had_and_prove_an_address_where_they_signed_up()
-> anyhow::Result<()> {
    let database = database().await?;
    let mut conn = database.connect().await?;
    signs_in(&mut conn, 4, "2026-10-01T12:00:00Z").await?;
    let changed = json!({ "from": "PRO", "to": "BASIC" });
    tell(&mut conn, &of_person("plan.changed", 1, 4, changed)).await?;
    tell(&mut conn, &of_person("person.verified", 2, 4, json!({}))).await?;
    signs_in(&mut conn, 4, "2026-10-04T12:00:00Z").await?;
    count(&mut conn, "UTC", 4, 1).await?;
    for (day, plan) in [("2026-10-01", "PRO"), ("2026-10-04", "BASIC")] {
        let found = format!(
            "SELECT count(*) AS count FROM active_users_daily WHERE day = '{day}' AND plan = '{plan}'"
        );
        assert_eq!(database.count(&found).await?, 1, "{day}");
    }
    let both =
        "SELECT count(*) AS count FROM user_signups_quarter WHERE (signups, verified) = (1, 1)";
    assert_eq!(database.count(both).await?, 1);
    let (before, rows) = (kept(&mut conn).await?, all_rows(&mut conn).await?);
    rebuild::begin(&mut conn, None).await?;
    count(&mut conn, "UTC", 4, 100).await?;
    assert_eq!(kept(&mut conn).await?, before);
    assert_eq!(all_rows(&mut conn).await?, rows);
    Ok(())
}
