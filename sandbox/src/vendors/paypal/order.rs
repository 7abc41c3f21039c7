//! An order of PayPal, and what can happen to it.
//! Source: <https://developer.paypal.com/docs/api/orders/v2/>, <https://developer.paypal.com/docs/api/payments/v2/>.

use serde::{Deserialize, Serialize};

use super::events::now;
use super::number;
use super::sums::text;

/// One order. Sums are in the smallest unit that PayPal takes of the currency.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    pub id: String,
    /// PAYER_ACTION_REQUIRED, APPROVED, COMPLETED, VOIDED.
    pub status: String,
    pub sum: i64,
    pub currency: String,
    pub custom_id: Option<String>,
    pub invoice_id: Option<String>,
    pub description: String,
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
    pub created_at: String,
    /// How its capture will end.
    pub next: Next,
    pub capture: Option<Capture>,
    pub refunds: Vec<Refund>,
    /// Whether refunds take their time.
    pub slow_refunds: bool,
    pub dispute: Option<Dispute>,
    /// So many questions are still answered with this state.
    pub stale: Option<(u32, Box<Order>)>,
}

/// How a capture ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    #[default]
    Completed,
    Pending,
    Declined,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Capture {
    pub id: String,
    /// COMPLETED, PENDING, DECLINED, PARTIALLY_REFUNDED, REFUNDED, REVERSED.
    pub status: String,
    /// When its money was taken.
    #[serde(default)]
    pub taken_at: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    /// COMPLETED, PENDING, FAILED.
    pub status: String,
    pub sum: i64,
    #[serde(default)]
    pub made_at: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Dispute {
    pub id: String,
    /// WAITING_FOR_SELLER_RESPONSE, RESOLVED.
    pub status: String,
    pub outcome: Option<String>,
}

/// What the shop is told: the event, and the refund that it is about, if it is about one.
pub type Told = (&'static str, Option<String>);

/// What the person at the page does, an operator of PayPal's, or a test.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// Of a refund: a part, as text.
    pub amount: Option<i64>,
    pub times: Option<u32>,
}

impl Order {
    /// Whether the page can be paid at.
    pub fn is_open(&self) -> bool {
        self.status == "PAYER_ACTION_REQUIRED"
    }

    /// Whether its money is here, or was.
    pub fn is_paid(&self) -> bool {
        let of_money = ["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"];
        self.capture_is(&of_money)
    }

    pub fn capture_is(&self, statuses: &[&str]) -> bool {
        let capture = self.capture.as_ref();
        capture.is_some_and(|capture| statuses.contains(&capture.status.as_str()))
    }

    /// What has come, and neither went back nor is on its way back.
    pub fn left(&self) -> i64 {
        let gone = self.refunds.iter().filter(|one| one.status != "FAILED");
        self.sum - gone.map(|one| one.sum).sum::<i64>()
    }

    /// Does it, and tells of what the shop is notified. The error is a sentence for the person.
    pub fn act(&mut self, act: &Act) -> Result<Vec<Told>, String> {
        match act.name.as_str() {
            "approve" if self.is_open() => Ok(self.approved(Next::Completed)),
            "approve_pending" if self.is_open() => Ok(self.approved(Next::Pending)),
            "approve_declined" if self.is_open() => Ok(self.approved(Next::Declined)),
            "cancel" if self.is_open() => Ok(Vec::new()),
            "void" if self.capture.is_none() => {
                "VOIDED".clone_into(&mut self.status);
                Ok(vec![("CHECKOUT.ORDER.VOIDED", None)])
            }
            "clears" if self.capture_is(&["PENDING"]) => {
                self.becomes("COMPLETED");
                Ok(vec![("PAYMENT.CAPTURE.COMPLETED", None)])
            }
            "denied" if self.capture_is(&["PENDING"]) => {
                self.becomes("DECLINED");
                Ok(vec![("PAYMENT.CAPTURE.DENIED", None)])
            }
            "refund" => self.refund(act.amount).map(|(_, told)| told),
            "refunds_slowly" => {
                self.slow_refunds = true;
                Ok(Vec::new())
            }
            "refund_arrives" => self.refund_ends("COMPLETED", "PAYMENT.CAPTURE.REFUNDED"),
            "refund_fails" => self.refund_ends("FAILED", "PAYMENT.REFUND.FAILED"),
            "reverse" if self.is_paid() => {
                self.becomes("REVERSED");
                Ok(vec![("PAYMENT.CAPTURE.REVERSED", None)])
            }
            "dispute" if self.is_paid() && self.dispute.is_none() => {
                self.dispute = Some(Dispute {
                    id: format!("PP-D-{}", number()),
                    status: "WAITING_FOR_SELLER_RESPONSE".to_owned(),
                    outcome: None,
                });
                Ok(vec![("CUSTOMER.DISPUTE.CREATED", None)])
            }
            "dispute_won" => self.resolved("RESOLVED_SELLER_FAVOUR"),
            "dispute_lost" => self.resolved("RESOLVED_BUYER_FAVOUR"),
            "stale" => {
                let now = Box::new(Self {
                    stale: None,
                    ..self.clone()
                });
                self.stale = Some((act.times.unwrap_or(1), now));
                Ok(Vec::new())
            }
            name => Err(format!(
                "{name} is not possible: the order is {}, its capture {}",
                self.status,
                self.capture
                    .as_ref()
                    .map_or("none", |it| it.status.as_str())
            )),
        }
    }

    fn approved(&mut self, next: Next) -> Vec<Told> {
        self.next = next;
        "APPROVED".clone_into(&mut self.status);
        vec![("CHECKOUT.ORDER.APPROVED", None)]
    }

    /// The shop takes the money. The error is PayPal's word.
    pub fn take(&mut self) -> Result<Vec<Told>, &'static str> {
        match self.status.as_str() {
            "APPROVED" => {}
            "COMPLETED" => return Err("ORDER_ALREADY_CAPTURED"),
            "VOIDED" => return Err("ORDER_EXPIRED"),
            _ => return Err("ORDER_NOT_APPROVED"),
        }
        let (status, told) = match self.next {
            Next::Completed => ("COMPLETED", "PAYMENT.CAPTURE.COMPLETED"),
            Next::Pending => ("PENDING", "PAYMENT.CAPTURE.PENDING"),
            Next::Declined => {
                "PAYER_ACTION_REQUIRED".clone_into(&mut self.status);
                return Err("INSTRUMENT_DECLINED");
            }
        };
        "COMPLETED".clone_into(&mut self.status);
        self.capture = Some(Capture {
            id: number(),
            status: status.to_owned(),
            taken_at: now(),
        });
        Ok(vec![(told, None)])
    }

    /// Gives money back; all that is left, unless it is said how much. The error is PayPal's word.
    pub fn refund(&mut self, sum: Option<i64>) -> Result<(String, Vec<Told>), String> {
        if self.capture_is(&["PENDING"]) {
            return Err("PENDING_CAPTURE".to_owned());
        }
        if !self.capture_is(&["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"]) {
            return Err("REFUND_NOT_ALLOWED".to_owned());
        }
        let (left, sum) = (self.left(), sum.unwrap_or_else(|| self.left()));
        if left == 0 {
            return Err("CAPTURE_FULLY_REFUNDED".to_owned());
        }
        if !(1..=left).contains(&sum) {
            return Err("REFUND_AMOUNT_EXCEEDED".to_owned());
        }
        let status = if self.slow_refunds {
            "PENDING"
        } else {
            "COMPLETED"
        };
        let id = number();
        self.refunds.push(Refund {
            id: id.clone(),
            status: status.to_owned(),
            sum,
            made_at: now(),
        });
        self.after_refunds();
        let told = match self.slow_refunds {
            true => "PAYMENT.REFUND.PENDING",
            false => "PAYMENT.CAPTURE.REFUNDED",
        };
        Ok((id.clone(), vec![(told, Some(id))]))
    }

    fn refund_ends(&mut self, status: &str, told: &'static str) -> Result<Vec<Told>, String> {
        let waits = |one: &&mut Refund| {
            one.status == "PENDING" || status == "FAILED" && one.status == "COMPLETED"
        };
        let Some(one) = self.refunds.iter_mut().rfind(waits) else {
            return Err("no refund is on its way".to_owned());
        };
        status.clone_into(&mut one.status);
        let id = one.id.clone();
        self.after_refunds();
        Ok(vec![(told, Some(id))])
    }

    fn after_refunds(&mut self) {
        let (left, sum) = (self.left(), self.sum);
        self.becomes(match left {
            0 => "REFUNDED",
            left if left == sum => "COMPLETED",
            _ => "PARTIALLY_REFUNDED",
        });
    }

    fn resolved(&mut self, outcome: &str) -> Result<Vec<Told>, String> {
        let open = self.dispute.as_mut().filter(|it| it.status != "RESOLVED");
        let dispute = open.ok_or("there is no open dispute")?;
        "RESOLVED".clone_into(&mut dispute.status);
        dispute.outcome = Some(outcome.to_owned());
        Ok(vec![("CUSTOMER.DISPUTE.RESOLVED", None)])
    }

    fn becomes(&mut self, status: &str) {
        if let Some(capture) = &mut self.capture {
            status.clone_into(&mut capture.status);
        }
    }

    /// A sum of it, as PayPal writes it.
    pub fn written(&self, sum: i64) -> serde_json::Value {
        serde_json::json!({ "currency_code": self.currency, "value": text(sum, &self.currency) })
    }
}
