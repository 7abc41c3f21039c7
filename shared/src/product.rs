//! The product: the lists of its features, put together. The only place that knows them all.
use crate::features::{
    ai, analyses, audit, bot, delivery, idempotency, payments, privacy, probes, subscriptions,
};
use crate::jobs::catalogue::{Catalogue, Entry};
use crate::jobs::cron::Schedule;
use crate::jobs::prune;
use crate::telemetry::metrics::Metric;
use crate::{jobs, telemetry};
/// Every job. A test compares the kinds with the worker's registry, so that no kind is enqueued
/// that no worker runs.
pub const JOBS: Catalogue = Catalogue {
    queues: &[
        analyses::jobs::IMAGE,
        analyses::jobs::ANALYSIS,
        delivery::QUEUE,
        payments::QUEUE,
        privacy::QUEUE,
        jobs::MAINTENANCE,
    ],
    kinds: &[
        Entry::of::<analyses::jobs::FetchPhoto>(),
        Entry::of::<analyses::jobs::PrepareImage>(),
        Entry::of::<analyses::jobs::ReadCup>(),
        Entry::of::<analyses::jobs::Interpret>(),
        Entry::of::<analyses::jobs::RemovePhotos>(),
        Entry::of::<analyses::messages::AnnounceAnalysis>(),
        Entry::of::<analyses::messages::DeliverAnalysis>(),
        Entry::of::<analyses::messages::ReportFailure>(),
        Entry::of::<bot::jobs::SendNotice>(),
        Entry::of::<payments::messages::PaymentSuccess>(),
        Entry::of::<subscriptions::jobs::Expire>(),
        Entry::of::<privacy::messages::TellExport>(),
        Entry::of::<privacy::messages::TellDeletion>(),
        Entry::of::<privacy::jobs::ExportData>(),
        Entry::of::<privacy::jobs::DeleteData>(),
        Entry::of::<prune::Prune>(),
        Entry::of::<analyses::jobs::SweepPhotos>(),
        Entry::of::<privacy::jobs::SweepArchives>(),
        Entry::of::<ai::jobs::SettleCalls>(),
        Entry::of::<probes::jobs::Probe>(),
        Entry::of::<probes::jobs::Noop>(),
    ],
    schedules: &[
        Schedule::of::<prune::Prune>("0 17 * * * *"),
        Schedule::of::<analyses::jobs::SweepPhotos>("0 41 3 * * *"),
        Schedule::of::<subscriptions::jobs::Expire>("0 17 * * * *"),
        Schedule::of::<privacy::jobs::SweepArchives>("0 29 * * * *"),
        Schedule::of::<ai::jobs::SettleCalls>("0 */10 * * * *"),
    ],
};
/// The statements that delete what each feature keeps only for a while (docs/PRIVACY.md).
pub const PRUNE: &[&[&str]] = &[
    prune::PRUNE,
    bot::queries::PRUNE,
    probes::queries::PRUNE,
    audit::queries::PRUNE,
    analyses::said::PRUNE,
    idempotency::queries::PRUNE,
    privacy::queries::PRUNE,
    ai::queries::PRUNE,
];

/// Every metric, as the lists of the features.
pub const METRICS: &[&[Metric]] = &[telemetry::metrics::METRICS, jobs::metrics::METRICS];
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
