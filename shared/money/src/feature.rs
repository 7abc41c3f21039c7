//! The lists of this crate.

use jobs::Feature;
use jobs::personal::{self, List, Lock, PersonalData, Value};

use kernel::tables::{Erasure, Export, Table};

use crate::limits::queries::LOCKS;
use crate::{codes, metrics, payments, subscriptions};

pub const FEATURE: Feature = Feature {
    queues: &[payments::QUEUE],
    jobs: &[subscriptions::jobs::JOBS, payments::messages::MESSAGES],
    schedules: subscriptions::jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    tables: &[
        Table::impersonal("plans", "what is for sale"),
        Table::of_persons("subscriptions", Erasure::Cascade, Export::Listed),
        Table::of_persons("payments", Erasure::Statement, Export::Listed),
        Table::impersonal("payment_events", "events by the numbers of their vendors"),
        Table::of_persons("usage_limits", Erasure::Cascade, Export::Listed),
        Table::view("current_usage"),
    ],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            // After the readings and before the person.
            locks: &[
                Lock {
                    order: 30,
                    query: LOCKS[0],
                },
                Lock {
                    order: 30,
                    query: LOCKS[1],
                },
            ],
            statements: &[
                // What the law requires stays: amount, time, the vendor's number (7 years).
                "UPDATE payments SET user_id = NULL, subscription_id = NULL, metadata = '{}',
                     error_message = NULL
                 FROM person WHERE user_id = person.id
                    OR subscription_id IN (SELECT id FROM subscriptions WHERE user_id = person.id)",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("money")
};

const EXPORT: personal::Export = personal::Export {
    values: &[
        Value {
            name: "usage",
            query: "SELECT jsonb_build_object(
                    'daily_analyses_used', daily_analyses_used,
                    'daily_limit_reset_at', daily_limit_reset_at,
                    'monthly_analyses_used', monthly_analyses_used,
                    'monthly_limit_reset_at', monthly_limit_reset_at) AS value
                FROM usage_limits WHERE user_id = $1",
        },
        Value {
            name: "subscription_data",
            query: "SELECT jsonb_build_object(
                    'id', id, 'tier', tier, 'status', status, 'trial_used', trial_used,
                    'trial_ends_at', trial_ends_at, 'current_period_start', current_period_start,
                    'current_period_end', current_period_end,
                    'cancel_at_period_end', cancel_at_period_end, 'canceled_at', canceled_at,
                    'created_at', created_at) AS value
                FROM subscriptions WHERE user_id = $1
                UNION ALL
                SELECT jsonb_build_object('tier', 'FREE', 'status', 'active')
                FROM users WHERE id = $1
                  AND NOT EXISTS (SELECT FROM subscriptions WHERE user_id = $1)",
        },
    ],
    lists: &[List {
        name: "payment_history",
        row: "'id', id, 'amount', amount, 'currency', currency, 'status', status,
              'provider', provider, 'tier', tier, 'created_at', created_at,
              'processed_at', processed_at",
        rows: "payments WHERE TRUE",
    }],
    ..personal::Export::NONE
};
