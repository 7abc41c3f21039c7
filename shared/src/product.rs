//! The product: the lists of its features, put together. The only place that knows them all.

use crate::features::{
    analyses, notifications, payments, privacy, probes, retention, subscriptions,
};
use crate::jobs::catalogue::{Catalogue, Entry};
use crate::jobs::cron::Schedule;
use crate::telemetry::metrics::Metric;
use crate::{jobs, telemetry};

/// Every job. A test compares the kinds with the worker's registry, so that no kind is enqueued
/// that no worker runs.
pub const JOBS: Catalogue = Catalogue {
    queues: &[
        analyses::jobs::IMAGE,
        analyses::jobs::ANALYSIS,
        notifications::QUEUE,
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
        Entry::of::<notifications::jobs::AnnounceAnalysis>(),
        Entry::of::<notifications::jobs::DeliverAnalysis>(),
        Entry::of::<notifications::jobs::ReportFailure>(),
        Entry::of::<notifications::jobs::SendNotice>(),
        Entry::of::<notifications::jobs::PaymentSuccess>(),
        Entry::of::<subscriptions::jobs::Expire>(),
        Entry::of::<notifications::jobs::TellExport>(),
        Entry::of::<notifications::jobs::TellDeletion>(),
        Entry::of::<privacy::jobs::ExportData>(),
        Entry::of::<privacy::jobs::DeleteData>(),
        Entry::of::<retention::jobs::Prune>(),
        Entry::of::<retention::jobs::SweepPhotos>(),
        Entry::of::<retention::jobs::SweepArchives>(),
        Entry::of::<retention::jobs::SettleCalls>(),
        Entry::of::<probes::jobs::Probe>(),
        Entry::of::<probes::jobs::Noop>(),
    ],
    schedules: &[
        Schedule::of::<retention::jobs::Prune>("0 17 * * * *"),
        Schedule::of::<retention::jobs::SweepPhotos>("0 41 3 * * *"),
        Schedule::of::<subscriptions::jobs::Expire>("0 17 * * * *"),
        Schedule::of::<retention::jobs::SweepArchives>("0 29 * * * *"),
        Schedule::of::<retention::jobs::SettleCalls>("0 */10 * * * *"),
    ],
};

/// Every metric, as the lists of the features.
pub const METRICS: &[&[Metric]] = &[telemetry::metrics::METRICS, jobs::metrics::METRICS];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::Utc;

    use super::*;

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
