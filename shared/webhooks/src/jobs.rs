//! The jobs of this crate.

use std::time::Duration;

use ::jobs::{Entry, Job, Queue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The queue of deliveries: receivers that are slow hold up no messages of ours.
pub const QUEUE: Queue = Queue::new("webhooks");

/// The jobs.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<Deliver>(), Entry::of::<TellDisabled>()];

/// Posts an event to an endpoint, again and again until it is taken or given up. At least once, always by the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    pub delivery_id: Uuid,
    pub endpoint_id: Uuid,
    pub account_id: Uuid,
}

impl Job for Deliver {
    const KIND: &'static str = "webhooks.deliver.v1";
    const QUEUE: Queue = QUEUE;
    /// The attempts of a delivery are counted in its row; these are spent by faults of ours alone.
    const MAX_ATTEMPTS: u16 = 50;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn subject(&self) -> Option<Uuid> {
        Some(self.account_id)
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.delivery_id.to_string())
    }

    /// A slow endpoint holds up its own deliveries alone, and many of them those of their account alone.
    fn limit_keys(&self) -> Vec<String> {
        vec![
            format!("webhook:{}", self.endpoint_id),
            format!("webhooks_of:{}", self.account_id),
        ]
    }
}

/// Tells those who answer for an account that an endpoint was switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellDisabled {
    pub endpoint_id: Uuid,
    pub account_id: Uuid,
}

impl Job for TellDisabled {
    const KIND: &'static str = "webhooks.tell_disabled.v1";
    const QUEUE: Queue = delivery::QUEUE;
    const MAX_ATTEMPTS: u16 = delivery::job::MAX_ATTEMPTS;
    const TIMEOUT: Duration = delivery::job::TIMEOUT;

    fn subject(&self) -> Option<Uuid> {
        Some(self.account_id)
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.endpoint_id.to_string())
    }
}
