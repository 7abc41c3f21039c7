//! PayPal's words: what the state of an order, a capture, a refund and a dispute means.
//!
//! Sources: <https://developer.paypal.com/docs/api/orders/v2/>, <https://developer.paypal.com/docs/api/payments/v2/> and
//! <https://developer.paypal.com/docs/api/customer-disputes/v1/>. What PayPal says of a refund is taken from the list of
//! refunds, each with its own sum: `total_refunded_amount` in one of them is the sum of all until then.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::money::Money;
use crate::payment::redact::redacted;
use crate::payment::{Happened, Notification, Refusal};

/// What is not kept of PayPal's words: who paid, by what, and where to.
const LEFT_OUT: &[&str] = &[
    "payer",
    "payment_source",
    "shipping",
    "payee",
    "buyer",
    "seller",
    "name",
    "email_address",
    "note_to_payer",
    "messages",
    "evidences",
];

const BAD: &str = "an order without its sum, or a sum that is none";

/// An order, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    pub id: String,
    pub status: String,
    purchase_units: Vec<Unit>,
    pub links: Vec<Link>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Unit {
    custom_id: Option<String>,
    amount: Money,
    payments: Payments,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payments {
    captures: Vec<Capture>,
    refunds: Vec<Refunded>,
}

/// Money that was taken for an order, or was to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Capture {
    pub id: String,
    status: String,
    amount: Money,
    processor_response: Processor,
    /// Of a capture that was asked for by its own number.
    pub supplementary_data: Supplement,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Supplement {
    pub related_ids: Related,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Related {
    pub order_id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Processor {
    response_code: String,
}

/// Money that went back, or is to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refunded {
    pub id: String,
    pub status: String,
    amount: Money,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    pub rel: String,
    pub href: String,
}

/// A dispute about a capture.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Dispute {
    pub dispute_id: String,
    pub status: String,
    dispute_amount: Money,
    dispute_outcome: Outcome,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Outcome {
    outcome_code: String,
    amount_refunded: Option<Money>,
}

/// An order, and the text that it was read from.
pub(super) struct Known {
    pub order: Order,
    pub words: Value,
}

impl Known {
    /// The capture that brought money, or is to bring it.
    pub(super) fn capture(&self) -> Option<&Capture> {
        let of_order = &self.unit()?.payments.captures;
        let brought = of_order.iter().find(|one| one.is_money());
        brought.or_else(|| of_order.iter().find(|one| one.status == "PENDING"))
    }

    /// The id of our payment: as the order names it, or, where it names none, the one that was asked about. `None`: it is
    /// the order of another shop under the same account.
    pub(super) fn ours(&self, asked: Uuid) -> Option<Uuid> {
        match self.unit().and_then(|unit| unit.custom_id.as_deref()) {
            Some(named) => named.parse().ok(),
            None => Some(asked).filter(|id| !id.is_nil()),
        }
    }

    fn unit(&self) -> Option<&Unit> {
        self.order.purchase_units.first()
    }

    /// What happened to it, in the order in which it happened.
    pub(super) fn said(&self, ours: &str) -> Result<Vec<Notification>, &'static str> {
        let payments = self.unit().map(|unit| &unit.payments).ok_or(BAD)?;
        let paid = payments.captures.iter().rfind(|one| one.is_money());
        let Some(capture) = paid.or(payments.captures.last()) else {
            let status = self.order.status.as_str();
            let happened = match status {
                "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" => Happened::Open,
                "VOIDED" => Happened::Abandoned,
                _ => Happened::Underway,
            };
            return Ok(vec![self.without_capture(ours, status, happened)?]);
        };
        let said =
            |status: &str, happened| self.notification(ours, status, happened, &capture.amount);
        let status = capture.status.as_str();
        if !capture.is_money() {
            let is_refused = matches!(status, "DECLINED" | "FAILED");
            let happened = if is_refused {
                Happened::Refused
            } else {
                Happened::Underway
            };
            let refusal = is_refused.then(|| refusal(&capture.processor_response.response_code));
            return Ok(vec![Notification {
                refusal,
                ..said(status, happened)?
            }]);
        }
        let came = said("COMPLETED", Happened::Paid)?;
        let back = Back::of(&payments.refunds)?;
        let next = match status {
            "REVERSED" => Some((Happened::Disputed, came.amount)),
            "REFUNDED" if !back.is_underway => Some((Happened::Returned, came.amount)),
            "REFUNDED" | "PARTIALLY_REFUNDED" if back.sum > Decimal::ZERO => {
                Some((Happened::PartlyReturned, back.sum))
            }
            // No list of them.
            "PARTIALLY_REFUNDED" if payments.refunds.is_empty() => {
                Some((Happened::PartlyReturned, came.amount))
            }
            _ => None,
        };
        let known = (!payments.refunds.is_empty()).then_some(back.sum + back.failed);
        let mut all = match next {
            None => vec![Notification {
                returned: known,
                ..came
            }],
            Some((happened, amount)) => {
                let after = said(status, happened)?;
                let returned = match happened {
                    Happened::Returned => Some(amount + back.failed),
                    _ => known,
                };
                vec![
                    came,
                    Notification {
                        amount,
                        returned,
                        ..after
                    },
                ]
            }
        };
        for one in &payments.refunds {
            let Some(happened) = one.end() else { continue };
            let status = format!("REFUND {} {}", one.status, one.id);
            let ended = self.notification(ours, &status, happened, &one.amount)?;
            all.push(Notification {
                returned: known,
                ..ended
            });
        }
        Ok(all)
    }

    /// What a dispute about it means.
    pub(super) fn disputed(
        &self,
        ours: &str,
        dispute: &Dispute,
    ) -> Result<Notification, &'static str> {
        let outcome = dispute.dispute_outcome.outcome_code.as_str();
        let (status, happened) = match (dispute.status.as_str(), outcome) {
            ("RESOLVED", "RESOLVED_BUYER_FAVOUR" | "ACCEPTED") => (outcome, Happened::DisputeLost),
            (
                "RESOLVED",
                "RESOLVED_SELLER_FAVOUR" | "RESOLVED_WITH_PAYOUT" | "CANCELED_BY_BUYER" | "DENIED",
            ) => (outcome, Happened::DisputeWon),
            // Resolved without a decision, too: an operator looks at it.
            (status, _) => (status, Happened::Disputed),
        };
        let given = dispute.dispute_outcome.amount_refunded.as_ref();
        let sum = given
            .filter(|_| happened == Happened::DisputeLost)
            .unwrap_or(&dispute.dispute_amount);
        // Two disputes about one capture are told apart by their numbers.
        let status = format!("{status} {}", dispute.dispute_id);
        self.notification(ours, status.trim_end(), happened, sum)
    }

    /// An order that brings no money yet, or never, in a word of PayPal's.
    pub(super) fn without_capture(
        &self,
        ours: &str,
        status: &str,
        happened: Happened,
    ) -> Result<Notification, &'static str> {
        let amount = &self.unit().ok_or(BAD)?.amount;
        self.notification(ours, status, happened, amount)
    }

    fn notification(
        &self,
        ours: &str,
        status: &str,
        happened: Happened,
        sum: &Money,
    ) -> Result<Notification, &'static str> {
        Ok(Notification {
            order_id: ours.to_owned(),
            external_id: self.order.id.clone(),
            status: status.chars().take(50).collect(),
            happened,
            amount: sum.read()?,
            currency: sum.currency_code.clone(),
            returned: None,
            payer: None,
            refusal: None,
            saved: None,
            words: redacted(&self.words, LEFT_OUT),
        })
    }
}

