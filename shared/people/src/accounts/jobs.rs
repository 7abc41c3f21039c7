//! The jobs of accounts.

use std::time::Duration;

use ::jobs::{Entry, Job, Queue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<DecideAddressRequest>()];

/// Looks whether an address is known, and writes to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideAddressRequest {
    pub request_id: Uuid,
}

impl Job for DecideAddressRequest {
    const KIND: &'static str = "accounts.decide_request.v1";
    const QUEUE: Queue = delivery::QUEUE;
    const MAX_ATTEMPTS: u16 = 10;
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Whose the address is, is what it finds out.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn priority(&self) -> ::jobs::Priority {
        ::jobs::Priority::High
    }
}
