//! An invoice of BTCPay, and what can happen to it. Sources: the server's documentation, "Invoices", and its API's
//! `InvoiceData` and `InvoicePaymentMethodDataModel`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One bitcoin costs so much, in any currency.
const RATE: i64 = 50_000;
/// Parts of a unit in which sums are kept here: satoshi of a bitcoin.
const UNIT: i64 = 100_000_000;

/// One invoice.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Invoice {
    pub id: String,
    /// As it was asked for.
    pub amount: String,
    pub currency: String,
    /// New, Processing, Settled, Expired, Invalid.
    pub status: String,
    /// None, PaidPartial, PaidLate, PaidOver, Marked.
    pub additional: String,
    pub metadata: Value,
    pub checkout: Value,
    pub redirect_url: Option<String>,
    /// In Unix time.
    pub created: i64,
    pub expires: i64,
    pub archived: bool,
    pub transfers: Vec<Transfer>,
    /// So many questions for it are answered with its state of before.
    pub stale: u32,
    pub before: (String, String),
}

/// A transfer in bitcoin, in satoshi.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Transfer {
    pub id: String,
    pub value: i64,
    /// Processing, Settled, Invalid.
    pub status: String,
    pub at: i64,
}

/// What the shop is told.
pub struct Notice {
    pub kind: &'static str,
    pub more: Value,
}

/// What the person at the page does, or a test, or the shop's operator.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// Of a transfer, in satoshi: else what is due.
    pub amount: Option<i64>,
    /// For so many questions the shop is still told the state of before.
    pub stale: u32,
}

/// A number of units with up to eight decimals.
pub fn units(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if part.len() > 8 || whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    let part: i64 = format!("{part:0<8}").parse().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(UNIT)?
        .checked_add(part)
}

