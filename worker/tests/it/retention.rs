//! What is deleted after its time, and what is kept.

use std::collections::BTreeSet;

use ::jobs::ledger;
use ::jobs::prune::BATCH;
use ::jobs::prune::Prune;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use events::jobs::KeepMonths;
use readings::jobs::EndAbsence;
use schema::jobs;
use testkit::eventually;
use world::{TestApp, World};

use crate::worker;

/// Jobs of kinds that no worker knows: nothing but age and state decides about them. An id tells
/// when a job was created, as a UUIDv7 does.
const MAKE: &str = "
    CREATE FUNCTION job(in_kind text, in_state job_state, created interval, ended interval, n bigint)
    RETURNS void LANGUAGE sql AS $$
        INSERT INTO jobs (id, kind, queue, args, max_attempts, state, created_at, finished_at,
            lease_until, worker)
        VALUES (
            (lpad(to_hex((extract(epoch FROM now() - created) * 1000)::bigint), 12, '0')
                || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
            in_kind, 'maintenance', '{}', 1, in_state, now() - created, now() - ended,
            CASE in_state WHEN 'running' THEN now() + interval '1 day' END, 'a test') $$;";

/// Kept for 2 hours, the dead for 48.
const JOBS: &str = "SELECT
    job('gone: done', 'done', '4 h', '3 h', 1),
    job('gone: cancelled', 'cancelled', '4 h', '3 h', 2),
    job('gone: dead', 'dead', '50 h', '49 h', 3),
    job('kept: done', 'done', '4 h', '1 h', 4),
    job('kept: done after long', 'done', '60 days', '1 h', 5),
    job('kept: cancelled', 'cancelled', '60 days', '1 h', 6),
    job('kept: dead', 'dead', '60 days', '47 h', 7),
    job('kept: queued', 'queued', '60 days', NULL, 8),
    job('kept: running', 'running', '60 days', NULL, 9)";

const MARKS: &str = "
    INSERT INTO telegram_updates (bot_id, update_id, received_at)
        SELECT 1, n, now() - interval '8 days' FROM generate_series(1, 2500) AS n;
    INSERT INTO telegram_updates (bot_id, update_id, received_at)
        VALUES (1, 9001, now() - interval '6 days'), (1, 9002, now());
    INSERT INTO job_keys (key, used_at, busy_until) VALUES
        ('chat:gone', now() - interval '25 h', '-infinity'),
        ('chat:young', now() - interval '23 h', '-infinity'),
        ('chat:busy', now() - interval '25 h', now() + interval '1 day')";

async fn world() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("JOBS_KEEP_HOURS", 2);
    world.set("JOBS_KEEP_DEAD_HOURS", 48);
    let app = TestApp::start_in(world).await?;
    app.sql(MAKE).await?;
    Ok(app)
}

