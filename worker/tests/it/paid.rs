//! Money: what the journal of paid calls promises when workers die, freeze and are cut off, and
//! when the AI is late, refuses or answers with garbage.

use ai::journal::UNKNOWN_MAX;
use ai::model::PaidCallState;
use ai::model::PaidCallState::{Answered, Intent, Refused, Unknown, Useless};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use jobs::{Job, JobState, operate};
use product::JOBS;
use readings::jobs::{Interpret, ReadCup};
use schema::paid_calls;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::drawn_cup;
use testkit::process::{Process, Signal};
use testkit::stub::{Reply, Stub};
use world::app::words_form;
use world::{TestApp, World};

use crate::{calls_of, worker};

async fn world_with(settings: &[(&str, &str)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 1_000);
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// A reading of words: one thing to pay for. Returns its id.
async fn reading_of_words(app: &TestApp) -> anyhow::Result<String> {
    app.post_as_service(words_form("a bird")).await?.id()
}

/// All calls in the order in which they were begun, and whether they are doubted.
async fn calls(app: &TestApp) -> anyhow::Result<Vec<(PaidCallState, bool)>> {
    let all = paid_calls::table.order(paid_calls::id);
    Ok(all
        .select((paid_calls::state, paid_calls::doubted_at.is_not_null()))
        .load(&mut app.db().await?)
        .await?)
}

async fn calls_become(app: &TestApp, wanted: &[(PaidCallState, bool)]) -> anyhow::Result<()> {
    let became = eventually(async || Ok((calls(app).await? == wanted).then_some(())));
    match became.await {
        Ok(()) => Ok(()),
        Err(why) => Err(why.context(format!("{:?}", calls(app).await?))),
    }
}

/// Puts a fault on the next call to the AI.
async fn next_call(app: &TestApp, fault: serde_json::Value) -> anyhow::Result<()> {
    let mut rule = json!({ "times": 1 });
    rule.as_object_mut()
        .expect("an object")
        .extend(fault.as_object().cloned().unwrap_or_default());
    app.world.faults(json!({ "ai": rule })).await
}

/// Waits until the AI was asked and the fault has struck.
async fn asked(app: &TestApp) -> anyhow::Result<()> {
    eventually(async || {
        let plan = app.world.http.get(app.world.outside("/control/faults"));
        let plan: serde_json::Value = plan.send().await?.json().await?;
        Ok((plan["ai"] == json!({})).then_some(()))
    })
    .await
}

/// The AI gave at most one answer for each key, and one for each doubted call.
async fn assert_nothing_paid_twice(app: &TestApp) -> anyhow::Result<()> {
    let keys = "SELECT count(DISTINCT key) AS count FROM paid_calls";
    let doubted = "SELECT count(*) AS count FROM paid_calls WHERE doubted_at IS NOT NULL";
    let most = app.count(keys).await? + app.count(doubted).await?;
    let answers = i64::try_from(app.world.calls("ai").await?)?;
    assert!(answers <= most, "{answers} answers, {most} accounted for");
    let open = "SELECT count(*) AS count FROM paid_calls WHERE state = 'intent'";
    assert_eq!(app.count(open).await?, 0, "the end of each is written down");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_worker_was_killed_is_doubted_and_asked_again_once() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    next_call(&app, json!({ "latency_ms": 5_000 })).await?;
    let id = reading_of_words(&app).await?;
    let killed = worker(&app.world)?;
    asked(&app).await?;
    calls_become(&app, &[(Intent, false)]).await?;
    killed.kill().await?;
    let _other = worker(&app.world)?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(calls(&app).await?, [(Unknown, true), (Answered, false)]);
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 2)]);
    assert_eq!(calls_of(&app.world, "ai").await?.len(), 2);
    assert_nothing_paid_twice(&app).await
}

