//! The chores of the sums.

mod count_days;
mod roll_up;

use analytics::jobs::{CountDays, RollUp};

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<RollUp>(),
    Registration::of::<CountDays>(),
];
