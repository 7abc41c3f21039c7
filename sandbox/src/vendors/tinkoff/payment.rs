//! A payment of the bank, and what can happen to it.
//! Source: <https://developer.tbank.ru/eacq/intro/developer/statuses>.

use serde::{Deserialize, Serialize};

/// One payment. Sums are in kopecks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Payment {
    pub payment_id: String,
    pub order_id: String,
    pub amount: i64,
    pub description: String,
    /// NEW, FORM_SHOWED, DEADLINE_EXPIRED, CANCELED, REJECTED, CONFIRMED, ASYNC_REFUNDING, PARTIAL_REFUNDED, REFUNDED.
    pub status: String,
    /// What went back.
    pub refunded: i64,
    /// What is on its way back.
    pub returning: i64,
    /// Paid by SBP, whose refunds take their time.
    pub by_sbp: bool,
    /// Why it was refused last.
    pub error_code: Option<String>,
    /// `ExternalRequestId` of each refund.
    pub refunds: Vec<String>,
    /// When its page ends, in Unix time.
    pub due: Option<i64>,
    /// `Recurrent`: the card is kept.
    pub is_kept: bool,
    /// `CustomerKey`.
    pub customer: Option<String>,
    /// `RebillId`, once a card was kept.
    pub rebill_id: Option<i64>,
    /// How charges of that card end.
    pub charges: Charges,
    /// What the shop was told, and has not taken.
    pub untaken: Vec<Notice>,
    pub notification_url: Option<String>,
    pub success_url: Option<String>,
    pub fail_url: Option<String>,
}

/// How charges of a card that was kept end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charges {
    /// The money comes at once.
    #[default]
    Pass,
    /// With this code.
    Refused(String),
    /// Later, by an act.
    Late,
}

/// What the shop is told of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub status: String,
    pub amount: i64,
    pub error_code: Option<String>,
}

/// What the person at the page does, or a test.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// Of a refund: a part.
    pub amount: Option<i64>,
    /// Of a refusal.
    pub error_code: Option<String>,
}

/// Insufficient funds.
const REFUSAL: &str = "1051";

impl Payment {
    /// Whether the page can be paid at for the first time.
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "NEW" | "FORM_SHOWED")
    }

    /// Whether money has come, also if it went back.
    pub fn is_paid(&self) -> bool {
        let paid = [
            "CONFIRMED",
            "ASYNC_REFUNDING",
            "PARTIAL_REFUNDED",
            "REFUNDED",
        ];
        paid.contains(&self.status.as_str())
    }

    /// What has come and not gone back.
    pub fn left(&self) -> i64 {
        self.amount - self.refunded
    }

    /// Does it, and tells of what the shop is notified. The error is a sentence for the person.
    pub fn act(&mut self, act: &Act) -> Result<Vec<Notice>, String> {
        if let Some(charges) = self.charges_become(act) {
            self.charges = charges;
            return Ok(Vec::new());
        }
        // One that is charged is on its way until an act ends it.
        let is_payable =
            self.is_open() || matches!(self.status.as_str(), "REJECTED" | "AUTHORIZING");
        match act.name.as_str() {
            "pay" | "pay_sbp" if is_payable => {
                self.by_sbp = act.name == "pay_sbp";
                self.error_code = None;
                // By SBP it is kept under another name.
                if self.is_kept && !self.by_sbp {
                    self.rebill_id = self.payment_id.parse().ok();
                }
                // One stage: both are sent at the same time.
                let first = self.becomes("AUTHORIZED", self.amount);
                Ok(vec![first, self.becomes("CONFIRMED", self.amount)])
            }
            "refuse" if is_payable => {
                let code = act.error_code.as_deref().unwrap_or(REFUSAL);
                self.error_code = Some(code.to_owned());
                Ok(vec![self.becomes("REJECTED", self.amount)])
            }
            "expire" if self.is_open() => Ok(vec![self.becomes("DEADLINE_EXPIRED", self.amount)]),
            "refund" => self.refund(act.amount),
            "refund_arrives" if self.status == "ASYNC_REFUNDING" => {
                let amount = std::mem::take(&mut self.returning);
                Ok(vec![self.goes_back(amount)])
            }
            // Of this the bank says nothing.
            "refund_bounces" if self.status == "ASYNC_REFUNDING" => {
                self.returning = 0;
                let whole = self.refunded == 0;
                let status = if whole {
                    "CONFIRMED"
                } else {
                    "PARTIAL_REFUNDED"
                };
                status.clone_into(&mut self.status);
                Ok(Vec::new())
            }
            name => {
                let status = &self.status;
                Err(format!("{name} is not possible: the payment is {status}"))
            }
        }
    }

    /// How charges end from now on, if the act is about that and there is something to charge.
    fn charges_become(&self, act: &Act) -> Option<Charges> {
        self.rebill_id?;
        match act.name.as_str() {
            "charges_pass" => Some(Charges::Pass),
            "charges_late" => Some(Charges::Late),
            "charges_refused" => {
                let code = act.error_code.as_deref().unwrap_or(REFUSAL);
                Some(Charges::Refused(code.to_owned()))
            }
            _ => None,
        }
    }

    /// Gives money back, or ends what was not paid.
    fn refund(&mut self, amount: Option<i64>) -> Result<Vec<Notice>, String> {
        if self.is_open() {
            return Ok(vec![self.becomes("CANCELED", self.amount)]);
        }
        let amount = amount.unwrap_or(self.amount);
        if !matches!(self.status.as_str(), "CONFIRMED" | "PARTIAL_REFUNDED") {
            return Err(format!(
                "refund is not possible: the payment is {}",
                self.status
            ));
        }
        if !(1..=self.left()).contains(&amount) {
            return Err(format!("refund is not possible: {} are left", self.left()));
        }
        if self.by_sbp {
            self.returning = amount;
            "ASYNC_REFUNDING".clone_into(&mut self.status);
            return Ok(Vec::new());
        }
        Ok(vec![self.goes_back(amount)])
    }

    fn goes_back(&mut self, amount: i64) -> Notice {
        self.refunded += amount;
        let whole = self.left() == 0;
        // The bank's documentation does not say whether it tells the part or the rest; here it is the part.
        self.becomes(
            if whole {
                "REFUNDED"
            } else {
                "PARTIAL_REFUNDED"
            },
            amount,
        )
    }

    fn becomes(&mut self, status: &str, amount: i64) -> Notice {
        status.clone_into(&mut self.status);
        Notice {
            status: status.to_owned(),
            amount,
            error_code: self.error_code.clone(),
        }
    }
}
