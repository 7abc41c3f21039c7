//! Webhooks of customers.

mod deliver;
pub(crate) mod fan_out;
mod tell_disabled;

use webhooks::jobs::{Deliver, TellDisabled};

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<Deliver>(),
    Registration::of::<TellDisabled>(),
];
