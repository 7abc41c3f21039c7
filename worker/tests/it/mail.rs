//! Letters: sent once as far as can be known, and to nobody who takes none.

use chrono::Utc;
use jobs::{Job, JobState};
use kernel::Language;
use mail::jobs::SendEmail;
use mail::letter::{Content, Letter};
use mail::queries::enqueue;
use serde_json::{Value, json};
use testkit::eventually;
use world::{TestApp, World};

const ANNA: &str = "Anna@example.com";

fn letter(content: Content) -> Letter {
    Letter {
        to: ANNA.to_owned(),
        user_id: None,
        language: Language::En,
        content,
        dedupe_key: None,
    }
}

/// One that is sent once, if at all.
fn welcome() -> Letter {
    letter(Content::Welcome {
        name: Some("Anna".to_owned()),
    })
}

/// One that an account hangs on.
fn reset() -> Letter {
    letter(Content::ResetPassword {
        link: "https://symancy.example/app/#reset=a-secret".to_owned(),
    })
}

async fn write(app: &TestApp, letter: &Letter) -> anyhow::Result<()> {
    let ticket = enqueue(&mut *app.db().await?, letter).await?;
    app.core.pusher.wake(&[ticket]).await;
    Ok(())
}

/// The letters that have arrived at an address.
async fn inbox(app: &TestApp, to: &str) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/mail");
    let call = app.world.http.get(url).query(&[("to", to)]);
    let answer: Value = call.send().await?.error_for_status()?.json().await?;
    Ok(answer["letters"].as_array().cloned().unwrap_or_default())
}

/// How many letters have this state.
async fn are(app: &TestApp, status: &str) -> anyhow::Result<i64> {
    let count = format!("SELECT count(*) AS count FROM emails WHERE status = '{status}'");
    app.count(&count).await
}

