//! The chores of usage.

use jobs::Entry;
use jobs::chore;
use jobs::cron::Schedule;

chore! {
    /// Counts what the outbox says of usage, ends the leases of dead processes, and tells accounts of quotas that are nearly
    /// used up. Running it twice changes nothing more.
    CountUsage, "usage.count.v1", 600
}
chore! {
    /// Counts yesterday again, and repairs it. Running it twice changes nothing more.
    RecountUsage, "usage.recount.v1", 3600
}
chore! {
    /// Makes the partitions of the next months and drops those that are old enough. Idempotent.
    KeepUsageMonths, "usage.keep_months.v1", 60
}

pub(crate) const JOBS: &[Entry] = &[
    Entry::of::<CountUsage>(),
    Entry::of::<RecountUsage>(),
    Entry::of::<KeepUsageMonths>(),
];

pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule::of::<CountUsage>("20 * * * * *"),
    // The day before is over in every zone.
    Schedule::of::<RecountUsage>("0 23 13 * * *"),
    Schedule::of::<KeepUsageMonths>("0 43 3 * * *"),
];
