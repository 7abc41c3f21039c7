//! What happens is recorded in the outbox, once, in the transaction in which it happens.

use ::events::read;
use chrono::{TimeDelta, Utc};
use diesel_async::AsyncConnection;
use money::payments::abandon;
use people::api_keys;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use uuid::Uuid;
use world::app::words_form;
use world::{TestApp, World};

/// What is recorded under this name, oldest first: the person, and the data.
async fn recorded(app: &TestApp, name: &str) -> anyhow::Result<Vec<(Option<Uuid>, Value)>> {
    let mut conn = app.db().await?;
    // A cursor of its own: each look begins with the first event.
    let cursor = Uuid::now_v7().to_string();
    let all = "SELECT count(*) AS count FROM events";
    let events = eventually(async || {
        let found = read(&mut conn, &cursor, 1_000).await?;
        let is_all = app.count(all).await? == i64::try_from(found.len())?;
        if !is_all {
            ::events::replay(&mut conn, &cursor, chrono::DateTime::UNIX_EPOCH).await?;
        }
        Ok(is_all.then_some(found))
    })
    .await?;
    let named = events.into_iter().filter(|event| event.name == name);
    Ok(named.map(|event| (event.user_id, event.data)).collect())
}

async fn person(app: &TestApp) -> anyhow::Result<Option<Uuid>> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    let one = schema::users::table.filter(schema::users::telegram_id.eq(7));
    let one = one.select(schema::users::id);
    Ok(one.first(&mut app.db().await?).await.optional()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_recorded_when_it_is_accepted_and_when_it_ends() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let key = ("Idempotency-Key", "one");
    let form = || words_form("A bird in the cup").text("telegram_user_id", "7");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let call = app
            .request(Method::POST, "/v1/analyses")
            .header("X-API-Key", world::N8N_KEY)
            .header(key.0, key.1);
        let answer = world::app::Answer::of(call.multipart(form()).send().await?).await?;
        ids.push(answer.id()?);
    }
    assert_eq!(ids[0], ids[1]);
    let user = person(&app).await?;
    let came = recorded(&app, "person.created").await?;
    assert_eq!(came, [(user, json!({ "provider": "telegram" }))]);
    let created = json!({
        "reading": ids[0], "input_type": "text", "focus_area": "general", "in_chat": false,
    });
    assert_eq!(recorded(&app, "reading.created").await?, [(user, created)]);
    assert_eq!(recorded(&app, "reading.ended").await?, []);
    app.drain_jobs().await?;
    let ended = recorded(&app, "reading.ended").await?;
    let [(whose, data)] = ended.as_slice() else {
        anyhow::bail!("{ended:?}");
    };
    assert_eq!(*whose, user);
    assert!(data["duration_ms"].as_i64().is_some_and(|took| took >= 0));
    assert_eq!(
        (
            &data["reading"],
            &data["state"],
            &data["code"],
            &data["unit"]
        ),
        (
            &json!(ids[0]),
            &json!("completed"),
            &json!(null),
            &json!(true)
        )
    );
    Ok(())
}

/// Statements of the database write some events: these, too, have the fields that their JSON Schema says.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_model_is_recorded_as_it_is_described() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("A bird in the cup")).await?;
    app.drain_jobs().await?;
    let called = recorded(&app, "provider.called").await?;
    let all = "SELECT count(*) AS count FROM paid_calls WHERE state <> 'intent'";
    assert_eq!(app.count(all).await?, i64::try_from(called.len())?);
    let shapes = product::shapes();
    let shape = shapes.iter().find(|one| one.kind.name == "provider.called");
    let shape = shape.expect("it is described");
    let user = person(&app).await?;
    assert!(!called.is_empty());
    for (whose, data) in called {
        assert_eq!(whose, user);
        assert!(shape.fits(&data), "{data}");
        assert_eq!(
            (&data["kind"], &data["was"]),
            (&json!("answered"), &json!(null))
        );
    }
    Ok(())
}

