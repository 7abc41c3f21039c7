//! What workers do about usage: they count what the outbox says, tell accounts of their quotas, and repair yesterday.

use chrono::{DateTime, Utc};
use jobs::ledger;
use serde_json::Value;
use testkit::eventually;
use usage::jobs::{CountUsage, KeepUsageMonths, RecountUsage};
use usage::projection;
use world::TestApp;
use world::app::words_form;

async fn count_usage(app: &TestApp) -> anyhow::Result<()> {
    let _ = ledger::enqueue(&mut *app.db().await?, &CountUsage {}).await?;
    app.drain_jobs().await
}

/// A reading, and what its row says of it.
async fn reading(app: &TestApp) -> anyhow::Result<(i64, i64)> {
    app.post_as_service(words_form("A bird")).await?.id()?;
    app.drain_jobs().await?;
    let tokens = "SELECT COALESCE(sum(tokens_used), 0)::bigint AS count FROM analysis_history";
    let micros =
        "SELECT COALESCE(round(sum(cost_usd) * 1000000), 0)::bigint AS count FROM analysis_history";
    Ok((app.count(tokens).await?, app.count(micros).await?))
}

/// Readings, tokens and cost of all days.
async fn counted(app: &TestApp) -> anyhow::Result<(i64, i64, i64)> {
    let mut sums = [0; 3];
    for (sum, column) in sums.iter_mut().zip(["readings", "tokens", "cost_micros"]) {
        let query = format!(
            "SELECT COALESCE(sum({column}), 0)::bigint AS count FROM usage_daily_aggregates"
        );
        *sum = app.count(&query).await?;
    }
    Ok((sums[0], sums[1], sums[2]))
}

