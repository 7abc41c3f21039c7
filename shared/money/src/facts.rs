//! What is recorded about money.

use chrono::{DateTime, Utc};
use events::{Fact, shape};
use kernel::currencies::minor;
use kernel::facts::{FactKind, Field, Holds, Shape};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments::model::{Payment, PaymentProvider, PaymentStatus};
use crate::subscriptions::model::SubscriptionTier;

pub(crate) const SHAPES: &[Shape] = &[
    shape::<PaymentMoved<'_>>(),
    shape::<PaymentBooked<'_>>(),
    shape::<PlanChanged<'_>>(),
    shape::<SubscriptionMoved>(),
];

pub(crate) const FACTS: &[FactKind] = &[
    PaymentMoved::KIND,
    PaymentBooked::KIND,
    PlanChanged::KIND,
    SubscriptionMoved::KIND,
];

const TIERS: &[&str] = &[
    "FREE",
    "TRIAL",
    "BASIC",
    "ADVANCED",
    "PREMIUM",
    "PRO",
    "ENTERPRISE",
];

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PaymentMoved<'a> {
    pub payment: Uuid,
    pub from: PaymentStatus,
    pub to: PaymentStatus,
    /// In the smallest unit of the currency.
    pub amount: i64,
    pub currency: &'a str,
    pub provider: PaymentProvider,
    /// The plan that it is for.
    pub tier: SubscriptionTier,
}

impl<'a> PaymentMoved<'a> {
    pub fn of(payment: &'a Payment, from: PaymentStatus, to: PaymentStatus) -> Self {
        Self {
            payment: payment.id,
            from,
            to,
            amount: minor(payment.amount, &payment.currency).unwrap_or_default(),
            currency: &payment.currency,
            provider: payment.provider,
            tier: payment.tier,
        }
    }
}

impl Fact for PaymentMoved<'_> {
    const KIND: FactKind = FactKind {
        name: "payment.moved",
        version: 1,
        about: "A payment has another status.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "payment",
            holds: Holds::Id,
            about: "Of the payment.",
        },
        Field {
            name: "from",
            holds: Holds::Text,
            about: "Its status before.",
        },
        Field {
            name: "to",
            holds: Holds::Text,
            about: "Its status now.",
        },
        Field {
            name: "amount",
            holds: Holds::Integer,
            about: "In the smallest unit of the currency.",
        },
        Field {
            name: "currency",
            holds: Holds::Text,
            about: "ISO 4217, or XTR for Telegram Stars.",
        },
        Field {
            name: "provider",
            holds: Holds::Text,
            about: "The vendor.",
        },
        Field {
            name: "tier",
            holds: Holds::OneOf(TIERS),
            about: "The plan that it is for.",
        },
    ];
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PaymentBooked<'a> {
    pub payment: Uuid,
    /// The kind of the entry: `paid`, `returned`, `return_failed`, `disputed` or `dispute_closed`.
    pub kind: &'static str,
    /// In the smallest unit of the currency, positive.
    pub amount: i64,
    pub currency: &'a str,
    pub provider: PaymentProvider,
    /// The plan that it is for.
    pub tier: SubscriptionTier,
    /// When the money moved.
    pub at: DateTime<Utc>,
}

impl Fact for PaymentBooked<'_> {
    const KIND: FactKind = FactKind {
        name: "payment.booked",
        version: 1,
        about: "Money of a payment has come, gone back or is held, as the books have it; once an entry.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "payment",
            holds: Holds::Id,
            about: "Of the payment.",
        },
        Field {
            name: "kind",
            holds: Holds::OneOf(&[
                "paid",
                "returned",
                "return_failed",
                "disputed",
                "dispute_closed",
            ]),
            about: "The kind of the entry.",
        },
        Field {
            name: "amount",
            holds: Holds::Integer,
            about: "In the smallest unit of the currency.",
        },
        Field {
            name: "currency",
            holds: Holds::Text,
            about: "ISO 4217, or XTR for Telegram Stars.",
        },
        Field {
            name: "provider",
            holds: Holds::Text,
            about: "The vendor.",
        },
        Field {
            name: "tier",
            holds: Holds::OneOf(TIERS),
            about: "The plan that it is for.",
        },
        Field {
            name: "at",
            holds: Holds::Moment,
            about: "When the money moved.",
        },
    ];
}

const RECURRING: Holds = Holds::Fields(&[
    Field {
        name: "tier",
        holds: Holds::OneOf(TIERS),
        about: "The plan.",
    },
    Field {
        name: "currency",
        holds: Holds::Text,
        about: "ISO 4217, or XTR for Telegram Stars.",
    },
    Field {
        name: "mrr",
        holds: Holds::Integer,
        about: "A month, in the smallest unit of the currency.",
    },
]);

/// What recurs of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recurring {
    pub tier: String,
    pub currency: String,
    /// A month, in the smallest unit of the currency.
    pub mrr: i64,
}

/// Also written by the statements of an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SubscriptionMoved {
    /// `new`, `expansion`, `contraction`, `churn` or `reactivation`.
    pub movement: &'static str,
    pub from: Option<Recurring>,
    pub to: Option<Recurring>,
}

impl Fact for SubscriptionMoved {
    const KIND: FactKind = FactKind {
        name: "subscription.moved",
        version: 1,
        about: "Of an account another amount recurs each month, or another plan.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "movement",
            holds: Holds::OneOf(&["new", "expansion", "contraction", "churn", "reactivation"]),
            about: "What has become of what recurs.",
        },
        Field {
            name: "from",
            holds: Holds::Maybe(&RECURRING),
            about: "What recurred before; null: nothing.",
        },
        Field {
            name: "to",
            holds: Holds::Maybe(&RECURRING),
            about: "What recurs now; null: nothing.",
        },
    ];
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PlanChanged<'a> {
    pub from: SubscriptionTier,
    pub to: SubscriptionTier,
    /// The action in the audit log.
    pub why: &'a str,
}

impl Fact for PlanChanged<'_> {
    const KIND: FactKind = FactKind {
        name: "plan.changed",
        version: 1,
        about: "A person has another plan.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "from",
            holds: Holds::OneOf(TIERS),
            about: "The plan before.",
        },
        Field {
            name: "to",
            holds: Holds::OneOf(TIERS),
            about: "The plan now.",
        },
        Field {
            name: "why",
            holds: Holds::Text,
            about: "The action in the audit log.",
        },
    ];
}
