//! Chores of the journal of paid calls.

use jobs::cron::Schedule;
use jobs::{Entry, chore};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<SettleCalls>()];

pub(crate) const SCHEDULES: &[Schedule] = &[Schedule::of::<SettleCalls>("0 */10 * * * *")];

chore! {
    /// Settles open paid calls whose job will not run any more. Idempotent.
    SettleCalls, "retention.settle_calls.v1", 300
}
