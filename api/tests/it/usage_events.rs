//! Events of an account's own: `POST /v1/events`.

use chrono::{TimeDelta, Utc};
use jobs::ledger;
use jobs::prune::Prune;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::Answer;

use crate::organizations::Person;
use crate::usage::{key_of, with_key};

async fn send(app: &TestApp, key: &str, events: &Value) -> anyhow::Result<Answer> {
    let body = json!({ "events": events });
    with_key(app.url("/v1/events"), app, key, Some(body)).await
}

fn taken(answer: &Answer) -> (i64, i64, &Value) {
    let number = |name: &str| answer.body[name].as_i64().unwrap_or(-1);
    (
        number("accepted"),
        number("duplicates"),
        &answer.body["rejected"],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_counts_once_and_another_one_under_its_id_is_a_conflict() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["events:write"]).await?;
    let event = |id: &str, size: i64| json!({ "id": id, "name": "cup.sold", "properties": { "size": size, "paid": true } });
    let first = send(
        &app,
        &key,
        &json!([event("a", 1), event("b", 1), event("a", 1), event("b", 2)]),
    )
    .await?;
    assert_eq!(first.status, 202, "{first:?}");
    let conflict = json!([{ "index": 3, "reason": "conflict" }]);
    assert_eq!(taken(&first), (2, 1, &conflict));
    // The answer was lost: the same call again. The order of properties says nothing.
    let turned =
        json!({ "id": "a", "name": "cup.sold", "properties": { "paid": true, "size": 1 } });
    let again = send(&app, &key, &json!([turned, event("b", 2)])).await?;
    let conflict = json!([{ "index": 1, "reason": "conflict" }]);
    assert_eq!(taken(&again), (0, 1, &conflict));
    let summary = ann.gets("/v1/usage/summary?period=day").await?;
    assert_eq!(summary.body["events"], 2);
    // Another account has ids of its own.
    let bob = Person::new(&app, 8).await?;
    let (_, of_bob) = key_of(&bob, &["events:write"]).await?;
    let other = send(&app, &of_bob, &json!([event("a", 9)])).await?;
    assert_eq!(taken(&other), (1, 0, &json!([])));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_or_too_late_is_told_by_its_place_and_the_rest_is_taken()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["events:write"]).await?;
    let now = Utc::now();
    let at = |days: i64| json!(now - TimeDelta::days(days));
    let events = json!([
        { "id": "two words", "name": "a" },
        { "id": "b", "name": "Not Fine" },
        { "id": "c", "name": "c", "properties": { "words": ["a list"] } },
        { "id": "d", "name": "d", "occurred_at": at(36) },
        { "id": "e", "name": "e", "occurred_at": at(-1) },
        { "id": "f", "name": "f", "occurred_at": at(34) },
        { "id": "g", "name": "g" },
    ]);
    let answer = send(&app, &key, &events).await?;
    let reasons = [
        "invalid_id",
        "invalid_name",
        "invalid_properties",
        "too_late",
        "in_the_future",
    ];
    let rejected: Vec<Value> = (reasons.iter().enumerate())
        .map(|(index, reason)| json!({ "index": index, "reason": reason }))
        .collect();
    assert_eq!(taken(&answer), (2, 0, &json!(rejected)));
    // The late one belongs to its own day, which has changed.
    let corrections = ann.gets("/v1/usage/corrections").await?;
    let found = corrections.body["data"].as_array().expect("a list");
    assert_eq!(found.len(), 1, "{corrections:?}");
    assert_eq!(
        (&found[0]["unit"], &found[0]["delta"], &found[0]["reason"]),
        (&json!("events"), &json!(1), &json!("late"))
    );
    let of_day =
        "SELECT count(*) AS count FROM usage_daily_aggregates JOIN users ON users.id = account_id
        WHERE events = 1 AND day = ((now() - interval '34 days') AT TIME ZONE timezone)::date";
    assert_eq!(app.count(of_day).await?, 1);
    for wrong in [json!([]), Value::Array(vec![events[6].clone(); 501])] {
        let refused = send(&app, &key, &wrong).await?;
        assert_eq!(refused.refusal(), (400, "E105"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_more_than_a_day_holds_is_refused_as_a_whole() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = key_of(&ann, &["events:write"]).await?;
    let events = |ids: &[&str]| -> Value {
        let one = |id: &&str| json!({ "id": id, "name": "a" });
        ids.iter().map(one).collect()
    };
    assert_eq!(send(&app, &key, &events(&["a"])).await?.status, 202);
    app.sql("UPDATE usage_daily_aggregates SET events = 99999")
        .await?;
    let refused = send(&app, &key, &events(&["b", "c"])).await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    // What came before is no more, and nothing of the other call was taken.
    let last = send(&app, &key, &events(&["a", "b"])).await?;
    assert_eq!(taken(&last), (1, 1, &json!([])));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_used_goes_with_them_and_an_organization_keeps_its_sums()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let at = bob.founds("Tea and coffee").await?;
    bob.takes_in(&at, &ann, "member").await?;
    let (_, key) = key_of(&ann, &["events:write"]).await?;
    send(&app, &key, &json!([{ "id": "a", "name": "a" }])).await?;
    assert_eq!(ann.gets(&at).await?.status, 200);
    let ours = |what: &str| {
        format!(
            "SELECT count(*) AS count FROM {what} WHERE user_id = '{}'",
            ann.id
        )
    };
    let of_organization = format!(
        "SELECT count(*) AS count FROM usage_logs WHERE user_id = '{}' AND account_id <> user_id",
        ann.id
    );
    eventually(async || Ok((app.count(&of_organization).await? > 0).then_some(()))).await?;
    let sum = "SELECT sum(requests)::bigint AS count FROM usage_daily_aggregates JOIN accounts ON accounts.id = account_id
        WHERE accounts.kind = 'organization'";
    let before = app.count(sum).await?;
    let wish = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let asked = ann.posts("/v1/users/me/deletion", wish).await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    app.drain_jobs().await?;
    for what in ["usage_logs", "usage_daily_aggregates", "usage_facts"] {
        assert_eq!(app.count(&ours(what)).await?, 0, "{what}");
    }
    let of_account = |what: &str| {
        format!(
            "SELECT count(*) AS count FROM {what} WHERE account_id = '{}'",
            ann.id
        )
    };
    for what in [
        "usage_logs",
        "usage_events",
        "usage_daily_aggregates",
        "api_requests_quarter",
    ] {
        assert_eq!(app.count(&of_account(what)).await?, 0, "{what}");
    }
    assert!(app.count(sum).await? >= before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_organization_has_used_is_deleted_after_it_by_the_next_prune() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let bob = Person::new(&app, 8).await?;
    let at = bob.founds("Tea and coffee").await?;
    let id = at.rsplit('/').next().unwrap_or_default().to_owned();
    app.sql(&format!(
        "INSERT INTO usage_logs (id, occurred_at, account_id, day, method, endpoint, status, latency_ms, bytes_in, bytes_out,
             request_id)
         SELECT gen_random_uuid(), now(), '{id}', now()::date, 'GET', '/v1/usage/quota', 200, 1, 0, 0, 'a-request'
         FROM generate_series(1, 2500);
         INSERT INTO api_requests_quarter VALUES (now(), '{id}', '{id}', 'GET /v1/usage/quota', 2, 1, 2500);
         INSERT INTO usage_events (account_id, id, name, occurred_at, received_at, day, properties, digest)
         VALUES ('{id}', 'a', 'a', now(), now(), now()::date, '{{}}', '')"
    ))
    .await?;
    assert_eq!(bob.does(Method::DELETE, &at, None).await?.status, 204);
    let _ = ledger::enqueue(&mut *app.db().await?, &Prune {}).await?;
    app.drain_jobs().await?;
    for what in ["usage_logs", "usage_events", "api_requests_quarter"] {
        let left = format!("SELECT count(*) AS count FROM {what} WHERE account_id = '{id}'");
        assert_eq!(app.count(&left).await?, 0, "{what}");
    }
    let noted = "SELECT count(*) AS count FROM usage_gone";
    assert_eq!(app.count(noted).await?, 0);
    Ok(())
}
