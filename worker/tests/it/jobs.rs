//! The promises of the ledger, through running workers. Those of its functions: `shared/jobs/tests/`.

use bot::jobs::{Notice, SendNotice};
use diesel_async::SimpleAsyncConnection;
use jobs::ledger;
use jobs::{Job, JobState};
use readings::jobs::{FetchPhoto, Interpret, PrepareImage, ReadCup};
use readings::messages::{DeliverAnalysis, ReportFailure, ShowButtons, ShowProgress};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::photo_form;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_unknown_kind_is_not_claimed_and_holds_up_no_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.db()
        .await?
        .batch_execute(
            "INSERT INTO jobs (id, kind, queue, args, max_attempts)
             VALUES (gen_random_uuid(), 'analyses.of_the_future.v1', 'analysis', '{}', 3)",
        )
        .await?;
    let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let worker = app.worker()?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    worker.stop().await;
    let parked = "SELECT count(*) AS count FROM jobs WHERE kind = 'analyses.of_the_future.v1'
                  AND state = 'queued' AND attempt = 0";
    assert_eq!(app.count(parked).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_push_never_came_is_found_by_the_dispatcher() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let user = app.user_id(7).await?;
    let notice = SendNotice {
        user_id: user,
        chat_id: 7,
        notice: Notice::PhotoHint,
        replaces: None,
    };
    // As if the process had died between the commit and the push.
    let _ = ledger::enqueue(&mut *app.db().await?, &notice).await?;
    let worker = app.worker()?;
    app.world
        .chat(7)
        .waits_for(|text| text.contains("Send me a photo"))
        .await?;
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_emptied_loses_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(app.post_as_service(photo_form(coffee_cup())).await?.id()?);
    }
    app.empty_redis().await?;
    let worker = app.worker()?;
    for id in ids {
        assert_eq!(app.ended(&id).await?["status"], "completed");
    }
    worker.stop().await;
    Ok(())
}

/// Each step once more on a reading that has not ended, as after a crash that came just before the
/// result was stored: the reading is the same, and stands in the chat once.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_that_runs_twice_does_its_work_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let before = chat.bot_texts().await?;
    assert_eq!(before.len(), 2);
    let kinds = [
        FetchPhoto::KIND,
        PrepareImage::KIND,
        ReadCup::KIND,
        Interpret::KIND,
        DeliverAnalysis::KIND,
    ];
    for kind in kinds {
        let again = format!(
            "UPDATE analysis_history SET delivered_at = NULL;
             UPDATE analysis_history SET status = 'processing' WHERE '{kind}' LIKE 'analyses.%';
             UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0
             WHERE kind = '{kind}' AND id = (SELECT min(id::text)::uuid FROM jobs WHERE kind = '{kind}')"
        );
        app.db().await?.batch_execute(&again).await?;
        app.drain_jobs().await?;
        assert_eq!(chat.bot_texts().await?, before, "{kind}");
        let whole = "SELECT count(*) AS count FROM analysis_history
                     WHERE status = 'completed' AND delivered_at IS NOT NULL";
        assert_eq!(app.count(whole).await?, 1, "{kind}");
    }
    let undone = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
    assert_eq!(app.count(undone).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_is_reported_twice_stands_in_the_chat_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.sends_file(b"no photo".to_vec(), "en").await?;
    app.drain_chat().await?;
    let before = chat.bot_texts().await?;
    let again = format!(
        "UPDATE analysis_history SET delivered_at = NULL;
         UPDATE jobs SET state = 'queued', finished_at = NULL
         WHERE kind = '{}'",
        ReportFailure::KIND
    );
    app.db().await?.batch_execute(&again).await?;
    app.drain_jobs().await?;
    assert_eq!(app.states::<ReportFailure>().await?, [(JobState::Done, 2)]);
    assert_eq!(chat.bot_texts().await?, before);
    Ok(())
}

/// An announcement and the buttons beneath a reading are edited: twice is once.
#[tokio::test(flavor = "multi_thread")]
async fn progress_and_buttons_that_are_shown_twice_stand_there_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    chat.presses_on("rate:5:").await?;
    let rated = "SELECT count(*) AS count FROM analysis_history WHERE user_rating = 5";
    eventually(async || Ok((app.count(rated).await? == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    let before = chat.messages().await?;
    let again = format!(
        "UPDATE jobs SET state = 'queued', finished_at = NULL WHERE kind IN ('{}', '{}')",
        ShowProgress::KIND,
        ShowButtons::KIND
    );
    app.db().await?.batch_execute(&again).await?;
    app.drain_jobs().await?;
    assert_eq!(app.states::<ShowButtons>().await?, [(JobState::Done, 2)]);
    assert_eq!(chat.messages().await?, before);
    Ok(())
}

/// Greetings have no message slot: sent twice they stand in the chat twice, and nothing else happens.
#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_runs_twice_only_repeats_itself() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let once = chat.bot_texts().await?;
    let again = "UPDATE jobs SET state = 'queued', finished_at = NULL";
    app.db().await?.batch_execute(again).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?, [once.clone(), once].concat());
    Ok(())
}