async fn prune(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Prune {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.becomes(ticket.id, "done").await.map(|_| ())
}

/// The kinds of the jobs that are there, without the prune jobs themselves.
async fn kinds(app: &TestApp) -> anyhow::Result<BTreeSet<String>> {
    let others = jobs::table.filter(jobs::worker.eq("a test").or(jobs::worker.is_null()));
    let kinds: Vec<String> = others.select(jobs::kind).load(&mut app.db().await?).await?;
    Ok(kinds.into_iter().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_long_ago_is_deleted_and_nothing_else_however_often() -> anyhow::Result<()> {
    let app = world().await?;
    app.sql(&format!("{JOBS}; {MARKS}")).await?;
    let mut expected = kinds(&app).await?;
    expected.retain(|kind| kind.starts_with("kept"));
    assert_eq!(expected.len(), 6);
    let _worker = worker(&app.world)?;
    for _ in 0..2 {
        prune(&app).await?;
        assert_eq!(kinds(&app).await?, expected);
        let updates = "SELECT count(*) AS count FROM telegram_updates WHERE update_id > 9000";
        let all = "SELECT count(*) AS count FROM telegram_updates";
        assert_eq!((app.count(updates).await?, app.count(all).await?), (2, 2));
        let keys =
            "SELECT count(*) AS count FROM job_keys WHERE key IN ('chat:young', 'chat:busy')";
        let all = "SELECT count(*) AS count FROM job_keys";
        assert_eq!((app.count(keys).await?, app.count(all).await?), (2, 2));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_batch_is_deleted_in_one_go() -> anyhow::Result<()> {
    let app = world().await?;
    let many = BATCH * 2 + BATCH / 2;
    app.sql(&format!(
        "SELECT job('gone', 'done', '9 h', '8 h', n) FROM generate_series(1, {many}) AS n;
         SELECT job('kept', 'done', '9 h', '1 h', 10000 + n) FROM generate_series(1, 100) AS n"
    ))
    .await?;
    let _worker = worker(&app.world)?;
    prune(&app).await?;
    let left = "SELECT count(*) AS count FROM jobs WHERE worker = 'a test'";
    assert_eq!(app.count(left).await?, 100);
    assert_eq!(kinds(&app).await?, BTreeSet::from(["kept".to_owned()]));
    Ok(())
}

/// What the retention policy says of people's data (design document, section 13.6 and 3.3).
const PERSONAL: &str = "
    INSERT INTO users (telegram_id) VALUES (7), (8);
    INSERT INTO audit_logs (action, actor, created_at) VALUES
        ('gone', 'worker', now() - interval '90 days 1 minute'),
        ('kept', 'worker', now() - interval '89 days 23 hours');
    INSERT INTO message_context (user_id, message_id, role, content, created_at)
        SELECT users.id, n, 'user', CASE WHEN n > 5 THEN 'kept' ELSE 'gone' END,
            now() - interval '89 days' + n * interval '1 s'
        FROM users, generate_series(1, 25) AS n WHERE telegram_id = 7;
    INSERT INTO message_context (user_id, message_id, role, content)
        SELECT users.id, n, 'user', 'kept' FROM users, generate_series(1, 20) AS n
        WHERE telegram_id = 8;
    INSERT INTO users (telegram_id) VALUES (9);
    INSERT INTO message_context (user_id, message_id, role, content, created_at)
        SELECT users.id, n, 'user', 'gone', now() - interval '90 days 1 minute'
        FROM users, generate_series(1, 2) AS n WHERE telegram_id = 9;
    INSERT INTO idempotency_keys (caller, key, fingerprint, locked_until, status, body, created_at)
    VALUES
        ('user:7', 'gone', sha256(''), NULL, 202, '', now() - interval '24 h 1 minute'),
        ('user:7', 'gone: its process died', sha256(''), now() - interval '1 s', NULL, NULL,
            now() - interval '24 h 1 minute'),
        ('user:7', 'kept', sha256(''), NULL, 202, '', now() - interval '23 h 59 minutes'),
        ('user:7', 'kept: at work', sha256(''), now() + interval '1 h', NULL, NULL,
            now() - interval '24 h 1 minute');
    INSERT INTO privacy_requests (id, kind, status, completed_at, archive_key) VALUES
        (gen_random_uuid(), 'export', 'completed', now() - interval '91 days', NULL),
        (gen_random_uuid(), 'export', 'completed', now() - interval '91 days', 'exports/kept'),
        (gen_random_uuid(), 'deletion', 'completed', now() - interval '89 days', NULL);
    INSERT INTO analysis_history (user_id, input_type, user_text) SELECT id, 'text', '' FROM users WHERE telegram_id = 7;
    INSERT INTO shared_cards (id, user_id, analysis_id, prepared_id, expires_at)
        SELECT gen_random_uuid(), user_id, id, what, now() - ended FROM analysis_history, (VALUES
            ('gone', interval '24 h 1 minute'), ('kept', interval '23 h'), ('kept', interval '-1 day'))
            AS of (what, ended);
    INSERT INTO payment_reports (provider, external_id, status, amount, currency, order_id, happened, outcome, payer, body,
        created_at)
        SELECT 'telegram_stars', age, 'successful_payment', 150, 'XTR', '', 'paid', 'granted', 7, '{}', now() - age::interval
        FROM unnest(ARRAY['89 days', '91 days', '366 days']) AS age;
    SELECT job('kept', 'done', '4 h', '1 h', 77);
    INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, answer, ended_at, cost_micro_usd)
    SELECT gen_random_uuid(), job_id, state || job_id, 'x', 1, state::paid_call_state, '{\"a\": 1}',
        now() - interval '2 h', 0
    FROM (SELECT id FROM jobs UNION SELECT gen_random_uuid()) AS jobs (job_id),
        unnest(ARRAY['answered', 'useless']) AS state";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_is_kept_as_long_as_the_policy_says() -> anyhow::Result<()> {
    let app = world().await?;
    app.sql(PERSONAL).await?;
    let _worker = worker(&app.world)?;
    let count = async |what: &str| {
        app.count(&format!("SELECT count(*) AS count FROM {what}"))
            .await
    };
    for _ in 0..2 {
        prune(&app).await?;
        assert_eq!(count("audit_logs").await?, 1);
        assert_eq!(count("audit_logs WHERE action = 'kept'").await?, 1);
        assert_eq!(count("message_context").await?, 40);
        assert_eq!(count("message_context WHERE content = 'kept'").await?, 40);
        assert_eq!(count("idempotency_keys").await?, 2);
        assert_eq!(count("idempotency_keys WHERE key LIKE 'kept%'").await?, 2);
        assert_eq!(count("privacy_requests").await?, 2);
        assert_eq!(count("shared_cards").await?, 2);
        assert_eq!(count("shared_cards WHERE prepared_id = 'kept'").await?, 2);
        assert_eq!(count("payment_reports").await?, 3);
        assert_eq!(count("payment_reports WHERE payer IS NOT NULL").await?, 2);
        assert_eq!(count("payment_reports WHERE body IS NOT NULL").await?, 1);
        // That it was paid stays; what was answered stays with its job.
        assert_eq!(count("paid_calls").await?, 4);
        let with_job = "EXISTS (SELECT FROM jobs WHERE jobs.id = job_id)";
        let answers = format!("paid_calls WHERE answer <> 'null' AND {with_job}");
        assert_eq!(count(&answers).await?, 2);
        assert_eq!(count("paid_calls WHERE answer <> 'null'").await?, 2);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_away_for_two_years_is_told_a_month_before_their_data_goes() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    for person in [7, 8] {
        app.world.chat(person).says("/start", "en").await?;
    }
    eventually(async || Ok((app.rows().await?.0 == 2).then_some(()))).await?;
    app.drain_jobs().await?;
    let age = async |months: u32, of: i64| {
        app.sql(&format!(
            "UPDATE users SET created_at = now() - interval '{months} months',
                 last_seen_at = now() - interval '{months} months' WHERE telegram_id = {of}"
        ))
        .await
    };
    let run = async || {
        let _ = ledger::enqueue(&mut *app.db().await?, &EndAbsence {}).await?;
        app.drain_jobs().await
    };
    age(22, 7).await?;
    run().await?;
    assert_eq!(chat.bot_texts().await?.len(), 1, "the greeting alone");
    age(25, 7).await?;
    run().await?;
    run().await?;
    let texts = chat.bot_texts().await?;
    assert!(
        texts.len() == 2 && texts[1].contains("In a month I will delete"),
        "{texts:?}"
    );
    assert_eq!(app.rows().await?.0, 2, "not before the month is over");
    app.sql("UPDATE users SET absence_told_at = now() - interval '32 days' WHERE telegram_id = 7")
        .await?;
    run().await?;
    assert_eq!(app.rows().await?.0, 1);
    assert!(app.user_id(8).await.is_ok());
    chat.waits_for(|text| text.contains("Your data is deleted"))
        .await?;
    Ok(())
}

/// The months of events that ended so long ago, or longer.
fn months_ended(months: i32) -> String {
    format!(
        "SELECT count(*) AS count FROM pg_class WHERE relname ~ '^events_[0-9]{{4}}_[0-9]{{2}}$'
         AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month'
             <= now() AT TIME ZONE 'UTC' - interval '{months} months'"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn months_of_events_go_after_their_time_and_the_next_ones_are_made_however_often()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("EVENTS_KEEP_MONTHS", 2);
    let app = TestApp::start_in(world).await?;
    let all = "SELECT count(*) AS count FROM pg_inherits WHERE inhparent = 'events'::regclass";
    let ahead = app.count(all).await?;
    app.sql(
        "SELECT events_make_months(now() - interval '5 months', 4);
         DO $$ BEGIN EXECUTE 'DROP TABLE events_' || to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY_MM'); END $$",
    )
    .await?;
    assert_eq!(app.count(&months_ended(2)).await?, 3);
    let _worker = worker(&app.world)?;
    for _ in 0..2 {
        let ticket = ledger::enqueue(&mut *app.db().await?, &KeepMonths {}).await?;
        app.core.pusher.wake(&[ticket]).await;
        app.becomes(ticket.id, "done").await?;
        assert_eq!(app.count(&months_ended(2)).await?, 0);
        // Those of the last two months and the current one, and three ahead.
        assert_eq!(app.count(all).await?, ahead + 2);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stays_away_leaves_their_organization_to_the_next_member_and_is_deleted()
-> anyhow::Result<()> {
    let app = world().await?;
    app.sql(
        "INSERT INTO users (telegram_id) VALUES (7), (8), (9);
         UPDATE users SET last_seen_at = now() - interval '25 months', absence_told_at = now() - interval '32 days',
             created_at = now() - interval '3 years' WHERE telegram_id = 7;
         INSERT INTO accounts (id, kind, name) VALUES ('00000000-0000-7000-8000-000000000001', 'organization', 'x');
         INSERT INTO members (account_id, user_id, role, created_at)
             SELECT '00000000-0000-7000-8000-000000000001', id,
                 (CASE telegram_id WHEN 7 THEN 'owner' WHEN 8 THEN 'viewer' ELSE 'admin' END)::member_role,
                 now() - telegram_id * interval '1 day' FROM users",
    )
    .await?;
    for _ in 0..2 {
        let _ = ledger::enqueue(&mut *app.db().await?, &EndAbsence {}).await?;
        app.drain_jobs().await?;
    }
    assert!(app.user_id(7).await.is_err(), "nothing waits for ever");
    let owner = "SELECT count(*) AS count FROM members JOIN users ON users.id = user_id
                 WHERE role = 'owner' AND telegram_id = 9";
    assert_eq!(app.count(owner).await?, 1);
    Ok(())
}
