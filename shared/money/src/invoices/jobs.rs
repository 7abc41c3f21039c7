//! The scheduled job of invoices.

use jobs::Entry;
use jobs::chore;
use jobs::cron::Schedule;

chore! {
    /// Issues what is lacking (what a process of the previous release has settled), and forgets buyers after the time of
    /// the law. Running it twice changes nothing more.
    IssueInvoices, "money.issue_invoices.v1", 1_800
}

pub(crate) const JOBS: &[Entry] = &[Entry::of::<IssueInvoices>()];

pub(crate) const SCHEDULE: Schedule = Schedule::of::<IssueInvoices>("0 50 3 * * *");
