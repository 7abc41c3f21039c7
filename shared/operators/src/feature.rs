//! The lists of this crate.

use jobs::Feature;
use jobs::personal::{self, PersonalData, Value};
use kernel::tables::{ALL, Erasure, Export, KEEP, READ, Table};

use crate::{banners, codes, metrics};

pub const FEATURE: Feature = Feature {
    codes: codes::ALL,
    metrics: metrics::METRICS,
    tables: &[
        Table::of_persons("operators", Erasure::Cascade, Export::Listed).rights(KEEP, READ),
        Table::impersonal("system_settings", "how the deployment behaves").rights(KEEP, READ),
        Table::impersonal("banners", "what is announced to everyone").rights(KEEP, ALL),
    ],
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
        ..PersonalData::NONE
    },
    ..Feature::new("operators")
};