/// A call that is forgotten has become nothing else; and one that comes after a good answer is no fallback.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_corrects_no_call_and_a_call_is_instead_of_one_that_failed() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let (job, subject) = (Uuid::now_v7(), Uuid::now_v7());
    let ids = [(); 3].map(|()| Uuid::now_v7());
    for (id, provider, ended) in [
        (ids[0], "one", "state = 'unknown'"),
        (ids[1], "other", "state = 'answered', answer = '{}'"),
        (ids[2], "third", "state = 'refused'"),
    ] {
        app.sql(&format!(
            "INSERT INTO paid_calls (id, job_id, key, provider, attempt, subject_kind, subject_id)
             VALUES ('{id}', '{job}', '{id}', '{provider}', 1, 'analysis', '{subject}');
             UPDATE paid_calls SET {ended}, ended_at = now(), cost_micro_usd = 5 WHERE id = '{id}'"
        ))
        .await?;
    }
    let called = recorded(&app, "provider.called").await?;
    let instead: Vec<_> = called
        .iter()
        .map(|(_, data)| data["instead_of"]["provider"].clone())
        .collect();
    assert_eq!(instead, [json!(null), json!("one"), json!(null)]);
    app.sql(&format!(
        "SELECT paid_calls_forget(ARRAY['{}', '{}']::uuid[])",
        ids[0], ids[1]
    ))
    .await?;
    let useless = "SELECT count(*) AS count FROM paid_calls WHERE state = 'useless'";
    assert_eq!(app.count(useless).await?, 1);
    assert_eq!(recorded(&app, "provider.called").await?.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_cancelled_or_fails_is_recorded_without_a_unit() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let cancelled = app.post_as_service(words_form("A bird")).await?.id()?;
    let call = app
        .request(Method::POST, &format!("/v1/analyses/{cancelled}/cancel"))
        .header("X-API-Key", world::N8N_KEY);
    assert_eq!(call.send().await?.status(), 200);
    let chat = app.world.chat(7);
    chat.sends_file(b"not a photo at all".to_vec(), "en")
        .await?;
    // Telegram brings it a moment later; the job of the first reading is there already.
    eventually(async || Ok((app.rows().await?.1 > 1).then_some(()))).await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("JPEG, PNG or WebP"))
        .await?;
    let ended = recorded(&app, "reading.ended").await?;
    let seen = ended.iter().map(|(_, data)| {
        let field = |name: &str| data[name].clone();
        (field("state"), field("code"), field("unit"))
    });
    let expected = [
        (json!("canceled"), json!(null), json!(false)),
        (json!("failed"), json!("E101"), json!(false)),
    ];
    assert_eq!(seen.collect::<Vec<_>>(), expected);
    assert_eq!(ended[0].1["reading"], json!(cancelled));
    let created = recorded(&app, "reading.created").await?;
    let from = created.iter().map(|(_, data)| data["in_chat"].as_bool());
    assert_eq!(from.collect::<Vec<_>>(), [Some(false), Some(true)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_and_the_plan_that_it_buys_are_recorded() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    chat.pays(&link).await?.expect("the bot takes the money");
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == "BASIC").then_some(()))
    })
    .await?;
    let user = person(&app).await?;
    let moved = json!({
        "payment": order, "from": "pending", "to": "succeeded", "amount": 150, "currency": "XTR",
        "provider": "telegram_stars", "tier": "BASIC",
    });
    assert_eq!(recorded(&app, "payment.moved").await?, [(user, moved)]);
    let changed = json!({ "from": "FREE", "to": "BASIC", "why": "subscription_paid" });
    assert_eq!(recorded(&app, "plan.changed").await?, [(user, changed)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nobody_pays_is_recorded_when_it_is_given_up() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let (order, _) = app.orders("BASIC", "telegram_stars").await?;
    let mut conn = app.db().await?;
    let until = Utc::now() + TimeDelta::hours(1);
    let old = abandon::old(&mut conn, until, None, 10).await?;
    assert_eq!(old.len(), 1);
    for expected in [true, false] {
        let given_up = conn.transaction(async |conn| abandon::abandon(conn, &old[0]).await);
        assert_eq!(given_up.await?, expected);
    }
    let moved = recorded(&app, "payment.moved").await?;
    let seen = moved.iter().map(|(user, data)| {
        let field = |name: &str| data[name].clone();
        (*user, field("payment"), field("from"), field("to"))
    });
    let expected = (
        person(&app).await?,
        json!(order),
        json!("pending"),
        json!("canceled"),
    );
    assert_eq!(seen.collect::<Vec<_>>(), [expected]);
    let line = "SELECT count(*) AS count FROM audit_logs WHERE action = 'payment_canceled'
                AND actor = 'worker' AND new_value->>'status' = 'canceled'";
    assert_eq!(app.count(line).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_use_of_a_key_on_a_day_is_recorded() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut conn = app.db().await?;
    let key = api_keys::queries::ensure_n8n(&mut conn, [7; 32]).await?.id;
    let day = Utc::now().date_naive().and_hms_opt(0, 0, 0).expect("a day");
    let at = |hours| day.and_utc() + TimeDelta::hours(hours);
    for hours in [0, 1, 23, 24, 47, 49] {
        api_keys::uses::note(&mut conn, key, None, at(hours)).await?;
    }
    let used = (None, json!({ "key": key }));
    assert_eq!(
        recorded(&app, "key.used").await?,
        [used.clone(), used.clone(), used]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_a_key_of_an_account_is_an_event_of_that_account() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "INSERT INTO users (telegram_id) VALUES (7);
         INSERT INTO api_keys (id, name, prefix, hash, scopes, persons, account_id)
             SELECT id, 'mine', 'sy_mine', decode(repeat('07', 32), 'hex'), '{users:read}', '{}', id FROM users",
    )
    .await?;
    let id = person(&app).await?.expect("a person");
    let noted = api_keys::uses::note(&mut *app.db().await?, id, None, Utc::now()).await?;
    assert_eq!(noted, 1);
    let of_account = format!(
        "SELECT count(*) AS count FROM events WHERE name = 'key.used' AND user_id = '{id}' AND account_id = '{id}'"
    );
    assert_eq!(app.count(&of_account).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_deletion_no_event_says_whose_it_is() -> anyhow::Result<()> {
    let app = TestApp::start_in(World::new().await?).await?;
    app.post_as_service(words_form("A bird")).await?;
    app.drain_jobs().await?;
    let call = app
        .request(Method::POST, "/v1/users/me/deletion")
        .header("X-API-Key", world::N8N_KEY)
        .header("X-Telegram-User-Id", 7)
        .json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
    assert_eq!(call.send().await?.status(), 202);
    app.drain_jobs().await?;
    assert_eq!(person(&app).await?, None);
    let whose =
        "SELECT count(*) AS count FROM events WHERE user_id IS NOT NULL OR account_id IS NOT NULL";
    assert_eq!(app.count(whose).await?, 0);
    assert_eq!(recorded(&app, "person.deleted").await?, [(None, json!({}))]);
    for name in ["person.created", "reading.created", "reading.ended"] {
        assert_eq!(recorded(&app, name).await?.len(), 1, "{name}");
    }
    Ok(())
}
