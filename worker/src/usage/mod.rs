//! Chores of usage, and the message about a quota.

mod count;
mod keep_months;
mod notice;
mod recount;

use usage::jobs::{CountUsage, KeepUsageMonths, RecountUsage};
use usage::messages::QuotaNotice;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<CountUsage>(),
    Registration::of::<RecountUsage>(),
    Registration::of::<KeepUsageMonths>(),
    Registration::of::<QuotaNotice>(),
];
