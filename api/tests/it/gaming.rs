//! What a person cannot have anew: neither by a deletion of their data, nor by many messages in the chat.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::drawn_cup;
use world::app::{Answer, words_form};
use world::{TestApp, World};

/// Three a day for those who pay nothing.
async fn limited() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 3 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    Ok(app)
}

async fn as_seven(app: &TestApp, method: Method, path: &str) -> anyhow::Result<Answer> {
    let body = json!({ "confirmation_code": "DELETE_MY_DATA" });
    app.as_seven(method, path, body).await
}

async fn deletes_all(app: &TestApp) -> anyhow::Result<()> {
    let answer = known(app, Method::POST, "/v1/users/me/deletion").await?;
    assert_eq!(answer.status, 202, "{answer:?}");
    app.drain_jobs().await
}

/// The answer once the API has noticed that a person was deleted: the first one may be that they are gone.
async fn known(app: &TestApp, method: Method, path: &str) -> anyhow::Result<Answer> {
    eventually(async || {
        let answer = as_seven(app, method.clone(), path).await?;
        Ok((answer.status != 404).then_some(answer))
    })
    .await
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    row: Value,
}

/// Everything that is counted for a person, whatever the columns are called.
async fn counted(app: &TestApp) -> anyhow::Result<Value> {
    let query = "SELECT jsonb_build_object(
            'usage', to_jsonb(u) - '{id,account_id,tier,updated_at}'::text[], 'trial', s.trial_used,
            'budget', (SELECT to_jsonb(b) - 'scope' FROM ai_budgets b WHERE scope = 'user:' || users.id)) AS row
        FROM users JOIN meters u ON u.account_id = users.id
        LEFT JOIN subscriptions s ON s.user_id = users.id";
    let mut conn = app.db().await?;
    let row: Row =
        diesel_async::RunQueryDsl::get_result(diesel::sql_query(query), &mut conn).await?;
    Ok(row.row)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_gives_no_unit_no_trial_and_no_budget_anew() -> anyhow::Result<()> {
    let app = limited().await?;
    let trial = async || as_seven(&app, Method::POST, "/v1/subscriptions/trial").await;
    assert_eq!(trial().await?.status, 200);
    for words in ["a bird", "a cat", "a fish"] {
        app.post_as_service(words_form(words)).await?.id()?;
    }
    app.drain_jobs().await?;
    app.sql("UPDATE meters SET day_returned = 2").await?;
    let before = counted(&app).await?;
    assert_eq!(before["trial"], true);
    assert!(
        before["budget"]["spent_micro_usd"].as_i64() > Some(0),
        "{before}"
    );

    deletes_all(&app).await?;
    assert_eq!(app.rows().await?.0, 0);
    known(&app, Method::GET, "/v1/users/me").await?;

    assert_eq!(counted(&app).await?, before);
    assert_eq!(trial().await?.status, 409);
    let refused = app.post_as_service(words_form("a dog")).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_ends_with_its_time() -> anyhow::Result<()> {
    let app = limited().await?;
    as_seven(&app, Method::POST, "/v1/subscriptions/trial").await?;
    app.post_as_service(words_form("a bird")).await?.id()?;
    app.drain_jobs().await?;
    deletes_all(&app).await?;
    let rows = "SELECT (SELECT count(*) FROM abuse_memory WHERE kept_until BETWEEN
            now() + interval '59 days' AND now() + interval '60 days')
        + (SELECT count(*) FROM usage_memory WHERE kept_until BETWEEN
            now() + interval '364 days' AND now() + interval '365 days') AS count";
    assert_eq!(app.count(rows).await?, 2);
    app.sql(
        "UPDATE abuse_memory SET kept_until = now() - interval '1 s';
         UPDATE usage_memory SET kept_until = now() - interval '1 s';
         UPDATE ai_budgets SET day = day - 1",
    )
    .await?;
    let _ = jobs::ledger::enqueue(&mut *app.db().await?, &jobs::prune::Prune::default()).await?;
    app.drain_jobs().await?;
    let left = "SELECT (SELECT count(*) FROM abuse_memory) + (SELECT count(*) FROM usage_memory)
        + (SELECT count(*) FROM ai_budgets WHERE scope <> 'all') AS count";
    assert_eq!(app.count(left).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_deletion_within_a_day_is_refused_with_its_time_and_possible_after_it()
-> anyhow::Result<()> {
    let app = limited().await?;
    let deletion = async || known(&app, Method::POST, "/v1/users/me/deletion").await;
    deletes_all(&app).await?;
    let refused = deletion().await?;
    assert_eq!(refused.refusal(), (429, "E305"));
    let seconds: u64 = refused.headers["retry-after"].to_str()?.parse()?;
    assert!((86_000..=86_401).contains(&seconds), "{seconds}");
    assert_eq!(refused.body["details"]["retry_after_seconds"], seconds);
    app.sql("UPDATE abuse_memory SET last_deletion_at = now() - interval '1 day'")
        .await?;
    deletes_all(&app).await?;
    let twice = "SELECT deletions::bigint AS count FROM abuse_memory";
    assert_eq!(app.count(twice).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_today_is_the_answer_and_a_deletion_gives_no_other() -> anyhow::Result<()> {
    let app = limited().await?;
    let export = async || known(&app, Method::POST, "/v1/users/me/exports").await;
    let first = export().await?.id()?;
    app.drain_jobs().await?;
    for _ in 0..3 {
        assert_eq!(export().await?.id()?, first);
    }
    let jobs = "SELECT count(*) AS count FROM jobs WHERE kind = 'privacy.export_data.v1'";
    assert_eq!(app.count(jobs).await?, 1);
    app.sql("UPDATE privacy_requests SET completed_at = completed_at - interval '1 day'")
        .await?;
    let next = export().await?.id()?;
    assert_ne!(next, first);
    app.drain_jobs().await?;
    deletes_all(&app).await?;
    assert_eq!(export().await?.refusal(), (429, "E305"));
    Ok(())
}

/// Requests that come all the time, and a deletion in their midst, whichever is first.
#[tokio::test(flavor = "multi_thread")]
async fn however_a_deletion_and_requests_meet_there_are_no_more_units() -> anyhow::Result<()> {
    let app = limited().await?;
    let requests = async || {
        for n in 0..20 {
            let answer = app
                .post_as_service(words_form(&format!("a bird {n}")))
                .await?;
            assert!([202, 402, 404].contains(&answer.status), "{answer:?}");
        }
        Ok::<_, anyhow::Error>(())
    };
    for _ in 0..3 {
        app.sql("UPDATE abuse_memory SET last_deletion_at = now() - interval '1 day'")
            .await?;
        let (deleted, a, b) = tokio::join!(deletes_all(&app), requests(), requests());
        deleted?;
        a?;
        b?;
    }
    let accepted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'analysis_created'";
    assert_eq!(app.count(accepted).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_at_once_are_one_and_are_remembered_once() -> anyhow::Result<()> {
    let app = limited().await?;
    let all = (0..8).map(|_| as_seven(&app, Method::POST, "/v1/users/me/deletion"));
    for answer in join_all(all).await {
        assert_eq!(answer?.status, 202);
    }
    app.drain_jobs().await?;
    let once = "SELECT count(*) AS count FROM abuse_memory WHERE deletions = 1";
    assert_eq!(app.count(once).await?, 1);
    Ok(())
}

/// An update with words of person 7.
fn words(update_id: i64, text: &str) -> Value {
    json!({ "update_id": update_id, "message": {
        "message_id": update_id, "date": 1_760_000_000, "text": text,
        "chat": { "id": 7, "type": "private", "first_name": "Ann" },
        "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
    }})
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_requests_of_a_person_count_together_and_payments_do_not() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_USER", 6);
    let app = TestApp::start_in(world).await?;
    let me = app.world.chat(7).init_data().await?;
    for _ in 0..2 {
        let answer = app
            .as_person(&me, Method::GET, "/v1/users/me", None)
            .await?;
        assert_eq!(answer.status, 200);
    }
    for n in 1..=12 {
        assert_eq!(app.post_update(&words(n, "hello")).await?.status, 200);
    }
    // Four were taken, with one hint; eight were passed over, with one notice.
    let remembered = "SELECT count(*) AS count FROM message_context";
    assert_eq!(app.count(remembered).await?, 4);
    let told = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.send_notice.v5'
        AND args ->> 'notice' = 'too_fast'";
    assert_eq!(app.count(told).await?, 1);
    let refused = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    let (_, invoice) = app.orders("BASIC", "telegram_stars").await?;
    let paid = app.world.chat(7).pays(&invoice).await?;
    assert!(paid.is_ok(), "{paid:?}");
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    // Another person is not touched.
    let other = app.world.chat(8).init_data().await?;
    let other = app
        .as_person(&other, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(other.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_despair_beyond_the_limit_are_answered_with_care_once_a_minute()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_USER", 1);
    let app = TestApp::start_in(world).await?;
    for n in 1..=3 {
        app.post_update(&words(n, "hello")).await?;
    }
    // Sent before the next words come, so that equal notices are not one because they wait together.
    for n in 4..=6 {
        app.post_update(&words(n, "I want to kill myself")).await?;
        app.drain_jobs().await?;
    }
    let notices = async |notice: &str| {
        app.count(&format!(
            "SELECT count(*) AS count FROM jobs WHERE args ->> 'notice' = '{notice}'"
        ))
        .await
    };
    assert_eq!(notices("care").await?, 1);
    assert_eq!(notices("too_fast").await?, 1);
    let kept = "SELECT count(*) AS count FROM message_context WHERE content LIKE '%kill%'";
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_notices_of_a_chat_that_wait_are_one_and_others_few() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for n in 1..=40 {
        let text = ["/start", "thank you", "hello", "/help"][n as usize % 4];
        app.post_update(&words(n, text)).await?;
    }
    app.sql("UPDATE plan_limits SET day_limit = 0 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let me = app.world.chat(7);
    for n in 0..3 {
        me.sends_photo(drawn_cup(n), "en").await?;
    }
    eventually(async || {
        let photos = "SELECT count(*) AS count FROM telegram_updates";
        Ok((app.count(photos).await? == 43).then_some(()))
    })
    .await?;
    let waiting = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.send_notice.v5'";
    let waiting = app.count(waiting).await?;
    // Five, and the question for the time zone, which is asked once in a life.
    assert!((3..=6).contains(&waiting), "{waiting}");
    let words_of_despair = app
        .post_update(&words(100, "I want to kill myself"))
        .await?;
    assert_eq!(words_of_despair.status, 200);
    let care = "SELECT count(*) AS count FROM jobs WHERE args ->> 'notice' = 'care'";
    assert_eq!(app.count(care).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_a_few_streams_and_polls_at_once_and_gets_their_places_back()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WAITING_PER_PERSON", 2);
    world.set("WAITING_PER_ADDRESS", 3);
    let app = TestApp::start_in(world).await?;
    let [me, other] = [app.world.chat(7), app.world.chat(8)];
    let (me, other) = (me.init_data().await?, other.init_data().await?);
    let path = async |proof: &str| {
        let id = app
            .post_as_person(proof, words_form("a bird"))
            .await?
            .id()?;
        Ok::<_, anyhow::Error>(format!("/v1/analyses/{id}"))
    };
    let (own, of_other) = (path(&me).await?, path(&other).await?);
    let stream = async |proof: &str, path: &str| {
        let call = app.request(Method::GET, &format!("{path}/events"));
        Ok::<_, anyhow::Error>(call.header("X-Telegram-Init-Data", proof).send().await?)
    };
    let poll = async |proof: &str, path: &str| {
        let call = app.request(Method::GET, path).header("Prefer", "wait=1");
        Answer::of(call.header("X-Telegram-Init-Data", proof).send().await?).await
    };
    let (first, second) = (stream(&me, &own).await?, stream(&me, &own).await?);
    assert_eq!(
        (first.status(), second.status()),
        (200.try_into()?, 200.try_into()?)
    );
    for refused in [
        Answer::of(stream(&me, &own).await?).await?,
        poll(&me, &own).await?,
    ] {
        assert_eq!(refused.refusal(), (429, "E306"));
        assert_eq!(refused.headers["retry-after"], "5");
    }
    // A look that does not wait is none of these; another person has places of their own.
    let looks = app.as_person(&me, Method::GET, &own, None).await?;
    assert_eq!(looks.status, 200);
    let third = stream(&other, &of_other).await?;
    assert_eq!(third.status(), 200);
    // The address has three.
    assert_eq!(poll(&other, &of_other).await?.refusal(), (429, "E306"));
    drop(first);
    eventually(async || Ok((poll(&me, &own).await?.status == 200).then_some(()))).await?;
    Ok(())
}
