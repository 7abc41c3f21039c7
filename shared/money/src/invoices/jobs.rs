//! The jobs of invoices.

use std::time::Duration;

use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue, chore};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

chore! {
    /// Issues what is lacking (what a process of the previous release has settled), and forgets buyers after the time of
    /// the law. Running it twice changes nothing more.
    IssueInvoices, "money.issue_invoices.v1", 1_800
}

/// Sends an invoice to a person by letter. Once: the letter has a key of this job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendInvoiceLetter {
    pub user_id: Uuid,
    pub invoice_id: Uuid,
}

impl Job for SendInvoiceLetter {
    const KIND: &'static str = "money.send_invoice_letter.v1";
    const QUEUE: Queue = delivery::QUEUE;
    const MAX_ATTEMPTS: u16 = delivery::job::MAX_ATTEMPTS;
    const TIMEOUT: Duration = delivery::job::TIMEOUT;

    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id)
    }

    /// Asked for again while it waits, it is the same letter.
    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.invoice_id, self.user_id))
    }
}

pub(crate) const JOBS: &[Entry] = &[
    Entry::of::<IssueInvoices>(),
    Entry::of::<SendInvoiceLetter>(),
];

pub(crate) const SCHEDULE: Schedule = Schedule::of::<IssueInvoices>("0 50 3 * * *");
