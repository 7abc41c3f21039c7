//! The statements that add the sums of a batch to the tables. Each takes its rows as one array of JSON, in the order of their
//! keys.

use diesel::QueryResult;
use diesel::sql_types::Jsonb;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::{Value, json};

use super::known::Known;
use super::sums::Sums;

/// A row of a table.
#[derive(Serialize)]
struct Row<K, S> {
    #[serde(flatten)]
    key: K,
    #[serde(flatten)]
    sums: S,
}

/// Adds all sums, and writes what is known now of persons and customers.
///
/// # Errors
/// Those of the database.
pub async fn add(conn: &mut AsyncPgConnection, known: &Known, sums: &Sums) -> QueryResult<()> {
    for (statement, rows) in [
        (PEOPLE, people(known)),
        (CUSTOMERS, customers(known)),
        (SIGNUPS, rows(&sums.signups)),
        (ACTIVE, rows(&sums.active)),
        (USAGE, rows(&sums.usage)),
        (ACTIVITY, rows(&sums.activity)),
        (CONVERSATIONS, conversations(sums)),
        (TOKENS, rows(&sums.tokens)),
        (MODELS, rows(&sums.models)),
        (
            MODEL_USERS,
            sums.model_users.iter().map(|row| json!(row)).collect(),
        ),
        (PERFORMANCE, rows(&sums.performance)),
        (REVENUE, rows(&sums.revenue)),
        (MOVEMENTS, rows(&sums.movements)),
    ] {
        if !rows.is_empty() {
            let added = diesel::sql_query(statement).bind::<Jsonb, _>(Value::Array(rows));
            added.execute(conn).await?;
        }
    }
    Ok(())
}

fn rows<'a, K, S>(of: impl IntoIterator<Item = (&'a K, &'a S)>) -> Vec<Value>
where
    K: Serialize + 'a,
    S: Serialize + 'a,
{
    let rows = of.into_iter();
    rows.map(|(key, sums)| json!(Row { key, sums })).collect()
}

fn people(known: &Known) -> Vec<Value> {
    let changed = known.changed_people.iter();
    let changed = changed.filter_map(|id| known.people.get(id));
    changed.map(|one| json!(one)).collect()
}

fn customers(known: &Known) -> Vec<Value> {
    let changed = known.changed_customers.iter();
    let changed = changed.filter_map(|id| known.customers.get(id));
    changed.map(|one| json!(one)).collect()
}

fn conversations(sums: &Sums) -> Vec<Value> {
    #[derive(Serialize)]
    struct Key {
        conversation_id: uuid::Uuid,
    }
    let all = sums.conversations.iter();
    all.map(|(id, sums)| {
        let key = Key {
            conversation_id: *id,
        };
        json!(Row { key, sums })
    })
    .collect()
}

/// The statements that delete what names persons after 800 days, two of the longest ranges that a report may have.
pub const PRUNE: &[&str] = &[
    "DELETE FROM active_users_daily WHERE (day, user_id, organization_id) IN (
         SELECT day, user_id, organization_id FROM active_users_daily
         WHERE day < now() - interval '800 days' LIMIT $1)",
    "DELETE FROM user_usage_daily WHERE (day, user_id, organization_id) IN (
         SELECT day, user_id, organization_id FROM user_usage_daily
         WHERE day < now() - interval '800 days' LIMIT $1)",
    "DELETE FROM model_users_daily WHERE (day, organization_id, provider, model, user_id) IN (
         SELECT day, organization_id, provider, model, user_id FROM model_users_daily
         WHERE day < now() - interval '800 days' LIMIT $1)",
];

const PEOPLE: &str = "INSERT INTO analytics_people
        (user_id, signed_up_at, signup_plan, plan, verified_at, first_paid_at, organization_id)
    SELECT user_id, signed_up_at, signup_plan, plan, verified_at, first_paid_at, organization_id
    FROM jsonb_to_recordset($1) AS now_known (user_id uuid, signed_up_at timestamptz, signup_plan text, plan text,
        verified_at timestamptz, first_paid_at timestamptz, organization_id uuid)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET plan = excluded.plan, verified_at = excluded.verified_at,
        first_paid_at = excluded.first_paid_at";

