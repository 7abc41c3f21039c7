//! Webhooks of customers.

mod deliver;
mod disabled_notice;
pub(crate) mod fan_out;
mod tell_disabled;

use webhooks::jobs::{Deliver, TellDisabled};
use webhooks::messages::DisabledNotice;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<Deliver>(),
    Registration::of::<TellDisabled>(),
    Registration::of::<DisabledNotice>(),
];
