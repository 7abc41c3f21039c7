//! The promises of the ledger, at its functions and through running workers.

use std::time::Duration;

use bot::jobs::{Notice, SendNotice};
use diesel_async::AsyncConnection;
use jobs::claims;
use jobs::claims::{Claim, Wanted};
use jobs::ledger;
use jobs::ledger::LedgerError;
use jobs::limits::Limits;
use jobs::{Job, JobState, Priority};
use readings::jobs::{ANALYSIS, FetchPhoto, Interpret, PrepareImage, ReadCup};
use readings::messages::{DeliverAnalysis, ReportFailure};
use testkit::TestApp;
use testkit::app::photo_form;
use testkit::pictures::coffee_cup;
use testkit::process::eventually;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

async fn claim_as(app: &TestApp, worker: &str, lease: Duration) -> anyhow::Result<Vec<Claim>> {
    let wanted = Wanted {
        queue: ANALYSIS,
        kinds: &[ReadCup::KIND],
        classes: Priority::order_of_claim(0),
        room: 1,
        window: 1,
        worker,
        lease,
        limits: &Limits::new([]),
    };
    Ok(claims::claim(&mut *app.db().await?, &wanted).await?.claims)
}

async fn claim(app: &TestApp, lease: Duration) -> anyhow::Result<Vec<Claim>> {
    claim_as(app, "a test", lease).await
}

fn read_cup() -> ReadCup {
    ReadCup {
        analysis_id: Uuid::now_v7(),
        user_id: Uuid::now_v7(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_claimed_by_one_of_many() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let job = read_cup();
    let _ = ledger::enqueue(&mut *app.db().await?, &job).await?;
    let tries = (0..8).map(|_| claim(&app, LEASE));
    let claimed = futures_util::future::try_join_all(tries).await?;
    assert_eq!(claimed.iter().map(Vec::len).sum::<usize>(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_can_write_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let job = read_cup();
    let _ = ledger::enqueue(&mut *app.db().await?, &job).await?;
    let old = claim(&app, Duration::ZERO).await?.remove(0);
    let mut conn = app.db().await?;
    eventually(async || Ok((claims::rescue(&mut conn, 10).await? == 1).then_some(()))).await?;
    let new = claim(&app, LEASE).await?.remove(0);
    assert_eq!(new.attempt, 2);
    assert!(new.fence > old.fence);
    let written = conn
        .transaction(async |conn| {
            let next = Interpret {
                analysis_id: job.analysis_id,
                user_id: job.user_id,
            };
            let _ = ledger::enqueue(conn, &next).await?;
            ledger::complete(conn, &old).await
        })
        .await;
    assert!(matches!(written, Err(LedgerError::LeaseLost)));
    assert!(matches!(
        ledger::hold(&mut conn, &old).await,
        Err(LedgerError::LeaseLost)
    ));
    let again = ledger::put_back(&mut conn, &old, Duration::ZERO, None).await;
    assert!(matches!(again, Err(LedgerError::LeaseLost)));
    assert!(
        claims::renew(&mut conn, &old.worker, &[(old.id, old.fence)], LEASE)
            .await?
            .is_empty()
    );
    assert!(app.enqueued::<Interpret>().await?.is_empty());
    ledger::complete(&mut conn, &new).await?;
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Done, 2)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_with_the_same_fence_cannot_write_for_each_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut conn = app.db().await?;
    let _ = ledger::enqueue(&mut conn, &read_cup()).await?;
    let first = claim_as(&app, "one", LEASE).await?.remove(0);
    // As after a crash of Postgres that took back the claim, which was not flushed.
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut *conn,
        "UPDATE jobs SET state = 'queued', attempt = 0, fence = 0, lease_until = NULL",
    )
    .await?;
    let mut second = claim_as(&app, "two", LEASE).await?.remove(0);
    assert_ne!(
        first.fence, second.fence,
        "the number was not given out again"
    );
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut *conn,
        &format!("UPDATE jobs SET fence = {}", first.fence),
    )
    .await?;
    second.fence = first.fence;
    let refused = ledger::complete(&mut conn, &first).await;
    assert!(matches!(refused, Err(LedgerError::LeaseLost)));
    let held = [(first.id, first.fence)];
    assert!(
        ledger::complete_all(&mut conn, "one", &held)
            .await?
            .is_empty()
    );
    ledger::complete(&mut conn, &second).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_live_job_of_the_same_key_is_the_first() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let job = read_cup();
    let mut conn = app.db().await?;
    let first = ledger::enqueue(&mut conn, &job).await?;
    assert_eq!(ledger::enqueue(&mut conn, &job).await?, first);
    let held = claim(&app, LEASE).await?.remove(0);
    assert_eq!(ledger::enqueue(&mut conn, &job).await?, first);
    ledger::complete(&mut conn, &held).await?;
    assert_ne!(ledger::enqueue(&mut conn, &job).await?, first);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_job_keeps_its_attempt_and_a_retried_one_spends_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let job = read_cup();
    let mut conn = app.db().await?;
    let _ = ledger::enqueue(&mut conn, &job).await?;
    let held = claim(&app, LEASE).await?.remove(0);
    ledger::put_back(&mut conn, &held, Duration::ZERO, None).await?;
    let held = claim(&app, LEASE).await?.remove(0);
    assert_eq!(held.attempt, 1);
    ledger::put_back(&mut conn, &held, Duration::ZERO, Some("it rained")).await?;
    let held = claim(&app, LEASE).await?.remove(0);
    assert_eq!(held.attempt, 2);
    ledger::put_back(
        &mut conn,
        &held,
        Duration::from_secs(3_600),
        Some("it rains"),
    )
    .await?;
    assert!(claim(&app, LEASE).await?.is_empty(), "not due yet");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_unknown_kind_is_not_claimed_and_holds_up_no_other() -> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
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
    app.drain_jobs().await?;
    let user = app.user_id(7).await?;
    let notice = SendNotice {
        user_id: user,
        chat_id: 7,
        notice: Notice::PhotoHint,
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
    use diesel_async::SimpleAsyncConnection;
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
    use diesel_async::SimpleAsyncConnection;
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

/// Greetings have no message slot: sent twice they stand in the chat twice, and nothing else happens.
#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_runs_twice_only_repeats_itself() -> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
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

/// Each renews or closes the same many rows, named in opposite orders.
#[tokio::test(flavor = "multi_thread")]
async fn renewing_and_closing_many_jobs_never_wait_in_a_circle() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (mut one, mut other) = (app.db().await?, app.db().await?);
    for _ in 0..10 {
        let jobs: Vec<ReadCup> = (0..200).map(|_| read_cup()).collect();
        let _ = ledger::enqueue_all(&mut one, &jobs).await?;
        let wanted = Wanted {
            queue: ANALYSIS,
            kinds: &[ReadCup::KIND],
            classes: Priority::order_of_claim(0),
            room: 200,
            window: 200,
            worker: "one",
            lease: LEASE,
            limits: &Limits::new([]),
        };
        let claims = claims::claim(&mut one, &wanted).await?.claims;
        let forwards: Vec<_> = claims.iter().map(|claim| (claim.id, claim.fence)).collect();
        let backwards: Vec<_> = forwards.iter().rev().copied().collect();
        let renewing = claims::renew(&mut one, "one", &forwards, LEASE);
        let closing = ledger::complete_all(&mut other, "one", &backwards);
        let (renewed, closed) = tokio::join!(renewing, closing);
        assert_eq!((closed?.len(), renewed.is_ok()), (200, true));
    }
    Ok(())
}
