//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{self, PersonalData};
use kernel::tables::{ADD, Erasure, Export, KEEP, Loss, READ, Table};

use crate::{jobs, metrics};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    tables: &[
        Table::of_persons(
            "events",
            Erasure::Statement,
            Export::Excused("ids and times of what the copy has already"),
        )
        .loses(Loss::Nothing("what has happened stays known"))
        .rights(ADD, KEEP),
        Table::impersonal("event_cursors", "names of readers, and how far they are")
            .rights(READ, KEEP),
        Table::view("analytics_events"),
    ],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        erasure: personal::Erasure {
            // What happened stays, without whom it happened to; what they did for an organization stays its own.
            statements: &[
                "UPDATE events SET user_id = NULL, account_id = NULLIF(account_id, person.id)
                 FROM person WHERE user_id = person.id",
            ],
            ..personal::Erasure::NONE
        },
        ..PersonalData::NONE
    },
    ..Feature::new("events")
};
