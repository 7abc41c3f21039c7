//! Messages of the bot that belong to no reading.

mod send_notice;

use bot::jobs::SendNotice;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<SendNotice>()];
