//! The lists of this crate.

use jobs::Feature;
use jobs::personal::{self, PersonalData, Value};
use kernel::tables::{ALL, CHANGE, Erasure, Export, KEEP, Loss, NONE, READ, Table};

use crate::{banners, codes, metrics};

pub const FEATURE: Feature = Feature {
    codes: codes::ALL,
    metrics: metrics::METRICS,
    tables: &[
        Table::of_persons("operators", Erasure::Cascade, Export::Listed).rights(KEEP, READ),
        Table::impersonal("system_settings", "how the deployment behaves").rights(KEEP, READ),
        Table::impersonal("banners", "what is announced to everyone").rights(KEEP, ALL),
        Table::of_persons(
            "imported_people",
            Erasure::Statement,
            Export::Excused("a number of the pre-MVP, and the plan that the copy has already"),
        )
        .loses(Loss::Nothing("a number of the pre-MVP"))
        .rights(NONE, CHANGE),
        Table::of_persons(
            "imported_readings",
            Erasure::Statement,
            Export::Excused("numbers of the pre-MVP; the readings are listed"),
        )
        .loses(Loss::Nothing("numbers of the pre-MVP"))
        .rights(NONE, CHANGE),
        Table::impersonal(
            "import_quarantine",
            "numbers of the pre-MVP that refer to no one here",
        )
        .rights(NONE, NONE),
        Table::impersonal("import_runs", "how far an import is").rights(NONE, NONE),
        Table::of_persons(
            "rollout_invitations",
            Erasure::Statement,
            Export::Excused("which program handles their messages"),
        )
        .loses(Loss::Nothing("which program handles their messages"))
        .rights(READ, &["SELECT", "DELETE"]),
    ],
    definitions: crate::DEFINITIONS,
    prune: &[banners::PRUNE],
    personal: PersonalData {
        export: personal::Export {
            values: &[Value {
                name: "operator",
                query: "SELECT jsonb_build_object('role', role, 'made_at', made_at, 'ended_at', ended_at) AS value
                        FROM operators WHERE user_id = $1",
            }],
            ..personal::Export::NONE
        },
        erasure: personal::Erasure {
            // The numbers stay, so that a later import does not bring back what was deleted.
            statements: &[
                "UPDATE imported_readings SET analysis_id = NULL FROM person, analysis_history AS own
                     WHERE own.id = analysis_id AND own.user_id = person.id",
                "UPDATE imported_people SET user_id = NULL, paid_until = NULL FROM person WHERE user_id = person.id",
                "DELETE FROM rollout_invitations USING person
                     WHERE rollout_invitations.telegram_id = person.telegram_id",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("operators")
};