/// The row of the reading is locked, so that the transaction of the step cannot come to its end.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_stored_before_the_crash_is_not_asked_for_again() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    next_call(&app, json!({ "latency_ms": 500 })).await?;
    let id = reading_of_words(&app).await?;
    let killed = worker(&app.world)?;
    asked(&app).await?;
    let mut holds_it_up = app.db().await?;
    holds_it_up
        .batch_execute("BEGIN; SELECT FROM analysis_history FOR UPDATE")
        .await?;
    calls_become(&app, &[(Answered, false)]).await?;
    app.a_statement_waits_for_a_lock().await?;
    killed.kill().await?;
    holds_it_up.batch_execute("ROLLBACK").await?;
    let undone = app.get_as_service(&format!("/v1/analyses/{id}")).await?;
    assert_eq!(undone.body["status"], "processing");
    let _other = worker(&app.world)?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(calls(&app).await?, [(Answered, false)]);
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 2)]);
    assert_eq!(app.world.calls("ai").await?, 1);
    assert_nothing_paid_twice(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_doubted_and_a_refusal_is_not() -> anyhow::Result<()> {
    let app = world_with(&[("AI_CALL_SECONDS", "1")]).await?;
    let _worker = worker(&app.world)?;
    let mut expected = Vec::new();
    for (fault, call) in [
        (json!({ "hang": true }), (Unknown, true)),
        (json!({ "lost_reply_rate": 1.0 }), (Unknown, true)),
        (
            json!({ "error_rate": 1.0, "status": 503 }),
            (Refused, false),
        ),
    ] {
        next_call(&app, fault).await?;
        let id = reading_of_words(&app).await?;
        expected.extend([call, (Answered, false)]);
        let ends = async || {
            app.hurry().await?;
            Ok((calls(&app).await? == expected).then_some(()))
        };
        eventually(ends).await?;
        assert_eq!(app.ended(&id).await?["status"], "completed");
    }
    next_call(&app, json!({ "error_rate": 1.0, "status": 400 })).await?;
    let refused = reading_of_words(&app).await?;
    assert_eq!(app.ended(&refused).await?["error"]["code"], "E505");
    expected.push((Refused, false));
    assert_eq!(calls(&app).await?, expected);
    assert_nothing_paid_twice(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_doubted_calls_are_the_end_until_an_operator_decides() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    app.world.faults(json!({ "ai": { "down": true } })).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(drawn_cup(1), "en").await?;
    let _worker = worker(&app.world)?;
    let dead = format!("kind = '{}' AND state = 'dead'", ReadCup::KIND);
    let dies = async || {
        app.hurry().await?;
        app.job_where(&dead).await
    };
    let job = eventually(dies).await?;
    chat.waits_for(|text| text.contains("took too long"))
        .await?;
    assert_eq!(calls(&app).await?, [(Unknown, true); UNKNOWN_MAX]);
    assert_eq!(calls_of(&app.world, "ai").await?.len(), UNKNOWN_MAX);
    app.world.no_faults().await?;
    operate::retry(&mut *app.db().await?, &JOBS, job).await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    assert_eq!(app.world.calls("ai").await?, 2);
    assert_nothing_paid_twice(&app).await
}

/// A reading whose first call is answered while its worker is frozen, and the worker.
async fn frozen_while_it_asks(app: &TestApp) -> anyhow::Result<(String, Process)> {
    next_call(app, json!({ "latency_ms": 500 })).await?;
    let id = reading_of_words(app).await?;
    let frozen = worker(&app.world)?;
    asked(app).await?;
    frozen.signal(Signal::STOP)?;
    Ok((id, frozen))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_after_the_reading_is_kept_as_useless() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    let (id, frozen) = frozen_while_it_asks(&app).await?;
    let _other = worker(&app.world)?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(calls(&app).await?, [(Unknown, true), (Answered, false)]);
    frozen.signal(Signal::CONT)?;
    calls_become(&app, &[(Useless, true), (Answered, false)]).await?;
    let kept = "SELECT count(*) AS count FROM paid_calls WHERE answer IS NOT NULL";
    assert_eq!(app.count(kept).await?, 2);
    assert_eq!(app.world.calls("ai").await?, 2);
    assert_nothing_paid_twice(&app).await
}

/// The second worker dies while it asks; the third finds what the first has brought after all.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_after_the_lease_was_lost_is_used_by_the_next_worker()
-> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    let (id, frozen) = frozen_while_it_asks(&app).await?;
    next_call(&app, json!({ "latency_ms": 60_000 })).await?;
    let second = worker(&app.world)?;
    asked(&app).await?;
    frozen.signal(Signal::CONT)?;
    calls_become(&app, &[(Answered, true), (Intent, false)]).await?;
    second.kill().await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 3)]);
    assert_eq!(calls(&app).await?, [(Answered, true), (Unknown, true)]);
    assert_nothing_paid_twice(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_whose_last_attempt_ended_with_its_worker_fails_by_e902() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    next_call(&app, json!({ "latency_ms": 60_000 })).await?;
    let id = reading_of_words(&app).await?;
    app.sql("UPDATE jobs SET max_attempts = 1").await?;
    let killed = worker(&app.world)?;
    asked(&app).await?;
    killed.kill().await?;
    let _other = worker(&app.world)?;
    let ended = app.ended(&id).await?;
    assert_eq!(ended["status"], "failed");
    assert_eq!(ended["error"]["code"], "E902");
    Ok(())
}

