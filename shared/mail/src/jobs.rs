//! The jobs of this crate.

use std::time::Duration;

use ::jobs::{Entry, Job, Queue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The jobs.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<SendEmail>()];

/// Sends a letter. Once as far as can be known: an attempt is noted before it (`emails.status`), its end after it,
/// and an end that nobody has seen makes one more attempt for letters of security and none for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendEmail {
    pub email_id: Uuid,
    /// The person of the letter.
    pub user_id: Option<Uuid>,
    /// Of its address: servers bound how many connections they take.
    pub domain: String,
}

impl Job for SendEmail {
    const KIND: &'static str = "mail.send.v1";
    const QUEUE: Queue = delivery::QUEUE;
    const MAX_ATTEMPTS: u16 = delivery::job::MAX_ATTEMPTS;
    const TIMEOUT: Duration = delivery::job::TIMEOUT;

    fn subject(&self) -> Option<Uuid> {
        self.user_id
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.email_id.to_string())
    }

    fn limit_keys(&self) -> Vec<String> {
        vec!["mail".to_owned(), format!("mail_domain:{}", self.domain)]
    }
}
