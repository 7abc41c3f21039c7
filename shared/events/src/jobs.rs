//! The chore of the outbox.

use jobs::Entry;
use jobs::chore;
use jobs::cron::Schedule;

chore! {
    /// Makes the partitions of the next months and drops those that are old enough. Idempotent.
    KeepMonths, "events.keep_months.v1", 60
}

pub(crate) const JOBS: &[Entry] = &[Entry::of::<KeepMonths>()];

pub(crate) const SCHEDULES: &[Schedule] = &[Schedule::of::<KeepMonths>("0 41 3 * * *")];
