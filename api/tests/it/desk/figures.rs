//! What operators see of all together: counts by day, and service levels.

use chrono::Days;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_by_days_of_utc_also_those_without_anything() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    // Days of which nothing else is told.
    let today = Utc::now().date_naive();
    let [one, two, three] = [2, 3, 4].map(|days| today + Days::new(days));
    let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());
    for (name, at, whom, data) in [
        (
            "person.created",
            format!("{one} 00:00:00+00"),
            Some(ann),
            json!({}),
        ),
        (
            "person.created",
            format!("{one} 23:59:59.999999+00"),
            Some(bob),
            json!({}),
        ),
        (
            "person.signed_in",
            format!("{one} 12:00+00"),
            Some(ann),
            json!({}),
        ),
        (
            "reading.created",
            format!("{one} 12:00+00"),
            Some(ann),
            json!({}),
        ),
        ("key.used", format!("{one} 12:00+00"), Some(bob), json!({})),
        (
            "reading.ended",
            format!("{one} 12:00+00"),
            Some(ann),
            json!({ "state": "completed" }),
        ),
        (
            "person.deleted",
            format!("{three} 00:00+00"),
            None,
            json!({}),
        ),
        (
            "reading.ended",
            format!("{three} 12:00+00"),
            Some(ann),
            json!({ "state": "failed" }),
        ),
        (
            "reading.ended",
            format!("{three} 12:00+00"),
            Some(ann),
            json!({ "state": "canceled" }),
        ),
    ] {
        event(&app, (name, &at), whom, data).await?;
    }
    for (to, at, provider, currency, amount) in [
        ("succeeded", one, "sbp_tinkoff", "RUB", 49_900),
        ("succeeded", one, "sbp_tinkoff", "RUB", 99_900),
        ("succeeded", one, "telegram_stars", "XTR", 150),
        ("failed", one, "telegram_stars", "XTR", 150),
        ("refunded", three, "sbp_tinkoff", "RUB", 49_900),
    ] {
        let data =
            json!({ "to": to, "provider": provider, "currency": currency, "amount": amount });
        let at = format!("{at} 12:00+00");
        event(&app, ("payment.moved", &at), Some(ann), data).await?;
    }
    let path = format!("/v1/admin/analytics?from={one}&to={three}");
    let answer = finance.gets(&path).await?;
    let day = |day, counts: [i64; 6], payments: Value| {
        let [signed_up, deleted, active, readings, completed, failed] = counts;
        json!({
            "day": day, "signed_up": signed_up, "deleted": deleted, "active": active, "readings": readings,
            "completed": completed, "failed": failed, "payments": payments,
        })
    };
    let money = |provider: &str,
                 currency: &str,
                 [paid, paid_amount, refunded, refunded_amount]: [i64; 4]| {
        json!({
            "provider": provider, "currency": currency, "paid": paid, "paid_amount": paid_amount,
            "refunded": refunded, "refunded_amount": refunded_amount,
        })
    };
    let of_one = json!([
        money("sbp_tinkoff", "RUB", [2, 149_800, 0, 0]),
        money("telegram_stars", "XTR", [1, 150, 0, 0]),
    ]);
    let of_three = json!([money("sbp_tinkoff", "RUB", [0, 0, 1, 49_900])]);
    assert_eq!(
        answer.body,
        json!({ "from": one, "to": three, "days": [
            day(one, [2, 0, 2, 1, 1, 0], of_one),
            day(two, [0, 0, 0, 0, 0, 0], json!([])),
            day(three, [0, 1, 0, 0, 0, 1], of_three),
        ] })
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_and_asks_for_a_reading_is_counted_today() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let sum = async |field: &str| {
        let answer = auditor.gets("/v1/admin/analytics").await?;
        let days = answer.body["days"].as_array().cloned().unwrap_or_default();
        assert_eq!(days.len(), 30);
        anyhow::Ok(
            days.iter()
                .filter_map(|day| day[field].as_i64())
                .sum::<i64>(),
        )
    };
    let before = [sum("signed_up").await?, sum("readings").await?];
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    let asked = app
        .post_as_person(&me, world::app::words_form("a bird"))
        .await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    assert_eq!(
        [sum("signed_up").await?, sum("readings").await?],
        before.map(|count| count + 1)
    );
    for wrong in [
        "from=2026-02-30",
        "from=2026-03-02&to=2026-03-01",
        "from=2025-01-25&to=2026-03-01",
        "days=3",
    ] {
        let refused = auditor
            .gets(&format!("/v1/admin/analytics?{wrong}"))
            .await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn service_levels_are_those_of_the_rows_of_the_window() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let none = auditor.gets("/v1/admin/slos").await?;
    let level = |body: &Value, name: &str| {
        let all = body["objectives"].as_array().into_iter().flatten();
        let mut named = all.filter(|one| one["name"] == name);
        named.next().cloned().unwrap_or_default()
    };
    let empty = level(&none.body, "readings_succeed");
    assert_eq!((&empty["total"], &empty["met"]), (&json!(0), &json!(null)));
    let queues = none.body["queues"].as_array().map(Vec::len);
    assert_eq!(queues, Some(product::JOBS.queue_names().len()));
    reading(&app, auditor.id, "completed", None, (10, 10)).await?;
    reading(&app, auditor.id, "completed", None, (10, 40)).await?;
    reading(&app, auditor.id, "failed", Some("E503"), (10, 5)).await?;
    // The photo shows no cup: the service did what it could.
    reading(&app, auditor.id, "failed", Some("E109"), (10, 5)).await?;
    // Before the window.
    reading(&app, auditor.id, "failed", Some("E503"), (60 * 25, 5)).await?;
    app.sql(
        "INSERT INTO emails (id, to_address, template, language, content, status, created_at, accepted_at) VALUES
             (gen_random_uuid(), 'a@example.org', 'x', 'en', NULL, 'accepted', now() - interval '1 h',
                 now() - interval '1 h' + interval '2 s'),
             (gen_random_uuid(), 'a@example.org', 'x', 'en', '{}', 'queued', now() - interval '10 min', NULL),
             (gen_random_uuid(), 'a@example.org', 'x', 'en', '{}', 'queued', now() - interval '1 min', NULL),
             (gen_random_uuid(), 'b@example.org', 'x', 'en', NULL, 'suppressed', now() - interval '10 min', NULL),
             (gen_random_uuid(), 'b@example.org', 'x', 'en', NULL, 'bounced', now() - interval '10 min', NULL);
         INSERT INTO webhook_inbox (id, provider, endpoint, event_key, kind, headers, body, state, received_at, worked_at)
         VALUES
             (gen_random_uuid(), 'stripe', '', 'a', 'x', '{}', '', 'done', now() - interval '1 h',
                 now() - interval '1 h' + interval '1 s'),
             (gen_random_uuid(), 'stripe', '', 'b', 'x', '{}', '', 'failed', now() - interval '1 h',
                 now() - interval '1 h' + interval '1 s')",
    )
    .await?;
    let body = auditor.gets("/v1/admin/slos").await?.body;
    for (name, good, total, met) in [
        ("readings_succeed", 2, 3, false),
        ("readings_in_time", 1, 2, false),
        ("emails_in_time", 1, 2, false),
        ("webhooks_in_time", 1, 2, false),
    ] {
        let level = level(&body, name);
        assert_eq!(
            (&level["good"], &level["total"], &level["met"]),
            (&json!(good), &json!(total), &json!(met)),
            "{name}: {level}"
        );
    }
    // percentile_cont interpolates: the middle of 10 s and 40 s.
    assert_eq!(level(&body, "readings_in_time")["p50_ms"], json!(25_000.0));
    let longer = auditor.gets("/v1/admin/slos?hours=26").await?.body;
    assert_eq!(level(&longer, "readings_succeed")["total"], json!(4));
    for wrong in ["hours=0", "hours=721", "hours=x", "days=1"] {
        let refused = auditor.gets(&format!("/v1/admin/slos?{wrong}")).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{wrong}");
    }
    Ok(())
}

async fn event(
    app: &TestApp,
    (name, at): (&str, &str),
    whom: Option<Uuid>,
    data: Value,
) -> anyhow::Result<()> {
    let whom = whom.map_or("NULL".to_owned(), |id| format!("'{id}'"));
    app.sql(&format!(
        "INSERT INTO events (id, name, version, occurred_at, user_id, data)
         VALUES (gen_random_uuid(), '{name}', 1, '{at}', {whom}, '{data}')"
    ))
    .await
}

/// A reading that was accepted some minutes ago, and has ended some seconds later.
async fn reading(
    app: &TestApp,
    whom: Uuid,
    status: &str,
    code: Option<&str>,
    (minutes, seconds): (i64, i64),
) -> anyhow::Result<()> {
    let code = code.map_or("NULL".to_owned(), |code| format!("'{code}'"));
    app.sql(&format!(
        "WITH one AS (SELECT now() - interval '{minutes} min' AS begun)
         INSERT INTO analysis_history (user_id, input_type, user_text, status, error_code, analysis, created_at,
             completed_at)
         SELECT '{whom}', 'text', 'x', '{status}'::analysis_status, {code}, '{{\"intro\": \"x\"}}'::jsonb, begun,
             begun + interval '{seconds} s' FROM one"
    ))
    .await
}
