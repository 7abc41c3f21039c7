//! The lists of this crate.

use ::jobs::Feature;
use ::jobs::personal::{self, List, Lock, PersonalData};
use kernel::tables::{ALL, CHANGE, Erasure, Export, KEEP, Loss, READ, Table};

use crate::{codes, facts, jobs, metrics, queries};

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        Table::of_persons("paid_calls", Erasure::Statement, Export::Listed)
        .loses(Loss::Nothing("costs; what came of them stands elsewhere")).rights(CHANGE, ALL),
        Table::of_persons(
            "ai_budgets",
            Erasure::Statement,
            Export::Excused("sums of costs, of 40 days"),
        )
        .loses(Loss::Nothing("costs"))
        .rights(KEEP, ALL),
        Table::impersonal("provider_health", "states of vendors").rights(READ, KEEP),
        Table::view("provider_calls_of_hour"),
    ],
    prune: &[queries::PRUNE],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        export: personal::Export {
            // To whom photos and words were given, when, and what it cost.
            lists: &[List {
                name: "ai_calls",
                row: "'at', created_at, 'recipient', provider, 'model', model, 'step', step,
                      'cost_usd', cost_micro_usd / 1000000.0",
                rows: "(SELECT id, user_id, began_at AS created_at, provider, model, step,
                            cost_micro_usd FROM paid_calls) AS calls WHERE TRUE",
            }],
            ..personal::Export::NONE
        },
        erasure: personal::Erasure {
            // Settling a call locks it, then what its cost is counted in: a budget, a reading.
            locks: &[Lock {
                order: 10,
                query: "SELECT FROM paid_calls WHERE user_id = $1 ORDER BY id FOR UPDATE",
            }],
            // The budget of the day. What is under way counts at the most it can cost.
            remember: &["INSERT INTO ai_budgets AS known (scope, day, spent_micro_usd)
                 SELECT 'memory:' || encode(memory_key, 'hex'), day, spent_micro_usd + reserved_micro_usd
                 FROM ai_budgets, person
                 WHERE scope = ANY (keys) AND day >= (now() AT TIME ZONE 'UTC')::DATE
                 ON CONFLICT (day, scope) DO UPDATE SET spent_micro_usd = excluded.spent_micro_usd"],
            recall: &["INSERT INTO ai_budgets (scope, day, spent_micro_usd)
                 SELECT keys[1], day, spent_micro_usd FROM ai_budgets, person
                 WHERE scope = 'memory:' || encode(memory_key, 'hex')
                   AND day >= (now() AT TIME ZONE 'UTC')::DATE
                 ON CONFLICT (day, scope) DO UPDATE SET
                     spent_micro_usd = GREATEST(ai_budgets.spent_micro_usd, excluded.spent_micro_usd)"],
            statements: &[
                "(SELECT paid_calls_forget(ARRAY(
                     SELECT paid_calls.id FROM paid_calls, person WHERE user_id = person.id)))",
                "UPDATE paid_calls SET user_id = NULL FROM person WHERE user_id = person.id",
                "DELETE FROM ai_budgets USING person WHERE scope = ANY (person.keys)",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("ai")
};
