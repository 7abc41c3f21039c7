//! What every gateway can do, and the form in which it tells what happened.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::elements::Elements;
use super::manners::Manners;
use super::order::Order;
use super::receipt::{Receipt, Verdict};
use super::saved::{Kept, Renewal, Renewed, Saved};
use super::statement::Line;
use crate::{ProviderError, ProviderErrorKind};

/// A gateway: a place to pay at, a webhook, and a way to give money back.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Its names, its currencies, and how its plans go on.
    fn terms(&self) -> Terms;

    /// What it can be asked for afterwards.
    fn manners(&self) -> Manners {
        Manners::of(self.terms().provider)
    }

    /// Opens a place to pay at. Moves no money; asked twice, there are two of the same order.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError>;

    /// Verifies that the vendor sent a call of the webhook; of a vendor that proves nothing, that it may have.
    ///
    /// # Errors
    /// Why it is not believed. [`Disbelief::Unproven`]: it cannot be told now, the vendor is to send it again.
    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief>;

    /// Whether a call that is verified has come from the vendor for sure.
    fn is_proven(&self) -> bool {
        true
    }

    /// Reads a call that was verified: now, or when it is worked again after a fault of ours.
    ///
    /// # Errors
    /// What of the vendor's documented form is missing.
    fn read(&self, endpoint: &str, body: &[u8]) -> Result<Call, &'static str>;

    /// The body as it may be kept for [`Gateway::read`]: without secrets of ours, and with no token of a means of payment
    /// that a copy of the database could be charged with.
    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        body.to_vec()
    }

    /// What the vendor is answered.
    fn answer(&self, verdict: Verdict) -> Receipt;

    /// Asks what became of orders of ours, at most [`Terms::looked_up_at_once`] of them. The answer is in the form of
    /// notifications: what is not there was not paid.
    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError>;

    /// Charges a means of payment that the vendor keeps, without a page: what came of it, in the form of notifications.
    /// Where the vendor can tell by [`Charge::key`], the same one takes nothing twice; where it cannot, an answer that did
    /// not come is settled by [`Gateway::look_up`] of the order. A refusal of the bank is an answer: [`Happened::Refused`].
    ///
    /// # Errors
    /// Those of the vendor, or that it keeps no means of payment ([`Terms::renewal`]).
    async fn charge_saved(&self, _: &Charge) -> Result<Vec<Notification>, ProviderError> {
        Err(ProviderError::new(
            super::SERVICE,
            self.terms().vendor,
            ProviderErrorKind::Rejected,
            "keeps no means of payment",
        ))
    }

    /// Has the vendor forget a means of payment that it keeps. One that it does not know is forgotten.
    async fn forget_saved(&self, _: &Kept) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Stops the renewals that the vendor makes by itself ([`Renewal::ByVendor`]), or lets them go on. What is paid for
    /// stays.
    async fn renew(&self, _: &Renewed, _goes_on: bool) -> Result<(), ProviderError> {
        Ok(())
    }

    /// The vendor's form in a client's own page, and its page for what it keeps; `None`: it has neither.
    fn elements(&self) -> Option<&dyn Elements> {
        None
    }

    /// Everything that moved at the vendor on a day, in UTC; `None`: it tells no such list.
    async fn statement(&self, _: NaiveDate) -> Result<Option<Vec<Line>>, ProviderError> {
        Ok(None)
    }

    /// Where the buyer claims a refund with this number; `None`: the money comes to them by itself.
    fn claim_page(&self, _: &str) -> Option<Url> {
        None
    }

    /// Gives money back. The same [`Refund::key`] again gives nothing back twice, where the vendor can tell; where it
    /// cannot, an answer that did not come is settled by [`Gateway::look_up`].
    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError>;
}

/// Headers by their names in lower case, without those that are not ASCII.
pub type Headers = BTreeMap<String, String>;

/// A call of a webhook, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// What follows the vendor in the path of the webhook; mostly nothing. CloudPayments has an address for each kind
    /// of notification.
    pub endpoint: &'a str,
    pub headers: &'a Headers,
    pub body: &'a [u8],
}

impl<'a> Incoming<'a> {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What never changes of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The provider as requests and rows spell it (`payments.provider`).
    pub provider: &'static str,
    /// The vendor, as the path of the webhook and errors spell it.
    pub vendor: &'static str,
    /// What it takes: ISO 4217, or `XTR` for Telegram Stars. The first one is meant where none is named.
    pub currencies: &'static [&'static str],
    /// How many orders one question is about.
    pub looked_up_at_once: usize,
    pub renewal: Renewal,
}

/// What a call of a webhook says.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The vendor's id of this event, the same in each delivery of it; `None`: it has none, and two calls with the
    /// same bytes are one.
    pub event: Option<String>,
    /// The vendor's own word for what it is about.
    pub kind: String,
    pub says: Said,
}

