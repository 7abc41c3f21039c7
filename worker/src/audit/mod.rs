//! Chores of the audit log.

mod seal_lines;

use audit::jobs::SealLines;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<SealLines>()];