const CUSTOMERS: &str = "INSERT INTO analytics_customers
        (account_id, organization_id, currency, plan, mrr, since, first_paid_at, paid_total)
    SELECT account_id, organization_id, currency, plan, mrr, since, first_paid_at, paid_total
    FROM jsonb_to_recordset($1) AS now_known (account_id uuid, organization_id uuid, currency text, plan text, mrr bigint,
        since timestamptz, first_paid_at timestamptz, paid_total bigint)
    ORDER BY account_id, currency
    ON CONFLICT (account_id, currency) DO UPDATE SET plan = excluded.plan, mrr = excluded.mrr,
        since = excluded.since, first_paid_at = excluded.first_paid_at, paid_total = excluded.paid_total";

const ACTIVE: &str = "INSERT INTO active_users_daily AS known (day, user_id, organization_id, plan, events)
    SELECT day, user_id, organization_id, plan, events
    FROM jsonb_to_recordset($1) AS added (day date, user_id uuid, organization_id uuid, plan text, events bigint)
    ORDER BY day, user_id, organization_id
    ON CONFLICT (day, user_id, organization_id) DO UPDATE SET
        plan = excluded.plan, events = known.events + excluded.events";

const CONVERSATIONS: &str = "INSERT INTO analytics_conversations AS known
        (conversation_id, organization_id, created_at, messages, last_at)
    SELECT conversation_id, organization_id, created_at, messages, last_at
    FROM jsonb_to_recordset($1) AS added (conversation_id uuid, organization_id uuid, created_at timestamptz,
        messages bigint, last_at timestamptz)
    ORDER BY conversation_id
    ON CONFLICT (conversation_id) DO UPDATE SET
        created_at = LEAST(known.created_at, excluded.created_at),
        messages = known.messages + excluded.messages,
        last_at = GREATEST(known.last_at, excluded.last_at)";

const MODEL_USERS: &str = "INSERT INTO model_users_daily (day, organization_id, provider, model, user_id)
    SELECT day, organization_id, provider, model, user_id
    FROM jsonb_to_recordset($1) AS added (day date, organization_id uuid, provider text, model text, user_id uuid)
    ORDER BY day, organization_id, provider, model, user_id
    ON CONFLICT DO NOTHING";

const SIGNUPS: &str = "INSERT INTO user_signups_quarter AS known
        (bucket, organization_id, plan, signups, verified, deleted)
    SELECT bucket, organization_id, plan, signups, verified, deleted
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, plan text, signups bigint, verified bigint, deleted bigint)
    ORDER BY bucket, organization_id, plan
    ON CONFLICT (bucket, organization_id, plan) DO UPDATE SET
        signups = known.signups + excluded.signups,
        verified = known.verified + excluded.verified,
        deleted = known.deleted + excluded.deleted";

const USAGE: &str = "INSERT INTO user_usage_daily AS known
        (day, user_id, organization_id, messages, readings, replies, tokens, cost_micro_usd)
    SELECT day, user_id, organization_id, messages, readings, replies, tokens, cost_micro_usd
    FROM jsonb_to_recordset($1) AS added (day date, user_id uuid, organization_id uuid, messages bigint, readings bigint, replies bigint,
        tokens bigint, cost_micro_usd bigint)
    ORDER BY day, user_id, organization_id
    ON CONFLICT (day, user_id, organization_id) DO UPDATE SET
        messages = known.messages + excluded.messages,
        readings = known.readings + excluded.readings,
        replies = known.replies + excluded.replies,
        tokens = known.tokens + excluded.tokens,
        cost_micro_usd = known.cost_micro_usd + excluded.cost_micro_usd";

const ACTIVITY: &str = "INSERT INTO chat_activity_quarter AS known
        (bucket, organization_id, messages, replies, failures, conversations)
    SELECT bucket, organization_id, messages, replies, failures, conversations
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, messages bigint, replies bigint, failures bigint,
        conversations bigint)
    ORDER BY bucket, organization_id
    ON CONFLICT (bucket, organization_id) DO UPDATE SET
        messages = known.messages + excluded.messages,
        replies = known.replies + excluded.replies,
        failures = known.failures + excluded.failures,
        conversations = known.conversations + excluded.conversations";

