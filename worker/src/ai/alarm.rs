//! Tells operators that a vendor refuses our key, our account or a model: a fault of the deployment, which
//! only an operator can mend, and which every call meets again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vendors::ProviderError;
use vendors::ai::Vendor;

use super::outcome::label;

/// The least time between two lines about the same vendor.
const EVERY: Duration = Duration::from_secs(60);

/// When this process last told of each vendor.
static TOLD: Mutex<BTreeMap<Vendor, Instant>> = Mutex::new(BTreeMap::new());

/// Counts the refusal, and reports it to the log and to Sentry at most once a minute for each vendor.
pub(super) fn raise(vendor: Vendor, why: &ProviderError) {
    ai::metrics::ai_vendor_refused(vendor.name(), label(why.kind));
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if is_due(&mut told, vendor, Instant::now()) {
        kernel::telemetry::alarm(
            why,
            "an operator has to act: the vendor refuses our key, account or model",
        );
    }
}

fn is_due(told: &mut BTreeMap<Vendor, Instant>, vendor: Vendor, now: Instant) -> bool {
    let before = told.get(&vendor);
    let due = before.is_none_or(|before| now.duration_since(*before) >= EVERY);
    if due {
        told.insert(vendor, now);
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_is_told_of_once_a_minute() {
        let (mut told, now) = (BTreeMap::new(), Instant::now());
        let mut due =
            |vendor, seconds| is_due(&mut told, vendor, now + Duration::from_secs(seconds));
        assert!(due(Vendor::OpenAi, 0));
        assert!(!due(Vendor::OpenAi, 59));
        assert!(due(Vendor::Gemini, 59));
        assert!(due(Vendor::OpenAi, 60));
        assert!(!due(Vendor::OpenAi, 119));
    }
}