/// The other way.
pub fn text(units: i64) -> String {
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.abs());
    let text = format!("{sign}{}.{:08}", units / UNIT, units % UNIT);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Invoice {
    /// What it costs, in satoshi.
    pub fn price(&self) -> i64 {
        units(&self.amount).unwrap_or_default() / RATE
    }

    /// What came, in satoshi.
    pub fn paid(&self) -> i64 {
        let valid = self.transfers.iter().filter(|one| one.status != "Invalid");
        valid.map(|one| one.value).sum()
    }

    /// Whether money of it can go back.
    pub fn is_refundable(&self) -> bool {
        let uneven = matches!(
            self.additional.as_str(),
            "PaidPartial" | "PaidLate" | "PaidOver"
        );
        self.status == "Settled" || self.status == "Invalid" || self.status == "Expired" && uneven
    }

    /// Does it, and tells of what the shop is notified. The error is a sentence for the person.
    pub fn act(&mut self, act: &Act, now: i64) -> Result<Vec<Notice>, String> {
        let before = (self.status.clone(), self.additional.clone());
        let price = self.price();
        let can_receive = self.status != "Invalid";
        let notices = match act.name.as_str() {
            "pay" if can_receive => self.receive(act.amount, "Settled", now),
            "pay_chain" if can_receive => self.receive(act.amount, "Processing", now),
            "pay_half" if can_receive => self.receive(Some(price / 2), "Settled", now),
            "pay_double" if can_receive => self.receive(Some(price * 2), "Settled", now),
            "confirm" if self.is_waiting() => self.confirm(),
            "lose" if self.is_waiting() => self.lose(),
            "expire" if self.status == "New" => self.expire(),
            "settle" if self.status != "Settled" => vec![self.mark("Settled")],
            "invalidate" if self.status != "Invalid" => vec![self.mark("Invalid")],
            name => {
                let status = &self.status;
                return Err(format!("{name} is not possible: the invoice is {status}"));
            }
        };
        (self.stale, self.before) = (act.stale, before);
        Ok(notices)
    }

    fn is_waiting(&self) -> bool {
        self.transfers.iter().any(|one| one.status == "Processing")
    }

    fn receive(&mut self, value: Option<i64>, status: &str, now: i64) -> Vec<Notice> {
        let late = self.status == "Expired";
        let due = self.price() - self.paid();
        let half = || uuid::Uuid::new_v4().simple().to_string();
        let transfer = Transfer {
            id: format!("{}{}-0", half(), half()),
            value: value.unwrap_or(if due > 0 { due } else { self.price() }),
            status: status.to_owned(),
            at: now,
        };
        let mut notices = vec![Notice {
            kind: "InvoiceReceivedPayment",
            more: of_transfer(&transfer, late),
        }];
        if status == "Settled" {
            notices.push(Notice {
                kind: "InvoicePaymentSettled",
                more: of_transfer(&transfer, late),
            });
        }
        self.transfers.push(transfer);
        notices.extend(self.weigh());
        notices.extend(self.settled());
        notices
    }

    /// What follows from the sum that came.
    fn weigh(&mut self) -> Option<Notice> {
        let (paid, price) = (self.paid(), self.price());
        let over = paid > price;
        match self.status.as_str() {
            "New" | "Expired" if paid < price => "PaidPartial".clone_into(&mut self.additional),
            "Expired" => {
                "PaidLate".clone_into(&mut self.additional);
                return Some(Notice {
                    kind: "InvoicePaidAfterExpiration",
                    more: json!({}),
                });
            }
            _ => self.additional = if over { "PaidOver" } else { "None" }.to_owned(),
        }
        if self.status != "New" || paid < price {
            return None;
        }
        "Processing".clone_into(&mut self.status);
        Some(Notice {
            kind: "InvoiceProcessing",
            more: json!({ "overPaid": over }),
        })
    }

    /// Once all that came has come for good.
    fn settled(&mut self) -> Option<Notice> {
        if self.status != "Processing" || self.is_waiting() {
            return None;
        }
        "Settled".clone_into(&mut self.status);
        let over = self.additional == "PaidOver";
        Some(Notice {
            kind: "InvoiceSettled",
            more: json!({ "manuallyMarked": false, "overPaid": over }),
        })
    }

    fn confirm(&mut self) -> Vec<Notice> {
        let late = self.status == "Expired";
        let waiting = self.transfers.iter_mut();
        let mut notices = Vec::new();
        for transfer in waiting.filter(|one| one.status == "Processing") {
            "Settled".clone_into(&mut transfer.status);
            notices.push(Notice {
                kind: "InvoicePaymentSettled",
                more: of_transfer(transfer, late),
            });
        }
        notices.extend(self.settled());
        notices
    }

    /// It was spent elsewhere, and was never confirmed.
    fn lose(&mut self) -> Vec<Notice> {
        for transfer in &mut self.transfers {
            if transfer.status == "Processing" {
                "Invalid".clone_into(&mut transfer.status);
            }
        }
        if self.status != "Processing" {
            return Vec::new();
        }
        "Invalid".clone_into(&mut self.status);
        vec![Notice {
            kind: "InvoiceInvalid",
            more: json!({ "manuallyMarked": false }),
        }]
    }

    fn expire(&mut self) -> Vec<Notice> {
        "Expired".clone_into(&mut self.status);
        let partly = self.additional == "PaidPartial";
        let mut notices = vec![Notice {
            kind: "InvoiceExpired",
            more: json!({ "partiallyPaid": partly }),
        }];
        if partly {
            notices.push(Notice {
                kind: "InvoiceExpiredPaidPartial",
                more: json!({}),
            });
        }
        notices
    }

    fn mark(&mut self, status: &'static str) -> Notice {
        status.clone_into(&mut self.status);
        "Marked".clone_into(&mut self.additional);
        let kind = match status {
            "Settled" => "InvoiceSettled",
            _ => "InvoiceInvalid",
        };
        let more = json!({ "manuallyMarked": true, "overPaid": false });
        Notice { kind, more }
    }

    /// As the API shows it.
    pub fn shown(&mut self, store: &str, here: &str) -> Value {
        let (status, additional) = match self.stale.checked_sub(1) {
            Some(left) => {
                self.stale = left;
                self.before.clone()
            }
            None => (self.status.clone(), self.additional.clone()),
        };
        json!({
            "id": self.id, "storeId": store, "amount": self.amount, "currency": self.currency,
            "paidAmount": text(self.paid() * RATE), "type": "Standard",
            "checkoutLink": format!("{here}/btcpay/i/{}", self.id),
            "createdTime": self.created, "expirationTime": self.expires,
            "monitoringExpiration": self.expires + 86_400, "status": status, "additionalStatus": additional,
            "availableStatusesForManualMarking": ["Settled", "Invalid"], "archived": self.archived,
            "metadata": self.metadata, "checkout": self.checkout, "receipt": {},
        })
    }

    /// The ways to pay it: one.
    pub fn ways(&self) -> Value {
        let transfers: Vec<Value> = self.transfers.iter().map(transfer).collect();
        let paid = text(self.paid());
        json!([{
            "paymentMethodId": "BTC-CHAIN", "currency": "BTC", "activated": true, "destination": "bc1qsandbox",
            "paymentLink": "bitcoin:bc1qsandbox", "rate": RATE.to_string(), "paymentMethodPaid": paid,
            "totalPaid": paid, "due": text(self.price() - self.paid()), "amount": text(self.price()),
            "paymentMethodFee": "0", "payments": transfers, "additionalData": {},
        }])
    }
}

fn transfer(transfer: &Transfer) -> Value {
    json!({
        "id": transfer.id, "receivedDate": transfer.at, "value": text(transfer.value), "fee": "0",
        "status": transfer.status, "destination": "bc1qsandbox",
    })
}

fn of_transfer(of: &Transfer, late: bool) -> Value {
    json!({ "afterExpiration": late, "paymentMethodId": "BTC-CHAIN", "payment": transfer(of) })
}