/// What went back of a capture.
struct Back {
    sum: Decimal,
    /// What was on its way and is here again.
    failed: Decimal,
    /// Whether more is on its way.
    is_underway: bool,
}

impl Back {
    fn of(refunds: &[Refunded]) -> Result<Self, &'static str> {
        let (mut sum, mut failed) = (Decimal::ZERO, Decimal::ZERO);
        for one in refunds {
            let counts = match one.end() {
                Some(Happened::PartlyReturned) => &mut sum,
                Some(_) => &mut failed,
                None => continue,
            };
            *counts = counts.checked_add(one.amount.read()?).ok_or(BAD)?;
        }
        let is_underway = refunds.iter().any(|one| one.status == "PENDING");
        Ok(Self {
            sum,
            failed,
            is_underway,
        })
    }
}

impl Capture {
    /// Whether its money has come, also if it went back.
    pub(super) fn is_money(&self) -> bool {
        matches!(
            self.status.as_str(),
            "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED" | "REVERSED"
        )
    }
}

impl Refunded {
    pub(super) fn has_failed(&self) -> bool {
        self.end() == Some(Happened::ReturnFailed)
    }

    /// How it ended; `None`: it has not.
    fn end(&self) -> Option<Happened> {
        match self.status.as_str() {
            "COMPLETED" => Some(Happened::PartlyReturned),
            "FAILED" | "CANCELLED" => Some(Happened::ReturnFailed),
            _ => None,
        }
    }
}

/// Why a card was refused (`processor_response.response_code`).
fn refusal(code: &str) -> Refusal {
    match code {
        "5120" => Refusal::InsufficientFunds,
        "5400" => Refusal::CardExpired,
        _ => Refusal::ByIssuer,
    }
}

/// What a refused capture means for its order (<https://developer.paypal.com/api/rest/reference/orders/v2/errors/>).
/// `None`: nothing for the order.
pub(super) fn refused(issue: &str) -> Option<(Happened, Option<Refusal>)> {
    match issue {
        // The person was quicker in turning back than PayPal, or has to do more.
        "ORDER_NOT_APPROVED" | "PAYER_ACTION_REQUIRED" => Some((Happened::Open, None)),
        "INSTRUMENT_DECLINED" | "TRANSACTION_REFUSED" | "CARD_BRAND_NOT_SUPPORTED" => {
            Some((Happened::Refused, Some(Refusal::ByIssuer)))
        }
        "CARD_EXPIRED" => Some((Happened::Refused, Some(Refusal::CardExpired))),
        // The account at PayPal is limited, or the same invoice was paid by another order.
        "PAYER_CANNOT_PAY"
        | "PAYER_ACCOUNT_LOCKED_OR_CLOSED"
        | "PAYER_ACCOUNT_RESTRICTED"
        | "PAYER_COUNTRY_NOT_SUPPORTED"
        | "COMPLIANCE_VIOLATION"
        | "PAYEE_BLOCKED_TRANSACTION"
        | "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"
        | "DUPLICATE_INVOICE_ID" => Some((Happened::Refused, None)),
        "ORDER_EXPIRED" | "ORDER_VOIDED" => Some((Happened::Abandoned, None)),
        _ => None,
    }
}
