//! The lists of this crate.

use futures_util::FutureExt;
use jobs::Feature;
use jobs::personal::{self, Lock, PersonalData, Value};
use kernel::tables::{Erasure, Export, Table};

use crate::{codes, idempotency, metrics, privacy};

pub const FEATURE: Feature = Feature {
    queues: &[privacy::QUEUE],
    jobs: &[privacy::jobs::JOBS, privacy::messages::MESSAGES],
    schedules: privacy::jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    tables: &[
        // The person's row itself is deleted last, by the erasure.
        Table::of_persons("users", Erasure::Statement, Export::Listed),
        Table::impersonal("api_keys", "keys of services"),
        Table::of_persons(
            "idempotency_keys",
            Erasure::Statement,
            Export::Excused("answers that the person has got already, for a day"),
        ),
        Table::of_persons(
            "privacy_requests",
            Erasure::Statement,
            Export::Excused("the request for this very copy, and those before it"),
        ),
    ],
    prune: &[idempotency::queries::PRUNE, privacy::queries::PRUNE],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            locks: &[Lock {
                // After everything that refers to them.
                order: u8::MAX,
                query: "SELECT FROM users WHERE id = $1 FOR UPDATE",
            }],
            objects: &[|conn, id| privacy::queries::archives(conn, id).boxed()],
            statements: &[
                "DELETE FROM privacy_requests USING person WHERE user_id = person.id AND kind = 'export'",
                "DELETE FROM idempotency_keys USING person WHERE caller = ANY (person.keys)",
                // The throttle keys name them as well.
                "DELETE FROM job_keys USING person WHERE key = ANY (person.keys)",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("people")
};

const EXPORT: personal::Export = personal::Export {
    values: &[
        Value {
            name: "personal_data",
            query: "SELECT jsonb_build_object(
                        'id', id, 'telegram_id', telegram_id, 'username', username,
                        'first_name', first_name, 'last_name', last_name,
                        'language_code', language_code, 'timezone', timezone,
                        'created_at', created_at) AS value
                    FROM users WHERE id = $1",
        },
        Value {
            name: "consents",
            query: "SELECT jsonb_build_object(
                        'terms_of_use', jsonb_build_object(
                            'accepted', consent_terms, 'accepted_at', consent_terms_at,
                            'version', consent_terms_version),
                        'privacy_policy', jsonb_build_object(
                            'accepted', consent_privacy, 'accepted_at', consent_privacy_at,
                            'version', consent_privacy_version)) AS value
                    FROM users WHERE id = $1",
        },
    ],
    ..personal::Export::NONE
};
