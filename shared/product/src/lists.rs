//! The lists of all features, in one place.

use jobs::catalogue::{Catalogue, Entry};
use jobs::cron::Schedule;
use jobs::prune;
use kernel::db::Definition;
use kernel::telemetry::metrics::Metric;
use money::{payments, subscriptions};
use people::{idempotency, privacy};

/// Every job. A test compares the kinds with the worker's registry: a worker runs every kind that can
/// be enqueued.
pub const JOBS: Catalogue = Catalogue {
    queues: &[
        readings::jobs::IMAGE,
        readings::jobs::ANALYSIS,
        delivery::QUEUE,
        payments::QUEUE,
        privacy::QUEUE,
        jobs::MAINTENANCE,
    ],
    kinds: &[
        Entry::of::<readings::jobs::FetchPhoto>(),
        Entry::of::<readings::jobs::PrepareImage>(),
        Entry::of::<readings::jobs::ReadCup>(),
        Entry::of::<readings::jobs::Interpret>(),
        Entry::of::<readings::jobs::RemovePhotos>(),
        Entry::of::<readings::messages::AnnounceAnalysis>(),
        Entry::of::<readings::messages::DeliverAnalysis>(),
        Entry::of::<readings::messages::ReportFailure>(),
        Entry::of::<bot::jobs::SendNotice>(),
        Entry::of::<payments::messages::PaymentSuccess>(),
        Entry::of::<subscriptions::jobs::Expire>(),
        Entry::of::<privacy::messages::TellExport>(),
        Entry::of::<privacy::messages::TellDeletion>(),
        Entry::of::<privacy::jobs::ExportData>(),
        Entry::of::<privacy::jobs::DeleteData>(),
        Entry::of::<prune::Prune>(),
        Entry::of::<readings::jobs::SweepPhotos>(),
        Entry::of::<privacy::jobs::SweepArchives>(),
        Entry::of::<ai::jobs::SettleCalls>(),
        Entry::of::<probes::jobs::Probe>(),
        Entry::of::<probes::jobs::Noop>(),
    ],
    schedules: &[
        Schedule::of::<prune::Prune>("0 17 * * * *"),
        Schedule::of::<readings::jobs::SweepPhotos>("0 41 3 * * *"),
        Schedule::of::<subscriptions::jobs::Expire>("0 17 * * * *"),
        Schedule::of::<privacy::jobs::SweepArchives>("0 29 * * * *"),
        Schedule::of::<ai::jobs::SettleCalls>("0 */10 * * * *"),
    ],
};

/// The statements that delete rows after their retention time (docs/PRIVACY.md).
pub const PRUNE: &[&[&str]] = &[
    prune::PRUNE,
    bot::queries::PRUNE,
    probes::queries::PRUNE,
    audit::queries::PRUNE,
    readings::said::PRUNE,
    idempotency::queries::PRUNE,
    privacy::queries::PRUNE,
    ai::queries::PRUNE,
];

/// Every function and view of the database: `shared/<crate>/sql/`.
pub const DEFINITIONS: &[&[Definition<'static>]] = &[
    jobs::DEFINITIONS,
    ai::DEFINITIONS,
    people::DEFINITIONS,
    money::DEFINITIONS,
    readings::DEFINITIONS,
];

/// Every metric, as the lists of the features.
pub const METRICS: &[&[Metric]] = &[
    jobs::metrics::METRICS,
    ai::metrics::METRICS,
    people::metrics::METRICS,
    money::metrics::METRICS,
    readings::metrics::METRICS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use std::collections::HashSet;
    #[test]
    fn no_kind_no_queue_and_no_metric_is_listed_twice() {
        let metrics = METRICS.iter().copied().flatten().map(|metric| metric.name);
        for names in [JOBS.kind_names(), JOBS.queue_names(), metrics.collect()] {
            let different: HashSet<_> = names.iter().collect();
            assert_eq!(different.len(), names.len(), "{names:?}");
        }
    }
    #[test]
    fn every_job_runs_in_a_queue_of_the_list() {
        for entry in JOBS.kinds {
            assert_eq!(JOBS.queue(entry.queue.name()), Some(entry.queue));
        }
    }
    #[test]
    fn every_schedule_has_a_next_and_a_last_tick() {
        for schedule in JOBS.schedules {
            let now = Utc::now();
            let (last, next) = (schedule.last_tick(now), schedule.next_tick(now));
            assert!(last.expect("readable").expect("a last tick") <= now);
            assert!(next.expect("readable").expect("a next tick") > now);
        }
    }
}
