//! The reports on a small story of two persons, told by events and counted by the projection.
//!
//! The first day: Ann and Bob sign up, Ann proves her address, signs in, asks for a reading that one call of a model
//! answers (100 tokens in, 50 out, 3,000 millionths of a dollar, a second), and pays 10.00 EUR for a month of BASIC. The
//! second day: Ann signs in and asks for a reading that fails by a call that takes too long; 4.00 EUR go back and another
//! payment fails. The third day: Bob signs in, the data of a third person is deleted, and Ann's subscription ends.

use analytics::rollups::step::step;
use chrono::{Days, NaiveDate};
use serde_json::json;
use testkit::eventually;

use super::*;

struct Story<'a> {
    operator: Signed<'a>,
    ann: Uuid,
    days: [NaiveDate; 3],
}

async fn told(app: &TestApp) -> anyhow::Result<Story<'_>> {
    let operator = Signed::operator(app, "auditor").await?;
    // What the operator did is not of the story.
    app.sql("DELETE FROM events").await?;
    let today = Utc::now().date_naive();
    let days = [2, 3, 4].map(|ahead| today + Days::new(ahead));
    let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());
    app.sql(&format!(
        "INSERT INTO users (id) VALUES ('{ann}'), ('{bob}')"
    ))
    .await?;
    let [one, two, three] = days;
    let basic = json!({ "tier": "BASIC", "currency": "EUR", "mrr": 1_000 });
    let ended = |state: &str| json!({ "state": state, "plan": "FREE", "provider": "openai", "model": "gpt", "tokens_in": 100, "tokens_out": 50 });
    for (day, time, name, whom, data) in [
        (one, "00:00", "person.created", Some(ann), json!({})),
        (one, "10:00", "person.created", Some(bob), json!({})),
        (one, "12:00", "person.verified", Some(ann), json!({})),
        (one, "12:00", "person.signed_in", Some(ann), json!({})),
        (one, "12:10", "reading.created", Some(ann), json!({})),
        (
            one,
            "12:11",
            "provider.called",
            Some(ann),
            called("openai", "gpt", "answered", [1_000, 100, 50, 3_000]),
        ),
        (one, "12:12", "reading.ended", Some(ann), ended("completed")),
        (
            one,
            "13:00",
            "payment.booked",
            Some(ann),
            booked("paid", 1_000),
        ),
        (
            one,
            "13:00",
            "subscription.moved",
            Some(ann),
            json!({ "movement": "new", "to": basic }),
        ),
        (two, "12:00", "person.signed_in", Some(ann), json!({})),
        (two, "12:10", "reading.created", Some(ann), json!({})),
        (
            two,
            "12:11",
            "provider.called",
            Some(ann),
            called("groq", "llama", "timeout", [30_000, 0, 0, 0]),
        ),
        (
            two,
            "12:12",
            "reading.ended",
            Some(ann),
            json!({ "state": "failed" }),
        ),
        (
            two,
            "13:00",
            "payment.booked",
            Some(ann),
            booked("returned", 400),
        ),
        (
            two,
            "14:00",
            "payment.moved",
            Some(ann),
            json!({ "to": "failed", "currency": "EUR", "tier": "BASIC" }),
        ),
        (three, "09:00", "person.signed_in", Some(bob), json!({})),
        (three, "10:00", "person.deleted", None, json!({})),
        (
            three,
            "13:00",
            "subscription.moved",
            Some(ann),
            json!({ "movement": "churn", "from": basic }),
        ),
    ] {
        event(app, (name, &format!("{day} {time}+00")), whom, data).await?;
    }
    count_all(app).await?;
    Ok(Story {
        operator,
        ann,
        days,
    })
}

fn called(
    provider: &str,
    model: &str,
    kind: &str,
    [ms, tokens_in, tokens_out, cost]: [i64; 4],
) -> Value {
    json!({
        "provider": provider, "model": model, "kind": kind, "ms": ms, "tokens_in": tokens_in,
        "tokens_out": tokens_out, "cost_micro_usd": cost,
    })
}

fn booked(kind: &str, amount: i64) -> Value {
    json!({ "kind": kind, "amount": amount, "currency": "EUR", "tier": "BASIC" })
}

async fn event(
    app: &TestApp,
    (name, at): (&str, &str),
    whom: Option<Uuid>,
    data: Value,
) -> anyhow::Result<()> {
    let whom = whom.map_or("NULL".to_owned(), |id| format!("'{id}'"));
    app.sql(&format!(
        "INSERT INTO events (id, name, version, occurred_at, user_id, account_id, data)
         VALUES (gen_random_uuid(), '{name}', 1, '{at}', {whom}, {whom}, '{data}')"
    ))
    .await
}

