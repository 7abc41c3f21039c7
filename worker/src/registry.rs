//! The handlers of all kinds of jobs, one a line. A test compares them with the catalogue.

use ai::jobs::SettleCalls;
use bot::jobs::SendNotice;
use jobs::prune::Prune;
use money::payments::messages::PaymentSuccess;
use money::subscriptions::jobs::Expire;
use people::privacy::jobs::{DeleteData, ExportData, SweepArchives};
use people::privacy::messages::{TellDeletion, TellExport};
use probes::jobs::{Noop, Probe};
use readings::jobs::{FetchPhoto, Interpret, PrepareImage, ReadCup, RemovePhotos, SweepPhotos};
use readings::messages::{AnnounceAnalysis, DeliverAnalysis, ReportFailure};

use crate::state::WorkerState;
use runtime::handler::Registration;

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
        assert_eq!(registered, product::JOBS.kind_names());
    }
}
