//! What is recorded about webhooks.

use events::Fact;
use kernel::facts::FactKind;
use serde::Serialize;
use uuid::Uuid;

pub(crate) const FACTS: &[FactKind] = &[Disabled::KIND, Tested::KIND];

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Disabled {
    pub endpoint: Uuid,
    pub why: &'static str,
}

impl Fact for Disabled {
    const KIND: FactKind = FactKind {
        name: "webhook.disabled",
        version: 1,
        about: "An endpoint of an account is switched off, because it answers 410, or has taken nothing for five days.",
    };
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Tested {
    pub endpoint: Uuid,
}

impl Fact for Tested {
    const KIND: FactKind = FactKind {
        name: "webhook.tested",
        version: 1,
        about: "A message is sent to an endpoint of an account to try it.",
    };
}
