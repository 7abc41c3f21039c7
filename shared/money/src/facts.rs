//! What is recorded about money.

use chrono::{DateTime, Utc};
use events::Fact;
use kernel::currencies::minor;
use kernel::facts::FactKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments::model::{Payment, PaymentProvider, PaymentStatus};
use crate::subscriptions::model::SubscriptionTier;

pub(crate) const FACTS: &[FactKind] = &[
    PaymentMoved::KIND,
    PaymentBooked::KIND,
    PlanChanged::KIND,
    SubscriptionMoved::KIND,
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
}

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
}
