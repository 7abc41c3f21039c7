//! Who handles which kind of job: one line each. A test compares this with the catalogue.

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

/// Every kind that this worker runs.
pub const ALL: &[Registration] = &[
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

/// The registration of a kind.
pub fn find(kind: &str) -> Option<&'static Registration> {
    ALL.iter()
        .find(|registration| registration.entry.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_of_the_catalogue_has_a_handler_and_the_reverse() {
        let registered: Vec<_> = ALL
            .iter()
            .map(|registration| registration.entry.kind)
            .collect();
        assert_eq!(registered, shared::product::JOBS.kind_names());
    }
}
