//! Rows of `invoices` and `invoice_lines`, and the two sides that an invoice names.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::subscriptions::model::SubscriptionTier;
use schema::{billing_details, invoice_lines, invoices};

/// What is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Invoice,
    CreditNote,
}

impl Kind {
    /// The spelling in `invoices`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }
}

/// Who sells. Its copy stands on each invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seller {
    pub name: String,
    pub address: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    pub tax_id: Option<String>,
}

/// What a person wants to see on their invoices. Its copy stands on each that is issued afterwards.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = billing_details, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct BillingDetails {
    pub name: Option<String>,
    pub company: Option<String>,
    pub address: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: Option<String>,
    pub tax_id: Option<String>,
    pub email: Option<String>,
}

/// An invoice, or a credit note.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoices, check_for_backend(diesel::pg::Pg))]
pub struct Invoice {
    pub id: Uuid,
    pub number: String,
    pub series: String,
    kind: String,
    source: String,
    pub user_id: Option<Uuid>,
    pub payment_id: Uuid,
    pub refers_to: Option<Uuid>,
    pub currency: String,
    /// In the smallest unit of the currency, with the tax. Of a credit note: what is taken back.
    pub total_minor: i64,
    pub tax_minor: i64,
    /// In a hundred; `None`: none applies.
    pub tax_rate: Option<Decimal>,
    pub(super) buyer: Option<Value>,
    pub(super) seller: Option<Value>,
    pub paid_at: DateTime<Utc>,
    pub issued_at: DateTime<Utc>,
}

/// A line: a month of a plan, as its time was laid out when the invoice was issued.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_lines, check_for_backend(diesel::pg::Pg))]
pub struct Line {
    pub invoice_id: Uuid,
    pub position: i32,
    pub tier: SubscriptionTier,
    pub period_start: DateTime<Utc>,
    pub period_end: DateTime<Utc>,
    pub total_minor: i64,
    pub tax_minor: i64,
}

/// What an invoice is before it has a number.
pub(super) struct Draft {
    pub kind: Kind,
    pub user_id: Option<Uuid>,
    pub payment_id: Uuid,
    pub refers_to: Option<Uuid>,
    pub currency: String,
    pub tax_rate: Option<Decimal>,
    pub buyer: Option<Value>,
    pub seller: Option<Value>,
    pub paid_at: DateTime<Utc>,
    pub lines: Vec<Line>,
}

impl Draft {
    /// With its number, and the moment of that. `before`: how many were issued of the payment.
    pub fn numbered(
        self,
        series: &str,
        number: String,
        before: usize,
        issued_at: DateTime<Utc>,
    ) -> (Invoice, Vec<Line>) {
        let id = Uuid::now_v7();
        let lines = self.lines.into_iter().map(|line| Line {
            invoice_id: id,
            ..line
        });
        let lines: Vec<Line> = lines.collect();
        let invoice = Invoice {
            id,
            number,
            series: series.to_owned(),
            kind: self.kind.as_str().to_owned(),
            source: format!("payment:{}:{}", self.payment_id, before + 1),
            user_id: self.user_id,
            payment_id: self.payment_id,
            refers_to: self.refers_to,
            currency: self.currency,
            total_minor: lines.iter().map(|line| line.total_minor).sum(),
            tax_minor: lines.iter().map(|line| line.tax_minor).sum(),
            tax_rate: self.tax_rate,
            buyer: self.buyer,
            seller: self.seller,
            paid_at: self.paid_at,
            issued_at,
        };
        (invoice, lines)
    }
}

impl Invoice {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self.refers_to {
            None => Kind::Invoice,
            Some(_) => Kind::CreditNote,
        }
    }

    /// What it adds to what is invoiced.
    pub(super) fn signed(&self) -> i64 {
        match self.kind() {
            Kind::Invoice => self.total_minor,
            Kind::CreditNote => -self.total_minor,
        }
    }

    /// Who sells; `None`: it is a receipt.
    pub fn seller(&self) -> Option<Seller> {
        read(self.seller.as_ref())
    }

    /// Who buys, if they said it and it is not forgotten.
    pub fn buyer(&self) -> Option<BillingDetails> {
        read(self.buyer.as_ref())
    }
}

fn read<T: for<'de> Deserialize<'de>>(json: Option<&Value>) -> Option<T> {
    json.and_then(|json| T::deserialize(json).ok())
}
