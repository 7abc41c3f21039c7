//! Export and deletion of personal data (docs/PRIVACY.md).

mod archive;
mod ask_link;
mod decide_request;
mod delete_data;
mod export_data;
mod sweep_archives;
mod tell_deletion;
mod tell_export;
mod tell_linked;

use people::accounts::jobs::DecideAddressRequest;
use people::privacy::jobs::{DeleteData, ExportData, SweepArchives};
use people::privacy::messages::{AskLink, TellDeletion, TellExport, TellLinked};

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<ExportData>(),
    Registration::of::<DeleteData>(),
    Registration::of::<TellExport>(),
    Registration::of::<TellDeletion>(),
    Registration::of::<AskLink>(),
    Registration::of::<TellLinked>(),
    Registration::of::<SweepArchives>(),
    Registration::of::<DecideAddressRequest>(),
];
