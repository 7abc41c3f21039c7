//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{self, Lock, PersonalData, Value};
use kernel::tables::{ALL, CHANGE, Erasure, Export, KEEP, Loss, Table};

use crate::{deliveries, facts, jobs, messages, metrics, secrets};

pub const FEATURE: Feature = Feature {
    queues: &[jobs::QUEUE],
    jobs: &[jobs::JOBS, messages::MESSAGES],
    metrics: metrics::METRICS,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        Table::of_persons("webhook_endpoints", Erasure::Cascade, Export::Listed).rights(ALL, CHANGE),
        Table::of_persons(
            "webhook_secrets",
            Erasure::Cascade,
            Export::Excused("sealed: what signs, and who has the copy must not sign"),
        )
        .loses(Loss::Nothing("they stand with the endpoints, which are asked themselves")),
        Table::of_persons(
            "webhook_deliveries",
            Erasure::Cascade,
            Export::Excused("ids of events and times, for 30 days, of what was sent to the person's own addresses"),
        )
        .loses(Loss::Nothing("they stand with the endpoints, which are asked themselves"))
        .rights(KEEP, ALL),
    ],
    prune: &[deliveries::PRUNE, secrets::PRUNE],
    personal: PersonalData {
        export: personal::Export {
            values: &[Value {
                name: "webhook_endpoints",
                query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'id', id, 'url', url, 'description', description, 'events', events, 'enabled', enabled,
                        'disabled_why', disabled_why, 'failing_since', failing_since, 'created_at', created_at)
                        ORDER BY created_at, id), '[]') AS value
                    FROM webhook_endpoints WHERE account_id = $1",
            }],
            ..personal::Export::NONE
        },
        erasure: personal::Erasure {
            // Who switches one off locks it and then records that about the person. Behind the person and the account: who changes
            // one has locked these.
            locks: &[Lock {
                order: u8::MAX,
                query: "SELECT FROM webhook_endpoints WHERE account_id = $1 ORDER BY id FOR UPDATE",
            }],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("webhooks")
};
