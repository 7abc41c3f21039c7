//! BTCPay's words: what an invoice, and the payments to it, mean.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::payment::redact::redacted;
use crate::payment::{Happened, Notification};

/// What is not kept of an invoice: addresses of pages and what the buyer may have written.
const LEFT_OUT: &[&str] = &["checkout", "receipt", "metadata", "destination"];

/// An invoice. There is one for each time that an order was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invoice {
    pub id: String,
    pub status: String,
    #[serde(default)]
    additional_status: Option<String>,
    amount: Box<RawValue>,
    pub currency: String,
    #[serde(default)]
    pub metadata: Metadata,
}

/// What was given to an invoice when it was made; what others have made may have anything.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default)]
    order_id: Value,
}

impl Metadata {
    /// The order, if it is one of ours.
    pub(super) fn order(&self) -> Option<Uuid> {
        self.order_id.as_str()?.parse().ok()
    }
}

/// A way to pay an invoice, and what came by it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Way {
    pub payment_method_id: String,
    #[serde(default)]
    currency: Option<String>,
    /// What is still to come, in its currency; negative if too much came.
    due: Box<RawValue>,
    #[serde(default)]
    payments: Vec<Came>,
}

/// A transfer in crypto.
#[derive(Deserialize)]
struct Came {
    id: String,
    value: Box<RawValue>,
    status: String,
}

impl Way {
    /// Whether anything came by it.
    pub(super) fn is_used(&self) -> bool {
        !self.payments.is_empty()
    }

    /// The code of its currency: `BTC` of `BTC-CHAIN` and `BTC-LN`.
    fn currency(&self) -> &str {
        let of_id = || self.payment_method_id.split(['-', '_']).next();
        self.currency.as_deref().or_else(of_id).unwrap_or_default()
    }
}

/// A sum, as text or as a number; never by way of a float.
pub(super) fn sum(raw: &RawValue) -> Option<Decimal> {
    let text = raw.get().trim_matches('"');
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

const NO_SUM: &str = "a sum is no number";

impl Invoice {
    /// What was asked for.
    pub(super) fn amount(&self) -> Result<Decimal, &'static str> {
        sum(&self.amount).ok_or(NO_SUM)
    }

    /// Not what was asked for came, or not in time: an operator has to decide. What came stands in the payments alone.
    pub(super) fn is_uneven(&self) -> bool {
        let is_over = matches!(self.status.as_str(), "Settled" | "Expired" | "Invalid");
        is_over && matches!(self.more(), "PaidPartial" | "PaidLate" | "PaidOver")
    }

    /// Whether money may have come, so that it may go back.
    pub(super) fn may_go_back(&self) -> bool {
        self.status == "Settled" || self.is_uneven()
    }

    fn more(&self) -> &str {
        self.additional_status.as_deref().unwrap_or("None")
    }

    /// What became of it, and of each transfer that bought nothing: told in the crypto that came, as a charge of its
    /// own, it fits no order, and is astray until an operator gives it back or marks the invoice as settled.
    pub(super) fn told(
        &self,
        order: Uuid,
        ways: &[Way],
        words: &Value,
    ) -> Result<Vec<Notification>, &'static str> {
        let happened = match (self.status.as_str(), self.more()) {
            ("New", "None") => Happened::Open,
            ("Settled", "PaidPartial" | "PaidLate") => Happened::Underway,
            ("Settled", _) => Happened::Paid,
            ("Expired" | "Invalid", _) => Happened::Abandoned,
            _ => Happened::Underway,
        };
        let status = match self.more() {
            "None" => self.status.clone(),
            more => format!("{} ({more})", self.status),
        };
        let words = redacted(words, LEFT_OUT);
        let of_invoice = Notification {
            order_id: order.to_string(),
            external_id: self.id.clone(),
            status: status.chars().take(50).collect(),
            happened,
            amount: self.amount()?,
            currency: self.currency.clone(),
            returned: None,
            payer: None,
            refusal: None,
            saved: None,
            words,
        };
        let astray = match happened {
            _ if !self.is_uneven() => Vec::new(),
            Happened::Paid => self.too_much(&of_invoice, ways)?,
            _ => self.transfers(&of_invoice, ways)?,
        };
        Ok([of_invoice].into_iter().chain(astray).collect())
    }

    /// What came beyond the price.
    fn too_much(
        &self,
        told: &Notification,
        ways: &[Way],
    ) -> Result<Vec<Notification>, &'static str> {
        // Each way says it in its own currency.
        let Some(way) = ways.iter().find(|way| way.is_used()) else {
            return Ok(Vec::new());
        };
        let too_much = -sum(&way.due).ok_or(NO_SUM)?;
        let astray = self.astray(told, "over", "PaidOver", (too_much, way.currency()));
        Ok([astray]
            .into_iter()
            .filter(|one| one.amount.is_sign_positive() && !one.amount.is_zero())
            .collect())
    }

    /// Each transfer that has come for good.
    fn transfers(
        &self,
        told: &Notification,
        ways: &[Way],
    ) -> Result<Vec<Notification>, &'static str> {
        let mut astray = Vec::new();
        for way in ways {
            let settled = way.payments.iter().filter(|came| came.status == "Settled");
            for came in settled {
                let value = sum(&came.value).ok_or(NO_SUM)?;
                astray.push(self.astray(told, &came.id, &came.status, (value, way.currency())));
            }
        }
        Ok(astray)
    }

    fn astray(
        &self,
        told: &Notification,
        number: &str,
        status: &str,
        (amount, currency): (Decimal, &str),
    ) -> Notification {
        Notification {
            external_id: format!("{}:{number}", self.id),
            status: status.to_owned(),
            happened: Happened::Paid,
            amount,
            currency: currency.to_owned(),
            ..told.clone()
        }
    }
}
