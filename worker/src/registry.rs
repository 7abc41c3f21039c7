//! Which handler runs which kind of job: one line each. A test compares this with the catalogue.

use shared::features::ai::jobs::SettleCalls;
use shared::features::analyses::jobs::{
    FetchPhoto, Interpret, PrepareImage, ReadCup, RemovePhotos, SweepPhotos,
};
use shared::features::analyses::messages::{AnnounceAnalysis, DeliverAnalysis, ReportFailure};
use shared::features::bot::jobs::SendNotice;
use shared::features::payments::messages::PaymentSuccess;
use shared::features::privacy::jobs::{DeleteData, ExportData, SweepArchives};
use shared::features::privacy::messages::{TellDeletion, TellExport};
use shared::features::probes::jobs::{Noop, Probe};
use shared::features::subscriptions::jobs::Expire;
use shared::jobs::prune::Prune;

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
