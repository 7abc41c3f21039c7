//! What all reports have in common: who may see them, ranges, zones, tables and tags.

use analytics::reports::catalogue::{BASE, REPORTS};
use serde_json::json;
use world::World;

use super::*;
use crate::keys::{Rights, key_with};
use crate::organizations::Person;

const RANGE: &str = "startDate=2026-03-28&endDate=2026-03-30";

fn paths() -> Vec<String> {
    REPORTS
        .iter()
        .map(|one| format!("{BASE}{}", one.path))
        .collect()
}

/// Messages of a quarter hour, of an organization or (nil) of all personal accounts.
async fn asked(app: &TestApp, at: &str, organization: Uuid, messages: i64) -> anyhow::Result<()> {
    app.sql(&format!(
        "INSERT INTO chat_activity_quarter (bucket, organization_id, messages, replies)
         VALUES ('{at}', '{organization}', {messages}, {messages})"
    ))
    .await
}

fn messages(answer: &Answer) -> Vec<i64> {
    let series = answer.body["data"]["series"]
        .as_array()
        .into_iter()
        .flatten();
    series.filter_map(|one| one["messages"].as_i64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_says_what_it_is_and_refuses_what_makes_no_sense() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    let stranger = Signed::new(&app).await?;
    for (report, path) in REPORTS.iter().zip(paths()) {
        let answer = operator
            .gets(&format!("{path}?{RANGE}&compare=previous"))
            .await?;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let meta = &answer.body["meta"];
        assert_eq!(meta["definition"], report.definition, "{path}");
        assert_eq!(meta["timezone"], "UTC", "{path}");
        assert!(
            answer.body.get("previous").is_some() || path.ends_with("/realtime"),
            "{path}"
        );
        for wrong in [
            "startDate=2026-03-30&endDate=2026-03-28",
            "from=2025-01-01&to=2026-03-28",
            "startDate=2026-02-30",
            "timezone=Mars/Olympus",
            "interval=year",
            "limit=0",
            "periods=61",
            "cohort=hour",
            "days=3",
        ] {
            let refused = operator.gets(&format!("{path}?{wrong}")).await?;
            assert_eq!(refused.refusal(), (400, "E105"), "{path}?{wrong}");
        }
        let refused = stranger.gets(&path).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{path}");
        let refused = app.request(Method::GET, &path).send().await?;
        assert_eq!(refused.status(), 401, "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_has_no_gaps_and_a_client_that_has_it_is_told_so() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    let plain = [
        "/users/growth",
        "/users/active",
        "/users/signups",
        "/chat/activity",
        "/chat/conversations",
        "/chat/response-times",
    ];
    for path in paths().iter().filter(|path| !path.ends_with("/realtime")) {
        let path = format!("{path}?{RANGE}");
        let answer = operator.gets(&path).await?;
        assert_eq!(
            answer.headers["cache-control"], "private, max-age=30",
            "{path}"
        );
        let tag = answer.headers["etag"].clone();
        let again = app.request(Method::GET, &path).bearer_auth(&operator.token);
        let again = again.header("If-None-Match", tag).send().await?;
        assert_eq!(again.status(), 304, "{path}");
        if plain
            .iter()
            .any(|one| path.starts_with(&format!("{BASE}{one}")))
        {
            let data = &answer.body["data"];
            let rows = data.get("series").unwrap_or(data).as_array().cloned();
            let buckets: Vec<Value> = rows
                .into_iter()
                .flatten()
                .map(|row| row["bucket"].clone())
                .collect();
            assert_eq!(
                buckets,
                ["2026-03-28", "2026-03-29", "2026-03-30"],
                "{path}"
            );
            let call = app.request(Method::GET, &format!("{path}&format=csv"));
            let table = call.bearer_auth(&operator.token).send().await?;
            assert_eq!(
                table.headers()["content-type"],
                "text/csv; charset=utf-8",
                "{path}"
            );
            let table = table.text().await?;
            assert!(table.starts_with("bucket,"), "{path}: {table}");
            assert_eq!(table.lines().count(), 4, "{path}: {table}");
        }
    }
    let path = format!("{BASE}/chat/activity?{RANGE}");
    let before = operator.gets(&path).await?;
    // A fact that is counted.
    app.sql(
        "INSERT INTO events (id, name, version, data) VALUES (gen_random_uuid(), 'person.deleted', 1, '{}');
         INSERT INTO event_cursors (name, tx, seq) SELECT 'analytics', max(tx::text::bigint)::text::xid8, max(seq)
         FROM events ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, seq = excluded.seq",
    )
    .await?;
    let after = operator.gets(&path).await?;
    assert_ne!(before.headers["etag"], after.headers["etag"]);
    let meta = &after.body["meta"];
    assert_eq!(
        (&meta["complete"], &meta["store"]),
        (&json!(true), &json!("postgres"))
    );
    assert!(meta["as_of"].is_string(), "{meta}");
    // What happens now is not of March: that answer stays as it is.
    let told = "INSERT INTO events (id, name, version, occurred_at, data) VALUES (gen_random_uuid(), 'person.deleted', 1";
    app.sql(&format!("{told}, now(), '{{}}')")).await?;
    let same = operator.gets(&path).await?;
    assert_eq!(same.headers["etag"], after.headers["etag"]);
    app.sql(&format!(
        "DELETE FROM events WHERE (tx, seq) > (SELECT tx, seq FROM event_cursors WHERE name = 'analytics');
         SELECT events_make_months('2026-03-30Z', 0);
         {told}, '2026-03-30T23:59:59Z', '{{}}')"
    ))
    .await?;
    let behind = operator.gets(&path).await?;
    assert_eq!(behind.body["meta"]["complete"], json!(false));
    app.sql("UPDATE analytics_settings SET rebuilt_at = now()")
        .await?;
    let rebuilt = operator.gets(&path).await?;
    assert_ne!(rebuilt.headers["etag"], behind.headers["etag"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_days_and_hours_of_the_zone_also_when_its_clocks_are_set() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    // Berlin set its clocks from 02:00 to 03:00 on 29 March 2026: the day began at 23:00 UTC and ended at 22:00 UTC.
    for (at, count) in [
        ("2026-03-28T22:45Z", 1),
        ("2026-03-28T23:00Z", 10),
        ("2026-03-29T01:00Z", 100),
        ("2026-03-29T21:45Z", 1_000),
        ("2026-03-29T22:00Z", 10_000),
        ("2026-03-30T22:00Z", 100_000),
    ] {
        asked(&app, at, Uuid::nil(), count).await?;
    }
    let berlin = format!("{BASE}/chat/activity?timezone=Europe/Berlin");
    let days = operator.gets(&format!("{berlin}&{RANGE}")).await?;
    assert_eq!(messages(&days), [1, 1_110, 10_000]);
    let hours = operator
        .gets(&format!(
            "{berlin}&from=2026-03-29&to=2026-03-29&interval=hour"
        ))
        .await?;
    let hours = messages(&hours);
    assert_eq!(hours.len(), 23);
    assert_eq!(
        (hours[0], hours[1], hours[2], hours[22]),
        (10, 0, 100, 1_000)
    );
    let utc = operator
        .gets(&format!("{BASE}/chat/activity?{RANGE}&compare=previous"))
        .await?;
    assert_eq!(messages(&utc), [11, 11_100, 100_000]);
    let previous = utc.body["previous"]["series"].as_array().map(Vec::len);
    assert_eq!(previous, Some(3));
    let weeks = operator
        .gets(&format!("{BASE}/chat/activity?{RANGE}&interval=week"))
        .await?;
    // 30 March 2026 was a Monday.
    assert_eq!(messages(&weeks), [11_111, 100_000]);
    let hours = format!("{BASE}/chat/activity?interval=hour&from=2026-03-01&to=2026-04-01");
    assert_eq!(operator.gets(&hours).await?.refusal(), (400, "E105"));
    // Different persons of 32 days of another zone.
    let long = operator
        .gets(&format!("{berlin}&from=2026-03-01&to=2026-04-01"))
        .await?;
    assert_eq!(long.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_sees_its_own_figures_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    let owner = Person::new(&app, 7).await?;
    let [own, other] = [Uuid::now_v7(), Uuid::now_v7()];
    for organization in [own, other] {
        app.sql(&format!(
            "INSERT INTO accounts (id, kind, name) VALUES ('{organization}', 'organization', 'x');
             INSERT INTO members (account_id, user_id, role) VALUES ('{organization}', '{}', 'owner')",
            owner.id
        ))
        .await?;
    }
    for (organization, count) in [(own, 1), (other, 20), (Uuid::nil(), 300)] {
        asked(&app, "2026-03-28T12:00Z", organization, count).await?;
    }
    let init_data = app.world.chat(7).init_data().await?;
    let sees = async |account: Uuid, path: &str| {
        let call = app
            .request(Method::GET, path)
            .header("X-Telegram-Init-Data", &init_data);
        Answer::of(
            call.header("X-Account-Id", account.to_string())
                .send()
                .await?,
        )
        .await
    };
    let path = format!("{BASE}/chat/activity?{RANGE}");
    assert_eq!(messages(&sees(own, &path).await?), [1, 0, 0]);
    assert_eq!(messages(&sees(other, &path).await?), [20, 0, 0]);
    let of_other = format!("{path}&organizationId={other}");
    assert_eq!(sees(own, &of_other).await?.refusal(), (403, "E204"));
    // Their own account is none of an organization.
    assert_eq!(sees(owner.id, &path).await?.refusal(), (403, "E204"));
    assert_eq!(messages(&operator.gets(&path).await?), [321, 0, 0]);
    assert_eq!(messages(&operator.gets(&of_other).await?), [20, 0, 0]);
    let personal = format!("{path}&organizationId={}", Uuid::nil());
    assert_eq!(messages(&operator.gets(&personal).await?), [300, 0, 0]);
    // The plan of a member is theirs.
    app.sql(&format!(
        "INSERT INTO analytics_people (user_id, signed_up_at, signup_plan, plan, organization_id)
         VALUES ('{0}', '2026-03-01T00:00Z', 'FREE', 'PRO', '{1}');
         INSERT INTO user_usage_daily (day, user_id, organization_id, tokens) VALUES ('2026-03-28', '{0}', '{own}', 5)",
        owner.id,
        Uuid::nil()
    ))
    .await?;
    let top = format!("{BASE}/users/top?{RANGE}");
    let plan = |answer: Answer| {
        assert_eq!(answer.body["data"][0]["tokens"], json!(5), "{answer:?}");
        answer.body["data"][0]["plan"].clone()
    };
    assert_eq!(plan(sees(own, &top).await?), json!(null));
    let all = operator
        .gets(&format!("{top}&organizationId={own}"))
        .await?;
    assert_eq!(plan(all), json!("PRO"));
    for report in ["/users/top", "/users/active"] {
        let of_plan = format!("{BASE}{report}?{RANGE}&plan=PRO");
        assert_eq!(
            sees(own, &of_plan).await?.refusal(),
            (400, "E105"),
            "{report}"
        );
    }
    let now = sees(own, &format!("{BASE}/realtime")).await?;
    assert_eq!(
        (now.status, &now.body["data"]["queue_depth"]),
        (200, &json!(null)),
        "{now:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_operators_sees_all_by_its_scope_unless_it_is_for_single_persons()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let path = format!("{BASE}/overview");
    let persons: &[i64] = &[7];
    for (scopes, persons, status) in [
        (["analytics:read"], None, 200),
        (["limits:read"], None, 403),
        (["analytics:read"], Some(persons), 403),
    ] {
        let rights = Rights {
            scopes: &scopes,
            persons,
            ..Rights::default()
        };
        let (_, key) = key_with(&app, rights).await?;
        let call = app.request(Method::GET, &path).header("X-API-Key", key);
        assert_eq!(
            call.send().await?.status(),
            status,
            "{scopes:?} {persons:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_now_comes_as_an_event_and_by_the_old_path_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    let asked = app
        .post_as_person(&me, world::app::words_form("a bird"))
        .await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    let now = operator.gets("/api/analytics/realtime").await?;
    let data = &now.body["data"];
    let minutes = data["messages_per_minute"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let asked: i64 = minutes.iter().filter_map(Value::as_i64).sum();
    assert_eq!((minutes.len(), asked), (30, 1), "{data}");
    assert!(data["active_30m"].as_i64() >= Some(1), "{data}");
    assert!(data["queue_depth"].as_i64() >= Some(1), "{data}");
    let call = app.request(Method::GET, &format!("{BASE}/realtime/events"));
    let stream = call.bearer_auth(&operator.token).send().await?;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let text = stream.text().await?;
    let event = text.strip_prefix("retry: 5000\nevent: realtime\ndata: ");
    let event: Value = serde_json::from_str(event.unwrap_or_default().trim_end())?;
    assert_eq!(
        event["data"]["messages_per_minute"]
            .as_array()
            .map(Vec::len),
        Some(30)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_worth_what_recurs_for_as_long_as_customers_stay() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("GROSS_MARGIN", 0.5);
    let app = TestApp::start_in(world).await?;
    let operator = Signed::operator(&app, "finance").await?;
    let id = Uuid::now_v7();
    let nil = Uuid::nil();
    app.sql(&format!(
        "INSERT INTO mrr_movements_quarter (bucket, organization_id, currency, plan, movement, delta, customers) VALUES
             ('2026-03-15T12:00Z', '{nil}', 'EUR', 'BASIC', 'new', 10000, 10),
             ('2026-04-10T12:00Z', '{nil}', 'EUR', 'BASIC', 'churn', -1000, -1),
             ('2026-06-10T12:00Z', '{nil}', 'EUR', 'BASIC', 'churn', -1000, -1);
         INSERT INTO users (id) VALUES ('{id}');
         INSERT INTO analytics_customers (account_id, organization_id, currency, plan, first_paid_at, paid_total)
         VALUES ('{id}', '{nil}', 'EUR', 'BASIC', '2026-03-15T12:00Z', 5000)"
    ))
    .await?;
    let answer = operator
        .gets(&format!("{BASE}/revenue/ltv?endDate=2026-06-30"))
        .await?;
    let mut data = answer.body["data"].clone();
    // At the starts of April, May and June there were 10, 9 and 9, of whom 2 left: 1 of 14 a month. At the ends 9, 9 and 8
    // brought 26,000: 1,000 each. Half of that for 14 months.
    let churn = data[0]["customer_churn"]
        .take()
        .as_f64()
        .unwrap_or_default();
    assert!((churn - 1.0 / 14.0).abs() < 1e-9, "{churn}");
    assert_eq!(
        data,
        json!([{
            "currency": "EUR", "ltv": 7_000, "arpa": 1_000, "customer_churn": null, "gross_margin": 0.5,
            "realised": [{ "cohort": "2026-03", "customers": 1, "per_customer": 5_000 }], "capped": false,
        }])
    );
    let may = operator
        .gets(&format!(
            "{BASE}/revenue/churn?from=2026-05-01&to=2026-05-31&interval=month"
        ))
        .await?;
    let may = &may.body["data"][0];
    assert_eq!(
        (&may["customers_start"], &may["churned"], &may["nrr"]),
        (&json!(9), &json!(0), &json!(1.0))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_margin_is_of_all_that_came_in_or_it_is_none() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "finance").await?;
    let nil = Uuid::nil();
    // 10 US dollars, and 2 for the models.
    app.sql(&format!(
        "INSERT INTO revenue_quarter (bucket, organization_id, currency, plan, gross)
         VALUES ('2026-03-28T12:00Z', '{nil}', 'USD', 'PRO', 1000);
         INSERT INTO model_usage_quarter (bucket, organization_id, provider, model, cost_micro_usd)
         VALUES ('2026-03-28T12:00Z', '{nil}', 'one', 'm', 2000000)"
    ))
    .await?;
    let margin = async |more: &str| {
        let path = format!("{BASE}/overview?{RANGE}{more}");
        let answer = operator.gets(&path).await?;
        let all = answer.body["data"].as_array().into_iter().flatten();
        let mut margins = all.filter(|one| one["metric"] == "margin" && one["currency"] == "USD");
        let found = margins.next().map(|one| one["value"].clone());
        found.ok_or_else(|| anyhow::anyhow!("{path}: {answer:?}"))
    };
    assert_eq!(margin("").await?, json!(0.8));
    assert_eq!(margin("&plan=PRO").await?, json!(null));
    assert_eq!(margin("&provider=one").await?, json!(null));
    app.sql(&format!(
        "INSERT INTO revenue_quarter (bucket, organization_id, currency, plan, gross)
         VALUES ('2026-03-28T12:00Z', '{nil}', 'EUR', 'PRO', 1000)"
    ))
    .await?;
    assert_eq!(margin("").await?, json!(null));
    assert_eq!(margin("&currency=USD").await?, json!(null));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_again_before_that_was_known_is_not_told_as_none() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let operator = Signed::operator(&app, "support").await?;
    let (id, nil) = (Uuid::now_v7(), Uuid::nil());
    app.sql(&format!(
        "INSERT INTO users (id) VALUES ('{id}');
         INSERT INTO analytics_people (user_id, signed_up_at, signup_plan, plan, organization_id)
         VALUES ('{id}', '2026-01-06T12:00Z', 'FREE', 'FREE', '{nil}');
         INSERT INTO active_users_daily (day, user_id, organization_id, plan, events)
         VALUES ('2026-01-19', '{id}', '{nil}', 'FREE', 1)"
    ))
    .await?;
    // 5, 12, 19 and 26 January 2026 were Mondays.
    let path =
        format!("{BASE}/users/retention?from=2026-01-05&to=2026-01-05&cohort=week&periods=3");
    let answer = operator.gets(&path).await?;
    assert_eq!(
        answer.body["data"],
        json!([{ "cohort": "2026-01-05", "size": 1, "retained": [1.0, null, 1.0, 0.0] }])
    );
    Ok(())
}
