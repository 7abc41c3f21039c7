//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{self, List, Lock, PersonalData, Value};
use kernel::tables::{ADD, ALL, Erasure, Export, KEEP, Loss, Table};

use crate::{codes, facts, jobs, messages, metrics, recount};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS, messages::MESSAGES],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        Table::of_persons("usage_logs", Erasure::Statement, Export::Listed)
            .loses(Loss::Nothing("what was asked for")),
        Table::of_persons("usage_daily_aggregates", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("sums of what was asked for"))
            .rights(KEEP, ALL),
        Table::of_persons(
            "api_requests_quarter",
            Erasure::Statement,
            Export::Excused("sums of the lines that are in the copy"),
        )
        .loses(Loss::Nothing("sums of what was asked for"))
        .rights(KEEP, ALL),
        Table::of_persons(
            "usage_facts",
            Erasure::Cascade,
            Export::Excused("numbers of the readings and calls that are in the copy"),
        )
        .loses(Loss::Nothing("numbers of readings and calls, which are asked themselves")),
        Table::of_persons("usage_events", Erasure::Statement, Export::Listed)
            .loses(Loss::Nothing("what programs of the account have told"))
            .rights(ADD, ALL),
        Table::impersonal("usage_gone", "ids of organizations that are deleted, for an hour").rights(ADD, ALL),
        Table::of_persons(
            "usage_corrections",
            Erasure::Cascade,
            Export::Excused("when the sums that are in the copy have changed"),
        )
        .loses(Loss::Nothing("when sums have changed"))
        .rights(ADD, ALL),
        Table::of_persons(
            "usage_leases",
            Erasure::Cascade,
            Export::Excused("parts of the meters that are in the copy, for a minute"),
        )
        .loses(Loss::Nothing("parts of a meter")),
        Table::of_persons(
            "usage_alerts",
            Erasure::Cascade,
            Export::Excused("that a message was sent, until its window is over"),
        )
        .loses(Loss::Nothing("that a message was sent")),
        Table::view("active_users_summary"),
        Table::view("feature_usage"),
        Table::view("rate_limits"),
    ],
    definitions: crate::DEFINITIONS,
    prune: &[recount::PRUNE],
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            // Behind the person's row, as the accounts that go with it: what writes sums passes over an account that is locked.
            locks: &[Lock {
                order: u8::MAX,
                query: "SELECT FROM accounts WHERE id = $1 FOR UPDATE",
            }],
            ahead: &[
                "DELETE FROM usage_logs WHERE (occurred_at, id) IN (
                     SELECT occurred_at, id FROM usage_logs WHERE account_id = (SELECT id FROM person)
                     LIMIT $4 FOR UPDATE SKIP LOCKED)",
                "UPDATE usage_logs SET user_id = NULL, address = NULL WHERE (occurred_at, id) IN (
                     SELECT occurred_at, id FROM usage_logs
                     WHERE user_id = (SELECT id FROM person) AND account_id IS DISTINCT FROM (SELECT id FROM person)
                     LIMIT $4 FOR UPDATE SKIP LOCKED)",
                "DELETE FROM api_requests_quarter
                 WHERE (bucket, account_id, key_id, endpoint, status_class, latency_bucket) IN (
                     SELECT bucket, account_id, key_id, endpoint, status_class, latency_bucket FROM api_requests_quarter
                     WHERE account_id = (SELECT id FROM person) LIMIT $4 FOR UPDATE SKIP LOCKED)",
                "DELETE FROM usage_events WHERE (account_id, id) IN (
                     SELECT account_id, id FROM usage_events WHERE account_id = (SELECT id FROM person)
                     LIMIT $4 FOR UPDATE SKIP LOCKED)",
            ],
            statements: &[
                "DELETE FROM usage_logs USING person WHERE account_id = person.id",
                "UPDATE usage_logs SET user_id = NULL, address = NULL FROM person
                 WHERE user_id = person.id AND account_id <> person.id",
                "DELETE FROM api_requests_quarter USING person WHERE account_id = person.id",
                "DELETE FROM usage_events USING person WHERE account_id = person.id",
                // Sums of organizations stay: by an id that stands nowhere else.
                // `user_id <> account_id`: without it their partial indexes are not used.
                "UPDATE usage_daily_aggregates SET user_id = gen_random_uuid() FROM person
                 WHERE user_id = person.id AND account_id <> person.id AND user_id <> account_id",
                "UPDATE usage_facts SET user_id = gen_random_uuid() FROM person
                 WHERE user_id = person.id AND account_id <> person.id AND user_id <> account_id",
            ],
            // Its owner waits for the answer meanwhile: what may be much is deleted afterwards (`recount::PRUNE`).
            of_organizations: &["INSERT INTO usage_gone (account_id) VALUES ($1) ON CONFLICT DO NOTHING"],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("usage")
};

const EXPORT: personal::Export = personal::Export {
    values: &[Value {
        name: "usage_by_day",
        query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                'day', day, 'requests', requests, 'errors', errors, 'messages', messages, 'readings', readings,
                'files', files, 'events', events, 'tokens', tokens, 'cost_micros', cost_micros) ORDER BY day), '[]') AS value
            FROM usage_daily_aggregates WHERE account_id = $1",
    }],
    lists: &[
        List {
            name: "api_requests",
            row: "'id', id, 'occurred_at', created_at, 'account_id', account_id, 'key_id', key_id, 'method', method,
                  'endpoint', endpoint, 'status', status, 'latency_ms', latency_ms, 'bytes_in', bytes_in,
                  'bytes_out', bytes_out, 'error_code', error_code, 'request_id', request_id, 'network', address",
            rows: "(SELECT *, occurred_at AS created_at FROM usage_logs) AS own WHERE TRUE",
        },
        List {
            name: "own_events",
            row: "'id', name_of_id, 'name', name, 'occurred_at', created_at, 'properties', properties",
            rows: "(SELECT md5(id)::uuid AS id, id AS name_of_id, account_id AS user_id, name,
                    occurred_at AS created_at, properties FROM usage_events) AS own WHERE TRUE",
        },
    ],
    ..personal::Export::NONE
};
