//! `symancy operators` and `symancy people`.

use std::time::Duration;

use futures_util::StreamExt;
use people::users::model::PersonKey;
use people::users::news::{PEOPLE as TOPIC, person_of};
use world::TestApp;

use crate::stage::{Printed, sql, type_in_group};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";

/// Ann by e-mail, Bob by Telegram.
const PEOPLE: &str = "
    INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-00000000000a');
    INSERT INTO users (telegram_id) VALUES (1001);
    INSERT INTO identities (user_id, provider, subject) VALUES
        ('00000000-0000-4000-8000-00000000000a', 'email', 'ann@example.org')";

async fn operators(app: &TestApp, words: &str) -> anyhow::Result<Printed> {
    type_in_group(&app.world, "operators", words).await
}

async fn lines(app: &TestApp, action: &str) -> anyhow::Result<i64> {
    app.count(&format!(
        "SELECT count(*) AS count FROM audit_logs WHERE action = '{action}' AND actor = 'operator'
         AND user_id IS NOT NULL AND new_value ->> 'by' LIKE 'tester@%'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_operator_is_made_here_and_the_last_admin_stays_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    sql(&app, PEOPLE).await?;
    assert_eq!(operators(&app, "list").await?.out, "No operators.\n");
    let made = operators(&app, "add Ann@Example.org --role admin").await?;
    assert_eq!((made.code, made.out), (Some(0), format!("{ANN}  admin\n")));
    let refused = operators(&app, &format!("end {ANN}")).await?;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains("there is no other admin"),
        "{refused:?}"
    );
    assert_eq!(
        operators(&app, "add 1001 --role admin").await?.code,
        Some(0)
    );
    assert_eq!(operators(&app, "end ann@example.org").await?.code, Some(0));
    let listed = operators(&app, "list --json").await?.json()?;
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["user_id"], ANN);
    assert!(listed[0]["ended_at"].is_string() && listed[1]["ended_at"].is_null());
    assert_eq!(
        (
            lines(&app, "operator_made").await?,
            lines(&app, "operator_ended").await?
        ),
        (2, 1)
    );
    for (words, code) in [
        ("add nobody@example.org --role admin", 1),
        ("add 1002 --role admin", 1),
        ("add 1001 --role king", 2),
        ("add 1001", 2),
        ("add ann --role admin", 2),
    ] {
        assert_eq!(operators(&app, words).await?.code, Some(code), "{words}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_suspended_and_restored_with_a_reason() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    sql(&app, PEOPLE).await?;
    let people = async |words: &[&str]| {
        let ended = crate::stage::command(&app.world)
            .arg("people")
            .args(words)
            .output()
            .await?;
        anyhow::Ok(ended.status.code())
    };
    let why = "--reason=ticket 4711 of the owner";
    assert_eq!(
        people(&["suspend", "1001", "--reason=short"]).await?,
        Some(1)
    );
    assert_eq!(
        people(&["suspend", "1001", why, "--for", "30d"]).await?,
        Some(0)
    );
    let row = "SELECT count(*) AS count FROM suspensions WHERE reason = 'ticket 4711 of the owner'
        AND until - now() BETWEEN interval '29 days 23 hours' AND interval '30 days'";
    assert_eq!(app.count(row).await?, 1);
    assert_eq!(people(&["restore", "1001", why]).await?, Some(0));
    assert_eq!(people(&["restore", "1001", why]).await?, Some(1));
    assert_eq!(people(&["verify", "ann@example.org", why]).await?, Some(0));
    assert_eq!(people(&["sign-out", ANN, why]).await?, Some(0));
    for action in [
        "user_suspended",
        "user_restored",
        "email_verified",
        "user_signed_out",
    ] {
        assert_eq!(lines(&app, action).await?, 1, "{action}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_about_a_person_is_told_to_every_process_that_remembers_them()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    sql(&app, PEOPLE).await?;
    let redis = &app.core.config.redis;
    let mut heard = redis.client()?.get_async_pubsub().await?;
    heard.subscribe(TOPIC.channel(&redis.prefix)).await?;
    let ended = crate::stage::command(&app.world)
        .args([
            "people",
            "suspend",
            "1001",
            "--reason=ticket 4711 of the owner",
        ])
        .output()
        .await?;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let mut messages = heard.on_message();
    let mut told = Vec::new();
    for _ in 0..2 {
        let message = tokio::time::timeout(Duration::from_secs(30), messages.next()).await?;
        told.extend(message.and_then(|message| person_of(message.get_payload_bytes())));
    }
    let bob = app.user_id(1001).await?;
    assert_eq!(told, [PersonKey::Telegram(1001), PersonKey::Row(bob)]);
    Ok(())
}
