//! What is recorded about webhooks.

use events::{Fact, shape};
use kernel::facts::{FactKind, Field, Holds, Shape};
use serde::Serialize;
use uuid::Uuid;

pub(crate) const SHAPES: &[Shape] = &[shape::<Disabled>(), shape::<Tested>()];

pub(crate) const FACTS: &[FactKind] = &[Disabled::KIND, Tested::KIND];

const ENDPOINT: Field = Field {
    name: "endpoint",
    holds: Holds::Id,
    about: "The endpoint (`webhook_endpoints.id`).",
};

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
    const FIELDS: &'static [Field] = &[
        ENDPOINT,
        Field {
            name: "why",
            holds: Holds::OneOf(&["gone", "failing"]),
            about: "It answered 410, or it has taken nothing.",
        },
    ];
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
    const FIELDS: &'static [Field] = &[ENDPOINT];
}