/// What a call of a webhook says, as far as it matters to us.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// What happened to a charge, in full.
    Moved(Box<Notification>),
    /// That something happened to this order: what, is asked for by [`Gateway::look_up`].
    Changed(Sought),
    /// What the vendor keeps for this customer of ours has changed: what it is now, is asked for by [`Elements::kept`].
    Keeps(String),
    /// The vendor is about to take this money, and asks whether it may.
    MayPay(Money),
    /// Nothing that matters here.
    Nothing,
}

/// A sum that a vendor wants to take for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    pub order_id: String,
    pub amount: Decimal,
    pub currency: String,
}

/// An order that a vendor is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The id of our payment.
    pub id: Uuid,
    /// The vendor's number of it, if we know it.
    pub external_id: Option<String>,
    /// Nothing happened to it before.
    pub created_at: DateTime<Utc>,
}

/// A charge without a page.
#[derive(Clone)]
pub struct Charge {
    /// The order that it pays.
    pub order: Order,
    pub with: Kept,
    /// The same in each try of one charge, and in no other: at most 80 characters of ASCII.
    pub key: String,
}

/// A page, or an invoice, that waits for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub url: Url,
    /// The vendor's number of the payment, if it has one before the money comes.
    pub external_id: Option<String>,
}

/// What happened to a charge, as a vendor told it or answered, in a form of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The order as the vendor names it: the id of a payment, if the order is ours.
    pub order_id: String,
    /// The vendor's number of the charge.
    pub external_id: String,
    /// The vendor's own status; of a refund or a dispute that has a number, with it as the last word ([`super::number_in`]).
    pub status: String,
    pub happened: Happened,
    /// Of the charge, or of the part of it that moved, as the vendor says it; in whole units: roubles, Stars.
    pub amount: Decimal,
    pub currency: String,
    /// What has gone back of the charge in all, if the vendor says it; also what is here again, because its refund has
    /// failed ([`Happened::ReturnFailed`]): this sum never falls.
    pub returned: Option<Decimal>,
    /// The Telegram id of the person who paid, if the vendor says it.
    pub payer: Option<i64>,
    /// Why it was refused, if the person can do something about it.
    pub refusal: Option<Refusal>,
    /// What the vendor has kept to be charged again, if the order asked for it.
    pub saved: Option<Saved>,
    /// As the vendor said it, without what is about a card or a person.
    pub words: Value,
}

/// Money to give back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The order.
    pub order: Sought,
    /// The vendor's number of the charge.
    pub charge: String,
    /// What goes back, in whole units.
    pub amount: Decimal,
    pub currency: String,
    /// What was paid.
    pub paid: Decimal,
    /// The same in each try of one refund, and in no other: at most 80 characters of ASCII.
    pub key: String,
    /// The Telegram id of the person who paid, if it is known.
    pub payer: Option<i64>,
}

/// How far a refund is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunding {
    /// The money is on its way back for good. With the vendor's number of the refund, if it has one.
    Done(Option<String>),
    /// The vendor tells later, by the webhook or when it is asked.
    Underway(Option<String>),
}

/// Why a payment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    InsufficientFunds,
    CardExpired,
    /// By 3-D Secure the person did not show that the card is theirs.
    NotConfirmed,
    /// The bank that has issued the card refuses, for another reason.
    ByIssuer,
}

/// What happened to a charge, as far as it matters to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Nothing yet: it waits for the person.
    Open,
    /// The money is reserved, or on its way.
    Underway,
    /// The money has come.
    Paid,
    /// The vendor refused it. The person may try again on the same page.
    Refused,
    /// The charge ended without a payment, and can no longer be paid.
    Abandoned,
    /// All of the money went back.
    Returned,
    /// A part of the money went back.
    PartlyReturned,
    /// Money that was told as gone back did not arrive and is here again. The amount is that of the refund.
    ReturnFailed,
    /// The person's bank demands the money back, and the vendor holds it.
    Disputed,
    /// The dispute is over, and the money is here.
    DisputeWon,
    /// The dispute is over, and the money is gone.
    DisputeLost,
}

impl Happened {
    /// Whether the money of the charge has come, at some time.
    pub fn is_of_money(self) -> bool {
        let none = matches!(
            self,
            Self::Open | Self::Underway | Self::Refused | Self::Abandoned
        );
        !none
    }

    /// The spelling in `payment_reports`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Underway => "underway",
            Self::Paid => "paid",
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
            Self::Returned => "returned",
            Self::PartlyReturned => "partly_returned",
            Self::ReturnFailed => "return_failed",
            Self::Disputed => "disputed",
            Self::DisputeWon => "dispute_won",
            Self::DisputeLost => "dispute_lost",
        }
    }
}

/// Why a call of a webhook is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disbelief {
    /// Not of the form that the vendor documents.
    Malformed(&'static str),
    /// The proof that it comes from the vendor is missing or wrong.
    Forged,
    /// The proof cannot be checked now, for a reason that is not the sender's: to be sent again.
    Unproven,
}
