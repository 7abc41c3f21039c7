//! Rows of `payments`, and what vendors say of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::subscriptions::model::SubscriptionTier;
use kernel::pg_enum;
use schema::payments;
pub use vendors::payment::Happened;
use vendors::payment::Notification;

pg_enum! {
    /// Who takes the money.
    PaymentProvider as schema::sql_types::PaymentProvider {
        TelegramStars = "telegram_stars",
        SbpTinkoff = "sbp_tinkoff",
        Cloudpayments = "cloudpayments",
    }
}

impl PaymentProvider {
    /// ISO 4217, or `XTR` for Telegram Stars.
    pub fn currency(self) -> &'static str {
        match self {
            Self::TelegramStars => "XTR",
            Self::SbpTinkoff | Self::Cloudpayments => "RUB",
        }
    }
}

pg_enum! {
    /// How a payment stands. Pending until a vendor's webhook says otherwise, never a client.
    PaymentStatus as schema::sql_types::PaymentStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
        Refunded = "refunded",
        Canceled = "canceled",
    }
}

/// Something to pay for: the intent, written before the vendor is asked.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = payments)]
pub struct NewPayment {
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub subscription_id: Option<Uuid>,
    pub provider: PaymentProvider,
    pub tier: SubscriptionTier,
    pub amount: Decimal,
    pub currency: &'static str,
    /// The order of which it is one more charge.
    pub repeats: Option<Uuid>,
}

/// A payment.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg))]
pub struct Payment {
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub subscription_id: Option<Uuid>,
    pub external_id: Option<String>,
    pub provider: PaymentProvider,
    pub tier: SubscriptionTier,
    pub amount: Decimal,
    pub currency: String,
    pub status: PaymentStatus,
    pub period_start: Option<DateTime<Utc>>,
    pub period_end: Option<DateTime<Utc>>,
    pub repeats: Option<Uuid>,
    pub told_at: Option<DateTime<Utc>>,
}

/// What a vendor says, whoever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub provider: PaymentProvider,
    /// What the vendor says our order is: the id of the payment, if it is one of ours.
    pub order_id: String,
    /// The vendor's number of the charge.
    pub external_id: String,
    /// The vendor's own word for what happened.
    pub status: String,
    pub happened: Happened,
    /// In whole units of the currency: roubles, Stars.
    pub amount: Decimal,
    pub currency: String,
}

impl Event {
    /// What the vendor of that provider says.
    pub fn of(provider: PaymentProvider, said: Notification) -> Self {
        Self {
            provider,
            order_id: said.order_id,
            external_id: said.external_id,
            status: said.status,
            happened: said.happened,
            amount: said.amount,
            currency: said.currency,
        }
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Paid, and the plan is theirs.
    Granted,
    /// Paid, but there is nobody any more to have the plan: for an operator to give back.
    Ownerless,
    /// Given back; the plan that it bought is gone.
    Returned,
    /// The payment failed or was abandoned.
    Closed,
    /// Nothing follows from it: it says what is known, or what does not matter.
    Noted,
    /// It does not fit its order. Nothing is granted; for an operator to look at.
    Mismatched,
    /// It fits no order of ours. For an operator to look at.
    Unknown,
}

impl Verdict {
    /// The spelling in `payment_events` and in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Ownerless => "ownerless",
            Self::Returned => "returned",
            Self::Closed => "closed",
            Self::Noted => "noted",
            Self::Mismatched => "mismatched",
            Self::Unknown => "unknown",
        }
    }
}
