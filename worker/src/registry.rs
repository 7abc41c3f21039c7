//! The kinds of jobs that this worker runs: one line each. A test compares this with the catalogue.

use shared::features::analyses::jobs::{
    FetchPhoto, Interpret, PrepareImage, ReadCup, RemovePhotos,
};
use shared::features::notifications::jobs::{
    AnnounceAnalysis, DeliverAnalysis, PaymentSuccess, ReportFailure, SendNotice, TellDeletion,
    TellExport,
};
use shared::features::privacy::jobs::{DeleteData, ExportData};
use shared::features::probes::jobs::{Noop, Probe};
use shared::features::retention::jobs::{Prune, SettleCalls, SweepArchives, SweepPhotos};
use shared::features::subscriptions::jobs::Expire;

use crate::runtime::handler::Registration;
use crate::state::WorkerState;

/// Every kind that this worker runs.
pub const ALL: &[Registration<WorkerState>] = &[
    Registration::of::<FetchPhoto>(),
    Registration::of::<PrepareImage>(),
    Registration::of::<ReadCup>(),
    Registration::of::<Interpret>(),
    Registration::of::<RemovePhotos>(),
    Registration::of::<AnnounceAnalysis>(),
    Registration::of::<DeliverAnalysis>(),
    Registration::of::<ReportFailure>(),
    Registration::of::<SendNotice>(),
    Registration::of::<PaymentSuccess>(),
    Registration::of::<Expire>(),
    Registration::of::<TellExport>(),
    Registration::of::<TellDeletion>(),
    Registration::of::<ExportData>(),
    Registration::of::<DeleteData>(),
    Registration::of::<Prune>(),
    Registration::of::<SweepPhotos>(),
    Registration::of::<SweepArchives>(),
    Registration::of::<SettleCalls>(),
    Registration::of::<Probe>(),
    Registration::of::<Noop>(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_of_the_catalogue_has_a_handler_and_the_reverse() {
        let registered: Vec<_> = ALL.iter().map(|one| one.entry.kind).collect();
        assert_eq!(registered, shared::product::JOBS.kind_names());
    }
}
