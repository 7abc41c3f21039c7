//! Chores of the ledger.

mod prune;

use jobs::prune::Prune;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<Prune>()];
