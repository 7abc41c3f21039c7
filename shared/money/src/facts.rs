//! What is recorded about money.

use events::Fact;
use kernel::currencies::minor;
use kernel::facts::FactKind;
use serde::Serialize;
use uuid::Uuid;

use crate::payments::model::{Payment, PaymentProvider, PaymentStatus};
use crate::subscriptions::model::SubscriptionTier;

pub(crate) const FACTS: &[FactKind] = &[PaymentMoved::KIND, PlanChanged::KIND];

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