async fn fault(app: &TestApp, operation: &str, rule: Value) -> anyhow::Result<()> {
    app.world
        .faults(json!({ "mail": { "methods": { operation: rule } } }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_with_both_its_parts_and_its_secrets_are_not_kept() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    write(&app, &reset()).await?;
    app.drain_jobs().await?;
    let letters = inbox(&app, ANNA).await?;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(letter["subject"], "Choose a new password");
    let link = "https://symancy.example/app/#reset=a-secret";
    for part in ["text", "html"] {
        assert!(
            letter[part]
                .as_str()
                .is_some_and(|text| text.contains(link)),
            "{letter}"
        );
    }
    assert_eq!(letter["from"], world::MAIL_FROM);
    let id = "SELECT count(*) AS count FROM emails WHERE status = 'accepted' AND content IS NULL AND attempts = 1
        AND subject = 'Choose a new password' AND accepted_at IS NOT NULL AND provider = 'smtp'";
    assert_eq!(app.count(id).await?, 1);
    let kept = "SELECT count(*) AS count FROM emails WHERE emails::text LIKE '%a-secret%'";
    assert_eq!(app.count(kept).await?, 0);
    let in_jobs = "SELECT count(*) AS count FROM jobs WHERE jobs::text LIKE '%a-secret%'";
    assert_eq!(app.count(in_jobs).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_whose_job_runs_twice_is_sent_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    write(&app, &welcome()).await?;
    app.drain_jobs().await?;
    app.sql("UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0")
        .await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_letters_with_one_key_one_is_sent_ever() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let letter = Letter {
        dedupe_key: Some("welcome:7".to_owned()),
        ..welcome()
    };
    write(&app, &letter).await?;
    write(&app, &letter).await?;
    app.drain_jobs().await?;
    write(&app, &letter).await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_takes_no_letters_gets_no_third_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    fault(&app, "RCPT", json!({ "error_rate": 1.0, "status": 550 })).await?;
    // A first refusal ends all but letters of security, and a second one those too.
    for (letter, calls, bounced, suppressed) in [
        (welcome(), 1, 1, 0),
        (welcome(), 1, 1, 1),
        (reset(), 2, 2, 1),
        (reset(), 2, 2, 2),
    ] {
        write(&app, &letter).await?;
        app.drain_jobs().await?;
        assert_eq!(crate::calls_of(&app.world, "mail").await?.len(), calls);
        assert_eq!(are(&app, "bounced").await?, bounced);
        assert_eq!(are(&app, "suppressed").await?, suppressed);
    }
    // The other spelling is the same mailbox; another address is another one.
    app.world.no_faults().await?;
    let spelled = Letter {
        to: "anna@EXAMPLE.com".to_owned(),
        ..welcome()
    };
    write(&app, &spelled).await?;
    let other = Letter {
        to: "bob@example.com".to_owned(),
        ..welcome()
    };
    write(&app, &other).await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 0);
    assert_eq!(inbox(&app, "bob@example.com").await?.len(), 1);
    // What a person's mailbox does is no fault of the deployment; the address is kept as a hash.
    let dead = "SELECT count(*) AS count FROM jobs WHERE state = 'dead'";
    assert_eq!(app.count(dead).await?, 0);
    let events =
        "SELECT count(*) AS count FROM email_events WHERE kind = 'bounced' AND detail LIKE '%550%'";
    assert_eq!(app.count(events).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_later_gets_it_later() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    fault(
        &app,
        "DATA",
        json!({ "error_rate": 1.0, "status": 451, "times": 3 }),
    )
    .await?;
    write(&app, &welcome()).await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 1);
    let tries = "SELECT attempts::bigint AS count FROM emails WHERE doubted_at IS NULL";
    assert_eq!(app.count(tries).await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_outlives_an_hour_without_its_server() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world
        .faults(json!({ "mail": { "down": true } }))
        .await?;
    write(&app, &welcome()).await?;
    let worker = app.worker()?;
    eventually(async || {
        let states = app.states::<SendEmail>().await?;
        Ok(states
            .first()
            .is_some_and(|(_, attempt)| *attempt >= 1)
            .then_some(()))
    })
    .await?;
    worker.stop().await;
    // An hour of tries: as many as its backoff makes of it.
    app.sql("UPDATE jobs SET attempt = 15, run_at = now()")
        .await?;
    const { assert!(SendEmail::MAX_ATTEMPTS > 100) };
    app.world.no_faults().await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 1);
    assert_eq!(app.states::<SendEmail>().await?[0].0, JobState::Done);
    Ok(())
}

/// The server takes the letter, and its answer is lost: nobody knows. What an account hangs on is sent once more,
/// and nothing a third time.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_in_doubt_is_sent_once_more_or_not_at_all() -> anyhow::Result<()> {
    for (letter, most, doubted) in [(welcome(), 1, 0), (reset(), 2, 1)] {
        let app = TestApp::start().await?;
        fault(&app, "DATA", json!({ "lost_reply_rate": 1.0 })).await?;
        write(&app, &letter).await?;
        app.drain_jobs().await?;
        assert_eq!(inbox(&app, ANNA).await?.len(), most);
        assert_eq!(are(&app, "uncertain").await?, 1);
        let noted =
            "SELECT count(*) AS count FROM emails WHERE doubted_at IS NOT NULL AND content IS NULL";
        assert_eq!(app.count(noted).await?, doubted);
        assert_eq!(app.states::<SendEmail>().await?[0].0, JobState::Done);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_and_never_answers_gets_a_letter_twice_at_most() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("EMAIL_TIMEOUT_SECONDS", 1);
    let app = TestApp::start_in(world).await?;
    fault(&app, "DATA", json!({ "hang": true })).await?;
    write(&app, &reset()).await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 2);
    assert_eq!(are(&app, "uncertain").await?, 1);
    Ok(())
}

/// As if the worker had died between its note and the end.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_cut_off_counts_as_one_in_doubt() -> anyhow::Result<()> {
    for (letter, arrives) in [(welcome(), 0), (reset(), 1)] {
        let app = TestApp::start().await?;
        write(&app, &letter).await?;
        app.sql("UPDATE emails SET status = 'sending', attempts = 1")
            .await?;
        app.drain_jobs().await?;
        assert_eq!(inbox(&app, ANNA).await?.len(), arrives);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_takes_a_letter_and_a_throttle_of_its_is_waited_out() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("EMAIL_TRANSPORT", "ses");
    world.set("SES_ENDPOINT", world.outside("/mail"));
    world.set("SES_ACCESS_KEY_ID", "sandbox");
    world.set("SES_SECRET_ACCESS_KEY", "sandbox-secret");
    let app = TestApp::start_in(world).await?;
    let busy = json!({ "rate_limit": { "retry_after": 1 }, "times": 2 });
    fault(&app, "SendEmail", busy).await?;
    write(&app, &welcome()).await?;
    app.drain_jobs().await?;
    let letters = inbox(&app, ANNA).await?;
    assert_eq!(letters.len(), 1);
    let taken = format!(
        "SELECT count(*) AS count FROM emails WHERE provider = 'ses' AND provider_id = '{}' AND attempts = 3",
        letters[0]["id"].as_str().unwrap_or_default()
    );
    assert_eq!(app.count(&taken).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_without_mail_sends_nothing_and_complains_of_nothing() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("EMAIL_TRANSPORT", "disabled");
    let app = TestApp::start_in(world).await?;
    write(&app, &reset()).await?;
    app.drain_jobs().await?;
    assert_eq!(inbox(&app, ANNA).await?.len(), 0);
    assert_eq!(are(&app, "failed").await?, 1);
    assert_eq!(app.states::<SendEmail>().await?[0].0, JobState::Done);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_the_server_refuses_is_given_up_and_shown_to_an_operator()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    fault(&app, "DATA", json!({ "error_rate": 1.0, "status": 554 })).await?;
    write(&app, &welcome()).await?;
    app.drain_jobs().await?;
    assert_eq!(are(&app, "failed").await?, 1);
    assert_eq!(app.states::<SendEmail>().await?[0], (JobState::Dead, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_with_their_person_and_others_after_a_month() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let mine = Letter {
        user_id: Some(app.user_id(7).await?),
        ..welcome()
    };
    write(&app, &mine).await?;
    write(&app, &welcome()).await?;
    app.drain_jobs().await?;
    app.sql("DELETE FROM users").await?;
    assert_eq!(are(&app, "accepted").await?, 1);
    let old = Utc::now() - chrono::TimeDelta::days(31);
    app.sql(&format!(
        "UPDATE emails SET created_at = '{}'",
        old.to_rfc3339()
    ))
    .await?;
    for statement in mail::queries::PRUNE {
        app.sql(&statement.replace("$1", "10")).await?;
    }
    assert_eq!(are(&app, "accepted").await?, 0);
    Ok(())
}
