//! The sums again, slow and obvious: every event by itself, in the order in which they are read, into maps of texts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::random::{CAME, PERSONS, moment};

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    account_id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    data: Value,
    #[diesel(sql_type = Timestamptz)]
    quarter: DateTime<Utc>,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

/// Tables with their rows: the key as text, and the numbers.
pub type Tables = BTreeMap<&'static str, BTreeMap<String, Vec<i64>>>;

/// What the tables must have, by the events.
pub async fn expected(conn: &mut AsyncPgConnection, zone: &str) -> anyhow::Result<Tables> {
    let events: Vec<Row> = diesel::sql_query(
        "SELECT name, user_id, account_id, data,
             date_bin('15 minutes', at, '2000-01-01T00:00:00Z') AS quarter, (at AT TIME ZONE $1::text)::date AS day
         FROM (SELECT *, COALESCE((data ->> 'at')::timestamptz, occurred_at) AS at FROM events) AS all_events
         ORDER BY tx, seq",
    )
    .bind::<Text, _>(zone)
    .load(conn)
    .await?;
    let mut obvious = Obvious::default();
    for event in &events {
        obvious.count(event);
    }
    for rows in obvious.tables.values_mut() {
        rows.retain(|_, numbers| numbers.iter().any(|number| *number != 0));
    }
    Ok(obvious.tables)
}

#[derive(Default)]
struct Obvious {
    tables: Tables,
    came: BTreeMap<Uuid, String>,
    verified: BTreeSet<Uuid>,
}

impl Obvious {
    fn add(&mut self, table: &'static str, key: String, numbers: &[i64]) {
        let rows = self.tables.entry(table).or_default();
        let sums = rows.entry(key).or_insert_with(|| vec![0; numbers.len()]);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }

    fn count(&mut self, event: &Row) {
        let others = event
            .account_id
            .filter(|account| Some(*account) != event.user_id);
        let quarter = event.quarter.format("%FT%RZ");
        let place = format!("{quarter} {}", others.unwrap_or(Uuid::nil()));
        let person = event.user_id.filter(|one| PERSONS.contains(one));
        let person_day =
            person.map(|one| format!("{} {one} {}", event.day, others.unwrap_or(Uuid::nil())));
        if let Some(person) = person.filter(|one| PERSONS.last() == Some(one))
            && !self.came.contains_key(&person)
        {
            let quarter = CAME.div_euclid(15) * 15;
            let came = format!("{} {}", moment(quarter).format("%FT%RZ"), Uuid::nil());
            self.add("signups", format!("{came} FREE"), &[1, 0, 0]);
            self.came.insert(person, came);
        }
        let text = |name: &str| event.data[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| event.data[name].as_i64().unwrap_or_default();
        let is = |what: bool| i64::from(what);
        match event.name.as_str() {
            "person.created" => {
                self.add("signups", format!("{place} FREE"), &[1, 0, 0]);
                if let Some(person) = person {
                    self.came
                        .insert(person, format!("{quarter} {}", Uuid::nil()));
                }
            }
            "person.verified" => {
                let came = person.and_then(|one| Some((one, self.came.get(&one)?.clone())));
                if let Some((person, came)) = came
                    && self.verified.insert(person)
                {
                    self.add("signups", format!("{came} FREE"), &[0, 1, 0]);
                }
            }
            "person.deleted" => self.add("signups", format!("{place} FREE"), &[0, 0, 1]),
            "person.signed_in" | "key.used" => {
                if let Some(key) = person_day {
                    self.add("active", key, &[1]);
                }
            }
            "reading.created" => {
                self.add("activity", place, &[1, 0, 0, 0]);
                if let Some(key) = person_day {
                    self.add("active", key.clone(), &[1]);
                    self.add("usage", key, &[1, 1, 0, 0, 0]);
                }
            }
            "reading.ended" => {
                let (replied, failed) = (text("state") == "completed", text("state") == "failed");
                self.add("activity", place.clone(), &[0, is(replied), is(failed), 0]);
                if !replied {
                    return;
                }
                let (into, out) = (number("tokens_in"), number("tokens_out"));
                self.add(
                    "tokens",
                    format!("{place} {}", text("plan")),
                    &[1, into, out],
                );
                if let Some(key) = person_day {
                    self.add("usage", key, &[0, 0, 1, 0, 0]);
                }
                if event.data["provider"].is_string() {
                    let key = format!("{place} {} {}", text("provider"), text("model"));
                    self.add("models", key, &[0, 0, 1, 0, 0, 0, 0, 0, 0]);
                }
            }
            "provider.called" => {
                let (kind, was) = (text("kind"), text("was"));
                let (into, out, cost) = (
                    number("tokens_in"),
                    number("tokens_out"),
                    number("cost_micro_usd"),
                );
                let is_first = was.is_empty();
                let doubtful = |kind: &str| is(kind == "timeout" || kind == "unknown");
                let key = format!("{place} {} {}", text("provider"), text("model"));
                let instead = &event.data["instead_of"];
                let is_fallback = is_first && instead.is_object();
                let numbers = [
                    is(is_first),
                    is(kind == "answered") - is(was == "answered"),
                    0,
                    into,
                    out,
                    cost,
                    doubtful(&kind) - doubtful(&was),
                    is(is_fallback),
                    0,
                ];
                self.add("models", key.clone(), &numbers);
                if is_fallback {
                    let other = format!("{place} third z");
                    self.add("models", other, &[0, 0, 0, 0, 0, 0, 0, 0, 1]);
                }
                let slow =
                    |ms: i64| (((ms.max(1) as f64).ln() / 1.1_f64.ln()).ceil() as i64).min(150);
                let total = format!("{key} {kind} total {}", slow(number("ms")));
                self.add("performance", total, &[1]);
                if !is_first {
                    let before = format!("{key} {was} total {}", slow(number("was_ms")));
                    self.add("performance", before, &[-1]);
                }
                if let Some(key) = person_day {
                    self.add("usage", key, &[0, 0, 0, into + out, cost]);
                }
            }
            "payment.booked" => {
                let amount = number("amount");
                let [gross, refunded, payments] = match text("kind").as_str() {
                    "paid" => [amount, 0, 1],
                    "returned" => [0, amount, 0],
                    "return_failed" => [0, -amount, 0],
                    _ => return,
                };
                let currency = text("currency");
                let key = format!("{place} {currency} {}", text("tier"));
                self.add("revenue", key, &[gross, refunded, payments, 0]);
                if let Some(account) = event.account_id.filter(|one| PERSONS.contains(one)) {
                    let key = format!("{account} {currency}");
                    self.add("customers", key, &[gross - refunded]);
                }
            }
            "subscription.moved" => {
                for (side, sign) in [("from", -1), ("to", 1)] {
                    let side = &event.data[side];
                    if let Some(mrr) = side["mrr"].as_i64() {
                        let key = format!("{place} EUR PRO {}", text("movement"));
                        self.add("movements", key, &[sign * mrr, sign]);
                    }
                }
            }
            _ => {}
        }
    }
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Array<BigInt>)]
    numbers: Vec<i64>,
}

