//! A payment at Comgate, and what can happen to it. Source: <https://apidoc.comgate.cz/api/rest/>.

use serde::{Deserialize, Serialize};

/// One payment. Sums are in hundredths, whatever the currency.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Payment {
    pub trans_id: String,
    pub ref_id: String,
    pub price: i64,
    pub curr: String,
    pub label: String,
    pub method: String,
    pub email: String,
    pub test: bool,
    pub preauth: bool,
    /// `initRecurring`: the card can be charged again.
    pub is_kept: bool,
    /// How charges of that card end: PAID where it is empty.
    pub charges: String,
    /// PENDING, AUTHORIZED, PAID, CANCELLED.
    pub status: String,
    pub refunded: i64,
    pub url_paid: Option<String>,
    pub url_cancelled: Option<String>,
    pub url_pending: Option<String>,
    /// When its page ends, in Unix time.
    pub expires: i64,
    /// So many questions for it are answered with its state of before.
    pub stale: u32,
    pub before: String,
}

/// What the person at the page does, or a test.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// For so many questions the shop is still told the state of before.
    pub stale: u32,
}

impl Payment {
    /// Does it. The error is a sentence for the person.
    pub fn act(&mut self, act: &Act) -> Result<(), String> {
        let is_open = self.status == "PENDING";
        let is_reserved = self.status == "AUTHORIZED";
        if let Some(charges) = self.charges_become(&act.name) {
            charges.clone_into(&mut self.charges);
            return Ok(());
        }
        let status = match act.name.as_str() {
            "pay" if is_open && self.preauth => "AUTHORIZED",
            "pay" if is_open => "PAID",
            "authorize" if is_open => "AUTHORIZED",
            "capture" if is_reserved => "PAID",
            "cancel" | "expire" if is_open || is_reserved => "CANCELLED",
            name => {
                let status = &self.status;
                return Err(format!("{name} is not possible: the payment is {status}"));
            }
        };
        self.stale = act.stale;
        self.before = std::mem::replace(&mut self.status, status.to_owned());
        Ok(())
    }

    /// The way that it was paid by: the shop may name several.
    pub fn by(&self) -> &str {
        match self.method.as_str() {
            "CARD_ALL" => "CARD_CZ_CSOB_2",
            other => other,
        }
    }

    fn charges_become(&self, act: &str) -> Option<&'static str> {
        match act {
            "charges_pass" if self.is_kept => Some("PAID"),
            "charges_refused" if self.is_kept => Some("CANCELLED"),
            "charges_late" if self.is_kept => Some("PENDING"),
            _ => None,
        }
    }

    /// Its status as the API tells it.
    pub fn told(&mut self) -> String {
        match self.stale.checked_sub(1) {
            Some(left) => {
                self.stale = left;
                self.before.clone()
            }
            None => self.status.clone(),
        }
    }

    /// Gives money back. The error is Comgate's code.
    pub fn give_back(&mut self, amount: i64) -> Result<(), (u16, &'static str)> {
        match self.status.as_str() {
            "CANCELLED" => Err((1401, "payment is cancelled")),
            "PAID" if amount < 1 => Err((1309, "incorrect amount")),
            "PAID" if amount > self.price - self.refunded => {
                Err((1402, "amount is higher than allowed"))
            }
            "PAID" => {
                self.refunded += amount;
                Ok(())
            }
            _ => Err((1400, "payment is not paid")),
        }
    }

    /// Where the buyer goes now, if the shop has said it.
    pub fn back(&self) -> Option<&str> {
        let url = match self.status.as_str() {
            "PAID" | "AUTHORIZED" => &self.url_paid,
            "CANCELLED" => &self.url_cancelled,
            _ => &self.url_pending,
        };
        let url = url.as_deref()?;
        Some(url)
    }
}