/// Counts until nothing is left. Transactions of other databases of this server hold readers back, too.
async fn count_all(app: &TestApp) -> anyhow::Result<()> {
    let behind = "SELECT count(*) AS count FROM events
        WHERE NOT EXISTS (SELECT FROM event_cursors AS place
            WHERE place.name = 'analytics' AND (events.tx, events.seq) <= (place.tx, place.seq))";
    let mut conn = app.db().await?;
    eventually(async || {
        step(&mut conn, "UTC", 100).await?;
        Ok((app.count(behind).await? == 0).then_some(()))
    })
    .await
}

impl Story<'_> {
    /// The figures of the three days.
    async fn data(&self, report: &str) -> anyhow::Result<Value> {
        let [from, _, to] = self.days;
        let mark = if report.contains('?') { '&' } else { '?' };
        let path = format!("/v1/analytics{report}{mark}startDate={from}&endDate={to}");
        let mut answer = self.operator.gets(&path).await?;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        Ok(answer.body["data"].take())
    }

    /// Rows of the three days with the name of their bucket.
    fn buckets<const N: usize>(&self, rows: [Value; N]) -> Value {
        let each = N / 3;
        let named = rows.into_iter().enumerate().map(|(place, mut row)| {
            row["bucket"] = json!(self.days[place / each]);
            row
        });
        named.collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_are_counted_who_come_and_go_and_come_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let story = told(&app).await?;
    let day = |new: i64, deleted: i64, total: i64| json!({ "new": new, "deleted": deleted, "net": new - deleted, "total": total });
    assert_eq!(
        story.data("/users/growth").await?,
        json!({ "series": story.buckets([day(2, 0, 2), day(0, 0, 2), day(0, 1, 1)]), "growth_rate": null })
    );
    let active = |dau: i64, wau: i64, mau: i64, stickiness: f64| json!({ "dau": dau, "wau": wau, "mau": mau, "stickiness": stickiness });
    let three = story.buckets([
        active(1, 1, 1, 1.0),
        active(1, 1, 1, 1.0),
        active(1, 2, 2, 0.5),
    ]);
    assert_eq!(story.data("/users/active").await?, three);
    // By days of another zone they are counted from the events; at UTC-11 the day ends at 11:00 UTC: Bob's sign-in at 09:00
    // on the third day is of the second there, and Ann's at 12:00 are of their days.
    let elsewhere = story
        .data("/users/active?timezone=Pacific/Pago_Pago")
        .await?;
    let daily: Vec<&Value> = elsewhere
        .as_array()
        .into_iter()
        .flatten()
        .map(|day| &day["dau"])
        .collect();
    assert_eq!(daily, [1, 2, 0]);
    let signed_up = |signups: i64, verified: i64, rate: Option<f64>| json!({ "signups": signups, "verified": verified, "verification_rate": rate });
    let free = json!({ "plan": "FREE", "signups": 2, "verified": 1, "verification_rate": 0.5 });
    assert_eq!(
        story.data("/users/signups").await?,
        json!({
            "series": story.buckets([signed_up(2, 1, Some(0.5)), signed_up(0, 0, None), signed_up(0, 0, None)]),
            "by_plan": [free],
        })
    );
    assert_eq!(
        story.data("/users/top").await?,
        json!([{
            "rank": 1, "user_id": story.ann, "email_masked": null, "plan": "FREE", "messages": 2, "tokens": 150,
            "cost_micro_usd": 3_000, "share": 1.0,
        }])
    );
    // None of the periods is over.
    let cohort =
        |size: i64, first: Option<f64>| json!({ "size": size, "retained": [first, null, null] });
    let mut cohorts = [cohort(2, Some(1.0)), cohort(0, None), cohort(0, None)];
    for (place, cohort) in cohorts.iter_mut().enumerate() {
        cohort["cohort"] = json!(story.days[place]);
    }
    assert_eq!(
        story.data("/users/retention?cohort=day&periods=2").await?,
        json!(cohorts)
    );
    let free = |active: i64| json!({ "plan": "FREE", "users": 2, "active": active });
    assert_eq!(
        story.data("/users/by-plan").await?,
        story.buckets([free(1), free(1), free(1)])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_counted_with_their_tokens_and_who_answered() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let story = told(&app).await?;
    let day = |messages: i64, replies: i64, failures: i64| json!({ "messages": messages, "replies": replies, "failures": failures, "users": messages });
    let activity = story.data("/chat/activity").await?;
    assert_eq!(
        activity["series"],
        story.buckets([day(1, 1, 0), day(1, 0, 1), day(0, 0, 0)])
    );
    let hours = activity["heatmap"].as_array().cloned().unwrap_or_default();
    let busy: Vec<&Value> = hours.iter().filter(|hour| hour["messages"] == 1).collect();
    assert_eq!((hours.len(), busy.len()), (7 * 24, 2));
    assert!(busy.iter().all(|hour| hour["hour"] == 12), "{busy:?}");
    let tokens = |tokens_in: i64, tokens_out: i64, per_reply: Option<i64>| {
        json!({
            "plan": "FREE", "tokens_in": tokens_in, "tokens_out": tokens_out, "total": tokens_in + tokens_out,
            "per_reply": per_reply,
        })
    };
    assert_eq!(
        story.data("/chat/tokens").await?,
        story.buckets([
            tokens(100, 50, Some(150)),
            tokens(0, 0, None),
            tokens(0, 0, None)
        ])
    );
    let of = |provider: &str, [replies, tokens, cost]: [i64; 3]| json!({ "provider": provider, "replies": replies, "tokens": tokens, "cost_micro_usd": cost });
    let shared = |mut row: Value, share: f64| {
        row["share"] = json!(share);
        row
    };
    let (groq, openai) = (of("groq", [0; 3]), of("openai", [1, 150, 3_000]));
    let none = of("openai", [0; 3]);
    let series = [
        groq.clone(),
        openai.clone(),
        groq.clone(),
        none.clone(),
        groq.clone(),
        none,
    ];
    assert_eq!(
        story.data("/chat/by-provider").await?,
        json!({
            "providers": [shared(groq.clone(), 0.0), shared(openai.clone(), 1.0)],
            "series": story.buckets(series),
        })
    );
    let model = |row: Value, share: f64, model: &str| {
        let mut row = shared(row, share);
        row["model"] = json!(model);
        row
    };
    let models = story.data("/chat/by-model").await?;
    assert_eq!(
        models,
        json!([model(groq, 0.0, "llama"), model(openai, 1.0, "gpt")])
    );
    let nothing = json!({
        "created": 0, "messages_per_conversation": null, "median_length_minutes": null, "single_message_share": null,
    });
    let three = story.buckets([nothing.clone(), nothing.clone(), nothing]);
    assert_eq!(story.data("/chat/conversations").await?, three);
    // A second is in the bucket that ends with 1.1^73 = 1,051 ms.
    let times = |total: Option<i64>| {
        json!({
            "first_token": { "p50": null, "p95": null, "p99": null },
            "total": { "p50": total, "p95": total, "p99": total },
        })
    };
    let three = story.buckets([times(Some(1_051)), times(None), times(None)]);
    assert_eq!(story.data("/chat/response-times").await?, three);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_counted_as_it_moves_and_as_it_recurs() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let story = told(&app).await?;
    assert_eq!(
        story.data("/revenue/total").await?,
        json!([{
            "currency": "EUR", "gross": 1_000, "refunds": 400, "net": 600, "payments": 1, "failed": 1, "average": 1_000,
        }])
    );
    let day = |gross: i64, refunds: i64| json!({ "currency": "EUR", "gross": gross, "refunds": refunds, "net": gross - refunds });
    let three = story.buckets([day(1_000, 0), day(0, 400), day(0, 0)]);
    assert_eq!(story.data("/revenue/over-time").await?, three);
    let moved = |[starting, new, churn, ending]: [i64; 4]| {
        json!({
            "currency": "EUR", "starting": starting, "new": new, "expansion": 0, "contraction": 0, "churn": churn,
            "reactivation": 0, "ending": ending,
        })
    };
    let mut total = moved([0, 1_000, 1_000, 0]);
    total["arr"] = json!(0);
    let days = [
        [0, 1_000, 0, 1_000],
        [1_000, 0, 0, 1_000],
        [1_000, 0, 1_000, 0],
    ]
    .map(moved);
    assert_eq!(
        story.data("/revenue/mrr").await?,
        json!({ "totals": [total], "series": story.buckets(days) })
    );
    assert_eq!(
        story.data("/revenue/by-plan").await?,
        json!([{ "plan": "BASIC", "currency": "EUR", "customers": 0, "mrr": 0, "net": 600, "share": 1.0 }])
    );
    let churn = |start: i64, churned: i64, lost: Option<f64>, kept: Option<f64>| {
        json!({
            "currency": "EUR", "customers_start": start, "churned": churned, "customer_churn": lost, "mrr_churn": lost,
            "nrr": kept, "grr": kept,
        })
    };
    let days = [
        churn(0, 0, None, None),
        churn(1, 0, Some(0.0), Some(1.0)),
        churn(1, 1, Some(1.0), Some(0.0)),
    ];
    assert_eq!(story.data("/revenue/churn").await?, story.buckets(days));
    // Of the two who signed up on the first day one has paid.
    let arpu = |arpu: i64, arppu: Option<i64>, paying: i64, conversion: Option<f64>| json!({ "currency": "EUR", "arpu": arpu, "arppu": arppu, "paying": paying, "conversion": conversion });
    let days = [
        arpu(1_000, Some(1_000), 1, Some(0.5)),
        arpu(-400, None, 0, None),
        arpu(0, None, 0, None),
    ];
    assert_eq!(story.data("/revenue/arpu").await?, story.buckets(days));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_with_how_they_ended_and_what_they_cost() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let story = told(&app).await?;
    let used = |provider: &str, answered: i64, tokens: i64| {
        json!({
            "provider": provider, "calls": 1, "answered": answered, "fallback_in": 0, "fallback_out": 0,
            "tokens": tokens, "share": 0.5,
        })
    };
    assert_eq!(
        story.data("/providers/usage").await?,
        json!([used("groq", 0, 0), used("openai", 1, 150)])
    );
    let mut models = story.data("/providers/performance").await?;
    // 50 tokens in at most 1.051 s.
    let speed = models[1]["tokens_per_second"]
        .take()
        .as_f64()
        .unwrap_or_default();
    assert!((speed - 47.57).abs() < 0.01, "{speed}");
    let performs = |provider: &str, model: &str, rate: f64, ms: Option<i64>| {
        json!({
            "provider": provider, "model": model, "calls": 1, "success_rate": rate, "p50": ms, "p95": ms, "p99": ms,
            "first_token_p95": null, "tokens_per_second": null, "state": null,
        })
    };
    let both = [
        performs("groq", "llama", 0.0, None),
        performs("openai", "gpt", 1.0, Some(1_051)),
    ];
    assert_eq!(models, json!(both));
    // 3,000 for 150 tokens are 20,000 for a thousand; of the call that took too long nothing is known.
    assert_eq!(
        story.data("/providers/cost").await?["models"],
        json!([
            {
                "provider": "groq", "model": "llama", "cost_micro_usd": 0, "per_1k_tokens": null, "per_reply": null,
                "unknown_outcomes": 1,
            },
            {
                "provider": "openai", "model": "gpt", "cost_micro_usd": 3_000, "per_1k_tokens": 20_000,
                "per_reply": 3_000, "unknown_outcomes": 0,
            },
        ])
    );
    assert_eq!(
        story.data("/providers/popular-models").await?,
        json!([{ "rank": 1, "model": "gpt", "provider": "openai", "replies": 1, "users": 1, "change": null }])
    );
    let failed = |count: i64, rate: Option<f64>| json!({ "provider": "groq", "kind": "timeout", "count": count, "rate": rate });
    let days = [failed(0, None), failed(1, Some(1.0)), failed(0, None)];
    assert_eq!(
        story.data("/providers/errors").await?,
        json!({ "series": story.buckets(days), "breaker_openings": [] })
    );
    let headlines = story.data("/overview").await?;
    let value = |metric: &str| {
        let mut named = headlines
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["metric"] == metric);
        named.next().map(|one| one["value"].clone())
    };
    for (metric, expected) in [
        ("users", json!(1.0)),
        ("dau", json!(1.0)),
        ("messages", json!(2.0)),
        ("tokens", json!(150.0)),
        ("cost_micro_usd", json!(3_000.0)),
        ("p95_ms", json!(1_051.0)),
        ("error_rate", json!(0.5)),
        ("net", json!(600.0)),
        ("mrr", json!(0.0)),
        // One came and went, and there was none at the start.
        ("churn", json!(null)),
        ("margin", json!(null)),
    ] {
        assert_eq!(value(metric), Some(expected), "{metric}: {headlines}");
    }
    Ok(())
}
