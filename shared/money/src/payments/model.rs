//! Rows of `payments`, and the vendors' events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::subscriptions::model::SubscriptionTier;
use kernel::{pg_enum, telemetry};
use schema::payments;
pub use vendors::payment::Happened;
use vendors::payment::{Notification, Refusal, Sought};

pg_enum! {
    /// The provider that takes the money.
    PaymentProvider as schema::sql_types::PaymentProvider {
        TelegramStars = "telegram_stars",
        SbpTinkoff = "sbp_tinkoff",
        Cloudpayments = "cloudpayments",
        Stripe = "stripe",
        Paypal = "paypal",
        Btcpay = "btcpay",
        Comgate = "comgate",
    }
}

pg_enum! {
    /// The state of a payment. Only a vendor's webhook ends `pending`, never a client.
    PaymentStatus as schema::sql_types::PaymentStatus {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
        Refunded = "refunded",
        Canceled = "canceled",
    }
}

/// What a person wants to buy: a month of a plan.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub user_id: Uuid,
    pub tier: SubscriptionTier,
    pub provider: PaymentProvider,
    /// The price of this moment, in whole units of the currency.
    pub amount: Decimal,
    pub currency: String,
    /// Whether the plan is to be renewed after it.
    pub renew: bool,
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
    pub currency: String,
    /// The order of which it is one more charge.
    pub repeats: Option<Uuid>,
    /// Whether its person wants the plan to be renewed after it.
    pub renew: bool,
    /// `renewal` or `upgrade`, of what we charge ourselves.
    pub charge: Option<&'static str>,
    /// The window that a charge is to buy.
    pub planned_from: Option<DateTime<Utc>>,
    pub planned_until: Option<DateTime<Utc>>,
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
    pub created_at: DateTime<Utc>,
    /// When its status changed last, unless it is still the first one.
    pub processed_at: Option<DateTime<Utc>>,
    /// Why it ended without money: a code of the catalogue.
    pub error_code: Option<String>,
    /// The Telegram id of the person who paid, if the vendor says it.
    pub payer: Option<i64>,
    paid_at: Option<DateTime<Utc>>,
    /// What has gone back of it in all, as far as the sum is known; in whole units of the currency.
    pub returned: Decimal,
    /// What its vendor holds because a bank demands it back.
    pub disputed: Decimal,
    taken_back_at: Option<DateTime<Utc>>,
    /// Whether its person wants the plan to be renewed after it.
    pub renew: bool,
    /// `renewal` or `upgrade`, of what we charge ourselves; `None`: the person pays it at a page.
    pub charge: Option<String>,
    /// The window that a charge is to buy.
    pub planned_from: Option<DateTime<Utc>>,
    pub planned_until: Option<DateTime<Utc>>,
}

impl Payment {
    /// When its money came. A process of the previous release writes the change of the status alone.
    pub fn paid_at(&self) -> Option<DateTime<Utc>> {
        let change = self
            .processed_at
            .filter(|_| self.status == PaymentStatus::Succeeded);
        self.paid_at.or(change)
    }

    /// Names it, and its person, in what is reported of the request or the job at hand.
    pub fn name_in_reports(&self) {
        if let Some(person) = self.user_id {
            telemetry::about_person(person);
        }
        let amount = self.amount.to_string();
        telemetry::about_payment(self.id, self.provider.as_str(), &amount, &self.currency);
    }

    /// What a vendor is asked about it by.
    pub fn sought(&self) -> Sought {
        Sought {
            id: self.id,
            external_id: self.external_id.clone(),
            created_at: self.created_at,
        }
    }

    /// The same of its charge, also if that is one more of an order.
    pub fn sought_charge(&self) -> Sought {
        Sought {
            id: self.repeats.unwrap_or(self.id),
            ..self.sought()
        }
    }

    /// What has gone back. A process of the previous release writes the status alone.
    pub fn gone(&self) -> Decimal {
        match self.status {
            PaymentStatus::Refunded => self.amount,
            _ => self.returned,
        }
    }

    /// When the time that it had bought was taken back. A process of the previous release writes the status alone.
    pub fn taken_back_at(&self) -> Option<DateTime<Utc>> {
        self.taken_back_at.or(self.refunded_at())
    }

    /// When its money went back.
    pub fn refunded_at(&self) -> Option<DateTime<Utc>> {
        self.processed_at
            .filter(|_| self.status == PaymentStatus::Refunded)
    }
}

/// An event of any vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub provider: PaymentProvider,
    /// The order as the vendor names it: the id of a payment, if the order is ours.
    pub order_id: String,
    /// The vendor's number of the charge.
    pub external_id: String,
    /// The vendor's own status.
    pub status: String,
    pub happened: Happened,
    /// In whole units of the currency: roubles, Stars.
    pub amount: Decimal,
    pub currency: String,
    /// The Telegram id of the person who paid, if the vendor says it.
    pub payer: Option<i64>,
    pub refusal: Option<Refusal>,
    /// What has gone back of the charge in all, if the vendor says it.
    pub returned: Option<Decimal>,
    /// What is kept of the vendor's words.
    pub words: Value,
}

impl Event {
    /// The event in a vendor's notification.
    pub fn of(provider: PaymentProvider, notification: Notification) -> Self {
        Self {
            provider,
            order_id: notification.order_id,
            external_id: notification.external_id,
            status: notification.status,
            happened: notification.happened,
            amount: notification.amount,
            currency: notification.currency,
            payer: notification.payer,
            refusal: notification.refusal,
            returned: notification.returned,
            words: notification.words,
        }
    }
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Paid, and the person has the plan.
    Granted,
    /// Paid, but the person no longer exists: an operator refunds it.
    Ownerless,
    /// Refunded; the plan that it bought is taken back.
    Returned,
    /// The payment failed or was abandoned.
    Closed,
    /// No effect: it is known already, or does not matter.
    Noted,
    /// Amount or currency differ from the order. Nothing is granted; an operator checks it.
    Mismatched,
    /// No such order. An operator checks it.
    Unknown,
}

impl Outcome {
    /// The spelling in `payment_reports` and in the metrics.
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
