//! The features, and the lists that are composed of theirs.

use std::sync::LazyLock;

use jobs::{Catalogue, Feature};
use kernel::db::Definition;
use kernel::env::Section;
use kernel::facts::{FactKind, Shape};
use kernel::tables::{READ, Table};
use kernel::telemetry::metrics::Metric;
use kernel::{Error, ErrorCode};

use crate::{at_rest, config, public_url};

/// Every feature, in the order of display: what people use first.
pub const FEATURES: &[Feature] = &[
    readings::FEATURE,
    bot::FEATURE,
    operators::FEATURE,
    analytics::FEATURE,
    delivery::FEATURE,
    mail::FEATURE,
    money::FEATURE,
    people::FEATURE,
    // Behind the persons: of locks of one order theirs come first.
    usage::FEATURE,
    // Behind the accounts, which usage locks.
    webhooks::FEATURE,
    ai::FEATURE,
    probes::FEATURE,
    audit::FEATURE,
    events::FEATURE,
    publishers::FEATURE,
    jobs::FEATURE,
    backups::FEATURE,
    Feature {
        codes: vendors::codes::ALL,
        ..Feature::new("vendors")
    },
    Feature {
        codes: kernel::codes::ALL,
        tables: &[
            Table::impersonal("sql_definitions", "names of functions and views").rights(READ, READ),
        ],
        metrics: kernel::db::METRICS,
        ..Feature::new("kernel")
    },
];

/// Every job. A test compares the kinds with the worker's registry: a worker runs every kind that can
/// be enqueued.
pub static JOBS: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::of(FEATURES));

/// Every metric.
pub fn metrics() -> Vec<Metric> {
    FEATURES
        .iter()
        .flat_map(|one| one.metrics)
        .copied()
        .collect()
}

/// Has the statements of this process timed, by operation and table. To be called when the recorder of metrics is
/// installed.
///
/// # Errors
/// As [`kernel::db::timing::start`].
pub fn time_statements() -> Result<(), Error> {
    let tables = FEATURES.iter().flat_map(|one| one.tables);
    kernel::db::timing::start(tables.map(|table| table.name))
}

/// Every error code.
pub fn codes() -> Vec<ErrorCode> {
    FEATURES.iter().flat_map(|one| one.codes).copied().collect()
}

/// Everything that is recorded in the outbox.
pub fn facts() -> Vec<FactKind> {
    FEATURES.iter().flat_map(|one| one.facts).copied().collect()
}

/// The same with the fields of their data.
pub fn shapes() -> Vec<Shape> {
    FEATURES
        .iter()
        .flat_map(|one| one.shapes)
        .copied()
        .collect()
}

/// The JSON Schemas of all facts: names of files in `docs/events/`, and their texts.
pub fn event_schemas() -> Vec<(String, String)> {
    let file = |shape: &Shape| {
        let name = format!("{}.v{}.json", shape.kind.name, shape.kind.version);
        (name, format!("{:#}\n", shape.schema()))
    };
    shapes().iter().map(file).collect()
}

/// The statements that delete rows after their retention time (docs/PRIVACY.md).
pub fn prune() -> Vec<&'static str> {
    FEATURES.iter().flat_map(|one| one.prune.concat()).collect()
}

/// The functions and views of the database: `shared/<crate>/sql/`.
pub fn definitions() -> Vec<Definition<'static>> {
    let all = FEATURES.iter().flat_map(|one| one.definitions);
    all.copied().collect()
}

/// The settings that every program reads ([`crate::Config`]), as the lists of the features.
pub const SETTINGS: &[Section] = &[
    public_url::SETTINGS,
    kernel::db::SETTINGS,
    kernel::redis::SETTINGS,
    kernel::tls::SETTINGS,
    vendors::messenger::SETTINGS,
    bot::documents::SETTINGS,
    vendors::ai::SETTINGS,
    ai::config::SETTINGS,
    vendors::payment::SETTINGS,
    vendors::payment::tinkoff::SETTINGS,
    vendors::payment::stripe::SETTINGS,
    vendors::payment::paypal::SETTINGS,
    vendors::payment::cloudpayments::SETTINGS,
    vendors::payment::btcpay::SETTINGS,
    vendors::payment::comgate::SETTINGS,
    money::invoices::config::SETTINGS,
    vendors::workflow::SETTINGS,
    vendors::webhook::SETTINGS,
    vendors::mailer::SETTINGS,
    mail::config::SETTINGS,
    analytics::config::SETTINGS,
    vendors::passwords::SETTINGS,
    vendors::broker::SETTINGS,
    vendors::product_analytics::SETTINGS,
    vendors::storage::SETTINGS,
    at_rest::SETTINGS,
    backups::config::SETTINGS,
    people::abuse_memory::SETTINGS,
    people::factors::vault::SETTINGS,
    config::SETTINGS,
    kernel::telemetry::SETTINGS,
    kernel::telemetry::traces::SETTINGS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use std::collections::HashSet;

    #[test]
    fn no_kind_no_queue_no_metric_and_no_fact_is_listed_twice() {
        let metrics = metrics().into_iter().map(|metric| metric.name).collect();
        let facts = facts().into_iter().map(|fact| fact.name).collect();
        for names in [JOBS.kind_names(), JOBS.queue_names(), metrics, facts] {
            let different: HashSet<_> = names.iter().collect();
            assert_eq!(different.len(), names.len(), "{names:?}");
        }
    }

    #[test]
    fn every_fact_is_named_by_what_it_is_about_and_what_happened() {
        for FactKind {
            name,
            version,
            about,
        } in facts()
        {
            let parts: Vec<&str> = name.split('.').collect();
            let sound = |part: &&str| part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(parts.len() == 2 && parts.iter().all(sound), "{name}");
            assert!(version > 0 && about.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn every_fact_says_what_its_data_holds() {
        let shapes: Vec<FactKind> = shapes().into_iter().map(|shape| shape.kind).collect();
        assert_eq!(shapes, facts());
    }

    #[test]
    fn every_event_that_customers_are_told_of_is_a_fact_of_the_same_version() {
        for told in webhooks::types::TYPES {
            let mut all = facts().into_iter();
            let fact = all.find(|fact| fact.name == told.name);
            assert_eq!(
                fact.map(|fact| fact.version),
                Some(told.version),
                "{}",
                told.name
            );
        }
    }

    #[test]
    fn every_job_runs_in_a_queue_of_the_list() {
        for entry in &JOBS.kinds {
            assert_eq!(JOBS.queue(entry.queue.name()), Some(entry.queue));
        }
    }

    #[test]
    fn every_schedule_has_a_next_and_a_last_tick() {
        for schedule in &JOBS.schedules {
            let now = Utc::now();
            let (last, next) = (schedule.last_tick(now), schedule.next_tick(now));
            assert!(last.expect("readable").expect("a last tick") <= now);
            assert!(next.expect("readable").expect("a next tick") > now);
        }
    }
}
