//! The chore of the outbox.

mod keep_months;

use events::jobs::KeepMonths;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<KeepMonths>()];