/// What the tables have. Rows of nothing but zeros are left out.
pub async fn kept(conn: &mut AsyncPgConnection) -> anyhow::Result<Tables> {
    let mut tables = Tables::new();
    for (table, query) in [
        (
            "signups",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, plan) AS key,
                 ARRAY[signups, verified, deleted] AS numbers FROM user_signups_quarter",
        ),
        (
            "active",
            "SELECT concat_ws(' ', day, user_id, organization_id) AS key, ARRAY[events] AS numbers FROM active_users_daily",
        ),
        (
            "usage",
            "SELECT concat_ws(' ', day, user_id, organization_id) AS key,
                 ARRAY[messages, readings, replies, tokens, cost_micro_usd] AS numbers FROM user_usage_daily",
        ),
        (
            "activity",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id) AS key,
                 ARRAY[messages, replies, failures, conversations] AS numbers FROM chat_activity_quarter",
        ),
        (
            "tokens",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, plan) AS key,
                 ARRAY[replies, tokens_in, tokens_out] AS numbers FROM tokens_by_plan_quarter",
        ),
        (
            "models",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, provider,
                     model) AS key,
                 ARRAY[calls, answered, replies, tokens_in, tokens_out, cost_micro_usd, unknown_outcomes, fallback_in,
                     fallback_out] AS numbers FROM model_usage_quarter",
        ),
        (
            "performance",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, provider,
                     model, kind, phase, histogram) AS key,
                 ARRAY[calls] AS numbers FROM provider_performance_quarter",
        ),
        (
            "revenue",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, currency,
                     plan) AS key,
                 ARRAY[gross, refunded, payments, failures] AS numbers FROM revenue_quarter",
        ),
        (
            "customers",
            "SELECT concat_ws(' ', account_id, currency) AS key, ARRAY[paid_total] AS numbers FROM analytics_customers",
        ),
        (
            "movements",
            "SELECT concat_ws(' ', to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), organization_id, currency,
                     plan, movement) AS key,
                 ARRAY[delta, customers] AS numbers FROM mrr_movements_quarter",
        ),
    ] {
        let rows: Vec<Kept> = diesel::sql_query(query).load(conn).await?;
        let rows = rows.into_iter().map(|row| (row.key, row.numbers));
        let rows = rows.filter(|(_, numbers)| numbers.iter().any(|number| *number != 0));
        tables.insert(table, rows.collect());
    }
    Ok(tables)
}
