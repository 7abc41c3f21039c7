//! The events that customers can be told of. What is not in this list stays inside. What their data holds, the shapes of the
//! facts say.

use crate::facts::{Disabled, Tested};
use events::Fact;

/// A type of events.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// The name of its fact.
    pub name: &'static str,
    /// That of its data.
    pub version: i16,
    /// When it happens.
    pub about: &'static str,
    /// Whether it can be subscribed to: the event of a test comes only where the test was asked for.
    pub is_offered: bool,
}

/// All of them.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "reading.created",
        version: 1,
        about: "A reading is accepted.",
        is_offered: true,
    },
    EventType {
        name: "reading.ended",
        version: 1,
        about: "A reading is complete, has failed or is cancelled.",
        is_offered: true,
    },
    EventType {
        name: "payment.moved",
        version: 1,
        about: "A payment has another status.",
        is_offered: true,
    },
    EventType {
        name: "plan.changed",
        version: 1,
        about: "The account has another plan.",
        is_offered: true,
    },
    EventType {
        name: "quota.reached",
        version: 1,
        about: "The account has used 80 or 100 % of a quota.",
        is_offered: true,
    },
    EventType {
        name: "key.used",
        version: 1,
        about: "An API key is used for the first time on a day, by UTC.",
        is_offered: true,
    },
    EventType {
        name: Disabled::KIND.name,
        version: Disabled::KIND.version,
        about: "An endpoint was switched off, because it answered 410, or has taken nothing for five days.",
        is_offered: true,
    },
    EventType {
        name: Tested::KIND.name,
        version: Tested::KIND.version,
        about: "A test was asked for. It comes to that endpoint alone.",
        is_offered: false,
    },
];

/// Whether an endpoint can subscribe to events of this name.
pub fn is_offered(name: &str) -> bool {
    TYPES.iter().any(|one| one.name == name && one.is_offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_test_cannot_be_subscribed_to() {
        assert!(is_offered("reading.ended"));
        assert!(!is_offered("webhook.tested"));
        assert!(!is_offered("person.created"));
    }
}
