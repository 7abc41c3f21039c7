//! The lists of this crate.

use ::jobs::Feature;
use kernel::tables::{ALL, Erasure, Export, KEEP, Loss, READ, Table};

use crate::rollups::tables;
use crate::{jobs, metrics};

const WHAT_THEY_DID: &str = "counts of what is in the copy";
const LOST: Loss = Loss::Nothing("counts of what they did, which is asked itself");

/// Counts that refer to a person, and go with them.
const fn of_persons(name: &'static str) -> Table {
    Table::of_persons(name, Erasure::Cascade, Export::Excused(WHAT_THEY_DID))
        .loses(LOST)
        .rights(READ, ALL)
}

/// Sums over many.
const fn sums(name: &'static str) -> Table {
    Table::impersonal(name, "sums over all persons").rights(READ, ALL)
}

pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    tables: &[
        Table::impersonal(
            "analytics_settings",
            "the zone of the days, and when they were rebuilt",
        )
        .rights(READ, KEEP),
        of_persons("analytics_people"),
        sums("user_signups_quarter"),
        of_persons("active_users_daily"),
        sums("active_counts_daily"),
        of_persons("user_usage_daily"),
        sums("chat_activity_quarter"),
        Table::impersonal(
            "analytics_conversations",
            "how long conversations are, by their ids",
        )
        .rights(READ, ALL),
        sums("tokens_by_plan_quarter"),
        sums("model_usage_quarter"),
        of_persons("model_users_daily"),
        sums("provider_performance_quarter"),
        sums("revenue_quarter"),
        sums("mrr_movements_quarter"),
        of_persons("analytics_customers"),
        Table::view("model_usage_daily"),
        Table::view("mrr_movements_daily"),
        Table::view("revenue_daily"),
        Table::view("tokens_by_plan_daily"),
        Table::view("user_signups_daily"),
    ],
    definitions: crate::DEFINITIONS,
    prune: &[tables::PRUNE],
    ..Feature::new("analytics")
};
