//! What is recorded about people and keys.

use chrono::{DateTime, Utc};
use events::{Fact, shape};
use kernel::facts::{FactKind, Field, Holds, Shape};
use serde::Serialize;
use uuid::Uuid;

pub(crate) const SHAPES: &[Shape] = &[
    shape::<PersonCreated>(),
    shape::<PersonVerified>(),
    shape::<PersonLinked>(),
    shape::<PersonSignedIn>(),
    shape::<SecondFactorOn>(),
    shape::<SecondFactorOff>(),
    shape::<PersonDeleted>(),
    shape::<KeyUsed>(),
];

pub(crate) const FACTS: &[FactKind] = &[
    PersonCreated::KIND,
    PersonVerified::KIND,
    PersonLinked::KIND,
    PersonSignedIn::KIND,
    SecondFactorOn::KIND,
    SecondFactorOff::KIND,
    PersonDeleted::KIND,
    KeyUsed::KIND,
];

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PersonCreated {
    /// Of the identity that they came with.
    pub provider: &'static str,
}

impl Fact for PersonCreated {
    const KIND: FactKind = FactKind {
        name: "person.created",
        version: 1,
        about: "A person is seen for the first time, or again after their data was deleted.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "provider",
        holds: Holds::Text,
        about: "Of the identity that they came with: `telegram` or `email`.",
    }];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PersonVerified {
    /// Of the identity.
    pub provider: &'static str,
    /// When the person came, if this is the first address that they prove.
    pub since: Option<DateTime<Utc>>,
}

impl Fact for PersonVerified {
    const KIND: FactKind = FactKind {
        name: "person.verified",
        version: 1,
        about: "A person proves their address.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "provider",
            holds: Holds::Text,
            about: "Of the identity: `telegram` or `email`.",
        },
        Field {
            name: "since",
            holds: Holds::Maybe(&Holds::Moment),
            about: "When the person came, if this is the first address that they prove.",
        },
    ];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PersonLinked {
    /// Of the identity.
    pub provider: &'static str,
}

impl Fact for PersonLinked {
    const KIND: FactKind = FactKind {
        name: "person.linked",
        version: 1,
        about: "A person gets another way in.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "provider",
        holds: Holds::Text,
        about: "Of the identity: `telegram` or `email`.",
    }];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PersonSignedIn {
    /// As in the access token (RFC 8176).
    pub method: &'static str,
}

impl Fact for PersonSignedIn {
    const KIND: FactKind = FactKind {
        name: "person.signed_in",
        version: 1,
        about: "A session of a person begins.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "method",
        holds: Holds::Text,
        about: "As in the access token (RFC 8176).",
    }];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct SecondFactorOn {
    /// As in the access token (RFC 8176).
    pub method: &'static str,
}

impl Fact for SecondFactorOn {
    const KIND: FactKind = FactKind {
        name: "person.second_factor_on",
        version: 1,
        about: "A person sets up a second factor.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "method",
        holds: Holds::Text,
        about: "As in the access token (RFC 8176).",
    }];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct SecondFactorOff {
    /// As in the access token (RFC 8176).
    pub method: &'static str,
}

impl Fact for SecondFactorOff {
    const KIND: FactKind = FactKind {
        name: "person.second_factor_off",
        version: 1,
        about: "A person switches a second factor off.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "method",
        holds: Holds::Text,
        about: "As in the access token (RFC 8176).",
    }];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PersonDeleted {}

impl Fact for PersonDeleted {
    const KIND: FactKind = FactKind {
        name: "person.deleted",
        version: 1,
        about: "The data of a person is deleted; nothing says whose.",
    };
    const FIELDS: &'static [Field] = &[];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct KeyUsed {
    pub key: Uuid,
}

impl Fact for KeyUsed {
    const KIND: FactKind = FactKind {
        name: "key.used",
        version: 1,
        about: "A key is used for the first time on a day, by UTC.",
    };
    const FIELDS: &'static [Field] = &[Field {
        name: "key",
        holds: Holds::Id,
        about: "Of the key.",
    }];
}
