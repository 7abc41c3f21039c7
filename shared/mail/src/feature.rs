//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{Export, List, PersonalData};
use kernel::tables::{self, ALL, Erasure, KEEP, Table};

use crate::{jobs, metrics, queries};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    metrics: metrics::METRICS,
    tables: &[
        // With the person's row; a letter about the deletion itself is of no person.
        Table::of_persons("emails", Erasure::Cascade, tables::Export::Listed)
        .loses(tables::Loss::Nothing("letters that have come")).rights(KEEP, ALL),
        Table::of_persons(
            "email_events",
            Erasure::Cascade,
            tables::Export::Excused("what mail servers answered; the state of the letter is listed"),
        )
        .loses(tables::Loss::Nothing("of letters that have come"))
        .rights(KEEP, ALL),
        Table::of_persons(
            "email_suppressions",
            Erasure::Outlives(
                "by a keyed hash of the address: that it takes no mail, for 90 days, or for good after a complaint",
            ),
            tables::Export::Excused("of addresses, whoever has them"),
        )
        .rights(KEEP, ALL),
        Table::of_persons(
            "contact_messages",
            Erasure::Outlives("written by strangers, without an account; 180 days"),
            tables::Export::Excused("written by strangers, without an account"),
        )
        .rights(KEEP, ALL),
    ],
    prune: &[queries::PRUNE],
    personal: PersonalData {
        export: Export {
            lists: &[List {
                name: "emails",
                row: "'id', id, 'to', to_address, 'template', template, 'language', language, 'subject', subject,
                      'status', status, 'created_at', created_at, 'accepted_at', accepted_at",
                rows: "emails WHERE TRUE",
            }],
            ..Export::NONE
        },
        ..PersonalData::NONE
    },
    ..Feature::new("mail")
};
