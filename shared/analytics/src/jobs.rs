//! The chores of the sums.

use jobs::Entry;
use jobs::chore;
use jobs::cron::Schedule;

chore! {
    /// Reads what has happened since and moves all sums. Idempotent.
    RollUp, "analytics.roll_up.v1", 300
}

chore! {
    /// Counts the active persons of the days that have ended and the sign-ups that no fact tells, and recounts yesterday from the
    /// events. Idempotent.
    CountDays, "analytics.count_days.v1", 600
}

pub(crate) const JOBS: &[Entry] = &[Entry::of::<RollUp>(), Entry::of::<CountDays>()];

pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule::of::<RollUp>("*/10 * * * * *"),
    Schedule::of::<CountDays>("0 17 * * * *"),
];