/// As if another worker, which has lost its lease, stored its answer at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_answers_that_are_stored_at_the_same_moment_none_is_lost() -> anyhow::Result<()> {
    let app = world_with(&[]).await?;
    next_call(&app, json!({ "latency_ms": 500 })).await?;
    let id = reading_of_words(&app).await?;
    let _worker = worker(&app.world)?;
    calls_become(&app, &[(Intent, false)]).await?;
    let mut other = app.db().await?;
    let stores = "BEGIN; INSERT INTO paid_calls
        (id, job_id, key, provider, attempt, state, answer, ended_at, doubted_at, cost_micro_usd)
        SELECT gen_random_uuid(), job_id, key, provider, 1, 'answered', '{}', now(), now(), 0
        FROM paid_calls";
    other.batch_execute(stores).await?;
    app.a_statement_waits_for_a_lock().await?;
    other.batch_execute("COMMIT").await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 1)]);
    let kept = "SELECT count(*) AS count FROM paid_calls
                WHERE state = 'useless' AND doubted_at IS NULL AND answer IS NOT NULL";
    assert_eq!(app.count(kept).await?, 1);
    Ok(())
}

fn completion(content: &str) -> String {
    json!({ "choices": [{ "message": { "content": content } }] }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_no_use_is_kept_and_asked_for_again_four_times_at_most() -> anyhow::Result<()>
{
    let reading = r#"{"appropriate": true, "intro": "A bird.",
        "sections": [{"title": "Road", "content": "Long."}]}"#;
    let useless = completion("[]");
    let replies = [completion("{}"), completion(reading)].into_iter();
    let replies = replies
        .chain(vec![useless; 4])
        .map(|body| Reply::new(200, body));
    let ai = Stub::start([Reply::new(200, "<html>")].into_iter().chain(replies)).await?;
    let app = world_with(&[("OPENROUTER_BASE_URL", ai.url.as_str())]).await?;
    let _worker = worker(&app.world)?;
    let id = reading_of_words(&app).await?;
    let mut expected = vec![(Useless, false), (Useless, false), (Answered, false)];
    let ends = async || {
        app.hurry().await?;
        Ok((calls(&app).await? == expected).then_some(()))
    };
    eventually(ends).await?;
    assert_eq!(app.ended(&id).await?["status"], "completed");
    let kept = "SELECT count(*) AS count FROM paid_calls WHERE answer IS NOT NULL";
    assert_eq!(
        app.count(kept).await?,
        2,
        "all but the one that was not JSON"
    );
    let chat = app.world.chat(8);
    chat.sends_photo(drawn_cup(1), "en").await?;
    let reported = async || {
        app.hurry().await?;
        let texts = chat.bot_texts().await?;
        Ok(texts
            .iter()
            .any(|text| text.contains("put into words"))
            .then_some(()))
    };
    eventually(reported).await?;
    assert_eq!(app.states::<ReadCup>().await?, [(JobState::Dead, 3)]);
    expected.extend([(Useless, false); 4]);
    assert_eq!(calls(&app).await?, expected);
    assert_eq!(ai.received().len(), 7);
    Ok(())
}
