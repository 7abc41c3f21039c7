//! Chores of the audit log.

use jobs::cron::Schedule;
use jobs::{Entry, chore};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<SealLines>()];

pub(crate) const SCHEDULES: &[Schedule] = &[Schedule::of::<SealLines>("20 * * * * *")];

chore! {
    /// Chains the digests of new lines ([`crate::chain`]). Running twice seals nothing twice.
    SealLines, "audit.seal.v1", 300
}