/// Counts until the readers have caught up: transactions of other tests hold them back.
async fn caught_up(app: &TestApp, readings: i64) -> anyhow::Result<()> {
    eventually(async || {
        count_usage(app).await?;
        Ok((counted(app).await?.0 == readings).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_counted_once_with_its_tokens_and_cost_also_when_it_is_read_again()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (tokens, micros) = reading(&app).await?;
    caught_up(&app, 1).await?;
    assert_eq!(counted(&app).await?, (1, tokens, micros));
    // An operator sets the cursor back.
    events::replay(
        &mut *app.db().await?,
        projection::CURSOR,
        DateTime::<Utc>::UNIX_EPOCH,
    )
    .await?;
    let (tokens, micros) = reading(&app).await?;
    caught_up(&app, 2).await?;
    assert_eq!(counted(&app).await?, (2, tokens, micros));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_once_though_its_reading_ends_twice_or_before_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    reading(&app).await?;
    // A reading that had failed before it was redriven, and a call whose answer came after both its reading and its doubt.
    app.sql(
        "INSERT INTO events (id, name, version, user_id, account_id, data)
         SELECT gen_random_uuid(), name, version, user_id, account_id, data || '{\"state\": \"failed\"}' FROM events
         WHERE name = 'reading.ended';
         INSERT INTO paid_calls (id, job_id, key, provider, attempt, user_id)
         SELECT gen_random_uuid(), gen_random_uuid(), 'late', 'a vendor', 1, id FROM users;
         UPDATE paid_calls SET state = 'unknown', ended_at = now(), cost_micro_usd = 9, reserved_micro_usd = 9 WHERE key = 'late';
         UPDATE paid_calls SET state = 'answered', answer = '{}', cost_micro_usd = 5, input_tokens = 30, output_tokens = 40
         WHERE key = 'late'",
    )
    .await?;
    reading(&app).await?;
    caught_up(&app, 2).await?;
    let tokens = "SELECT sum(input_tokens + output_tokens)::bigint AS count FROM paid_calls";
    let micros = "SELECT sum(cost_micro_usd)::bigint AS count FROM paid_calls";
    let paid = (app.count(tokens).await?, app.count(micros).await?);
    assert!(paid > (70, 0), "{paid:?}");
    let (_, tokens, micros) = counted(&app).await?;
    assert_eq!((tokens, micros), paid);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_has_lost_something_is_repaired_by_the_recount() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    reading(&app).await?;
    caught_up(&app, 1).await?;
    let (_, tokens, micros) = counted(&app).await?;
    // As if it were of the last day that is over everywhere; the sums of the day are lost, and its end was passed over.
    app.sql(
        "SELECT events_make_months(now() - interval '4 days', 1);
         UPDATE events SET occurred_at = (((now() - interval '12 hours') AT TIME ZONE 'UTC')::date - interval '12 hours')
             AT TIME ZONE 'UTC' WHERE name = 'reading.ended';
         DELETE FROM usage_facts WHERE readings > 0;
         UPDATE usage_facts SET day = ((now() - interval '12 hours') AT TIME ZONE 'UTC')::date - 1;
         DELETE FROM usage_daily_aggregates",
    )
    .await?;
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &RecountUsage {}).await?;
        app.drain_jobs().await?;
        assert_eq!(counted(&app).await?, (1, tokens, micros));
    }
    for (unit, reason) in [("readings", "late"), ("tokens", "recount")] {
        let noted = format!(
            "SELECT count(*) AS count FROM usage_corrections WHERE unit = '{unit}' AND reason = '{reason}'"
        );
        assert_eq!(app.count(&noted).await?, 1, "{unit}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_had_taken_counts_as_used() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("A bird")).await?.id()?;
    app.sql(
        "SELECT take_units(id, 'api_requests', 10) FROM users;
         INSERT INTO usage_leases (id, account_id, amount, taken_at)
         SELECT gen_random_uuid(), id, 10, now() - interval '1 hour' FROM users",
    )
    .await?;
    count_usage(&app).await?;
    let leases = "SELECT count(*) AS count FROM usage_leases";
    assert_eq!(app.count(leases).await?, 0);
    let used = "SELECT month_used AS count FROM meters WHERE unit = 'api_requests'";
    assert_eq!(app.count(used).await?, 10);
    Ok(())
}

/// What is recorded of quotas: unit, period and percent.
async fn reached(app: &TestApp) -> anyhow::Result<Vec<(String, String, i64)>> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    let events = schema::events::table.filter(schema::events::name.eq("quota.reached"));
    let events = events
        .order(schema::events::seq)
        .select(schema::events::data);
    let data: Vec<Value> = events.load(&mut app.db().await?).await?;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    Ok(data
        .iter()
        .map(|one| {
            let percent = one["percent"].as_i64().unwrap_or_default();
            (text(one, "unit"), text(one, "period"), percent)
        })
        .collect())
}

async fn uses(app: &TestApp, messages: i64) -> anyhow::Result<()> {
    app.sql(&format!(
        "SELECT take_units(id, 'messages', {messages}) FROM users WHERE telegram_id = 7"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn at_80_and_100_per_cent_of_a_quota_a_person_is_told_once_each() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    eventually(async || Ok(app.user_id(7).await.ok())).await?;
    app.drain_jobs().await?;
    // FREE has 20 messages a day.
    uses(&app, 15).await?;
    count_usage(&app).await?;
    assert_eq!(reached(&app).await?, []);
    let of = |percent| ("messages".to_owned(), "day".to_owned(), percent);
    uses(&app, 1).await?;
    for _ in 0..2 {
        count_usage(&app).await?;
        assert_eq!(reached(&app).await?, [of(80)]);
    }
    chat.waits_for(|text| text.contains("16 of 20 are used: messages"))
        .await?;
    uses(&app, 4).await?;
    for _ in 0..2 {
        count_usage(&app).await?;
        assert_eq!(reached(&app).await?, [of(80), of(100)]);
    }
    chat.waits_for(|text| text.contains("All 20 are used up: messages"))
        .await?;
    let told = chat.bot_texts().await?;
    let told = told.iter().filter(|text| text.contains(": messages"));
    assert_eq!(told.count(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_plan_in_the_same_window_is_told_of_by_what_it_allows() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let plan = |tier: &str, until: &str| {
        format!(
            "INSERT INTO subscriptions (user_id, tier, current_period_start, current_period_end)
             SELECT id, '{tier}', now() - interval '20 days', now() + interval '{until}' FROM users
             ON CONFLICT (user_id) DO UPDATE SET tier = excluded.tier, current_period_end = excluded.current_period_end"
        )
    };
    app.sql(
        "INSERT INTO users (language_code) VALUES ('en');
         UPDATE plan_limits SET month_limit = 9000000000000000000 WHERE tier = 'BASIC' AND unit = 'api_requests'",
    )
    .await?;
    let uses = |amount: i64| format!("SELECT take_units(id, 'api_requests', {amount}) FROM users");
    let of = |percent| ("api_requests".to_owned(), "month".to_owned(), percent);
    app.sql(&plan("PRO", "1 day")).await?;
    app.sql(&uses(50_000)).await?;
    count_usage(&app).await?;
    assert_eq!(reached(&app).await?, []);
    // Back on FREE, which has 10,000, all of them are used.
    app.sql(&plan("PRO", "-1 day")).await?;
    for _ in 0..2 {
        count_usage(&app).await?;
        assert_eq!(reached(&app).await?, [of(80), of(100)]);
    }
    app.sql(&plan("PRO", "1 day")).await?;
    app.sql(&uses(800_000)).await?;
    for _ in 0..2 {
        count_usage(&app).await?;
        assert_eq!(reached(&app).await?, [of(80), of(100), of(80)]);
    }
    app.sql(&plan("BASIC", "1 day")).await?;
    count_usage(&app).await?;
    assert_eq!(reached(&app).await?.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_chat_reads_of_a_quota_in_a_letter() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "INSERT INTO users (language_code) VALUES ('en');
         INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
         SELECT id, 'email', 'ann@example.org', 'ann@example.org', now() FROM users;
         SELECT take_units(id, 'messages', 20) FROM users",
    )
    .await?;
    for _ in 0..2 {
        count_usage(&app).await?;
    }
    let url = app.world.outside("/control/mail");
    let call = app.world.http.get(url).query(&[("to", "ann@example.org")]);
    let answer: Value = call.send().await?.error_for_status()?.json().await?;
    let letters = answer["letters"].as_array().cloned().unwrap_or_default();
    let subjects: Vec<_> = letters.iter().map(|one| one["subject"].as_str()).collect();
    assert_eq!(subjects, [Some("A quota is used up: messages")]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_months_of_the_log_are_made_ahead_and_old_ones_dropped_however_often()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let all = "SELECT count(*) AS count FROM pg_inherits WHERE inhparent = 'usage_logs'::regclass";
    let ahead = app.count(all).await?;
    app.sql("SELECT usage_make_months(now() - interval '8 months', 2)")
        .await?;
    assert_eq!(app.count(all).await?, ahead + 3);
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &KeepUsageMonths {}).await?;
        app.drain_jobs().await?;
        assert_eq!(app.count(all).await?, ahead);
    }
    Ok(())
}