const TOKENS: &str = "INSERT INTO tokens_by_plan_quarter AS known
        (bucket, organization_id, plan, replies, tokens_in, tokens_out)
    SELECT bucket, organization_id, plan, replies, tokens_in, tokens_out
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, plan text, replies bigint, tokens_in bigint, tokens_out
        bigint)
    ORDER BY bucket, organization_id, plan
    ON CONFLICT (bucket, organization_id, plan) DO UPDATE SET
        replies = known.replies + excluded.replies,
        tokens_in = known.tokens_in + excluded.tokens_in,
        tokens_out = known.tokens_out + excluded.tokens_out";

const MODELS: &str = "INSERT INTO model_usage_quarter AS known
        (bucket, organization_id, provider, model, calls, answered, replies, tokens_in, tokens_out,
         cost_micro_usd, unknown_outcomes, fallback_in, fallback_out)
    SELECT bucket, organization_id, provider, model, calls, answered, replies, tokens_in, tokens_out,
        cost_micro_usd, unknown_outcomes, fallback_in, fallback_out
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, provider text, model text, calls bigint, answered bigint,
        replies bigint, tokens_in bigint, tokens_out bigint, cost_micro_usd bigint, unknown_outcomes bigint,
        fallback_in bigint, fallback_out bigint)
    ORDER BY bucket, organization_id, provider, model
    ON CONFLICT (bucket, organization_id, provider, model) DO UPDATE SET
        calls = known.calls + excluded.calls,
        answered = known.answered + excluded.answered,
        replies = known.replies + excluded.replies,
        tokens_in = known.tokens_in + excluded.tokens_in,
        tokens_out = known.tokens_out + excluded.tokens_out,
        cost_micro_usd = known.cost_micro_usd + excluded.cost_micro_usd,
        unknown_outcomes = known.unknown_outcomes + excluded.unknown_outcomes,
        fallback_in = known.fallback_in + excluded.fallback_in,
        fallback_out = known.fallback_out + excluded.fallback_out";

const PERFORMANCE: &str = "INSERT INTO provider_performance_quarter AS known
        (bucket, organization_id, provider, model, kind, phase, histogram, calls)
    SELECT bucket, organization_id, provider, model, kind, phase, histogram, calls
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, provider text, model text, kind text, phase text,
        histogram smallint, calls bigint)
    ORDER BY bucket, organization_id, provider, model, kind, phase, histogram
    ON CONFLICT (bucket, organization_id, provider, model, kind, phase, histogram) DO UPDATE SET
        calls = known.calls + excluded.calls";

const REVENUE: &str = "INSERT INTO revenue_quarter AS known
        (bucket, organization_id, currency, plan, gross, refunded, payments, failures)
    SELECT bucket, organization_id, currency, plan, gross, refunded, payments, failures
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, currency text, plan text, gross bigint, refunded bigint,
        payments bigint, failures bigint)
    ORDER BY bucket, organization_id, currency, plan
    ON CONFLICT (bucket, organization_id, currency, plan) DO UPDATE SET
        gross = known.gross + excluded.gross,
        refunded = known.refunded + excluded.refunded,
        payments = known.payments + excluded.payments,
        failures = known.failures + excluded.failures";

const MOVEMENTS: &str = "INSERT INTO mrr_movements_quarter AS known
        (bucket, organization_id, currency, plan, movement, delta, customers)
    SELECT bucket, organization_id, currency, plan, movement, delta, customers
    FROM jsonb_to_recordset($1) AS added (bucket timestamptz, organization_id uuid, currency text, plan text, movement text, delta bigint,
        customers bigint)
    ORDER BY bucket, organization_id, currency, plan, movement
    ON CONFLICT (bucket, organization_id, currency, plan, movement) DO UPDATE SET
        delta = known.delta + excluded.delta,
        customers = known.customers + excluded.customers";
