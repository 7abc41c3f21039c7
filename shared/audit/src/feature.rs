//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{Erasure, Export, List, PersonalData};
use kernel::tables::{self, ADD, READ, Table};

use crate::{jobs, queries, secrets};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    schedules: jobs::SCHEDULES,
    tables: &[
        Table::of_persons(
            "audit_logs",
            tables::Erasure::Statement,
            tables::Export::Listed,
        )
        .loses(tables::Loss::Nothing("who did what stays known"))
        .rights(ADD, ADD),
        Table::impersonal(
            "audit_seals",
            "digests of lines, with a salt that is erased",
        )
        .rights(READ, READ),
        Table::impersonal("secrets_seen", "keyed digests of settings").rights(ADD, ADD),
    ],
    metrics: secrets::METRICS,
    definitions: crate::DEFINITIONS,
    prune: &[queries::PRUNE],
    personal: PersonalData {
        export: Export {
            lists: &[List {
                name: "activity",
                // Of an operator: that it was one, and why; not who, nor from where.
                row: "'created_at', created_at, 'action', action,
                      'actor', CASE WHEN actor LIKE 'operator%' THEN 'operator' ELSE actor END,
                      'ip_address', CASE WHEN actor LIKE 'operator%' THEN NULL ELSE host(ip_address) END,
                      'user_agent', CASE WHEN actor LIKE 'operator%' THEN NULL ELSE user_agent END,
                      'reason', CASE WHEN actor LIKE 'operator%' THEN new_value ->> 'reason' END",
                rows: "audit_logs WHERE TRUE",
            }],
            ..Export::NONE
        },
        erasure: Erasure {
            // The line stays, with action and time (90 days).
            statements: &["(SELECT audit_logs_forget(person.id) FROM person)"],
            ..Erasure::NONE
        },
    },
    ..Feature::new("audit")
};
