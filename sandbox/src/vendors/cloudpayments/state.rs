//! Orders (pages to pay at) and transactions, and what can happen to them.
//! Source: <https://developers.cloudpayments.ru/#statusy-operatsiy>.

use std::collections::BTreeMap;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The first transaction has the next number.
const NUMBERS_FROM: i64 = 897_738_513;

/// Insufficient funds.
const REFUSAL: i64 = 5051;

/// Everything of the one site.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Books {
    /// By their `Id`.
    pub orders: BTreeMap<String, Order>,
    pub transactions: BTreeMap<i64, Transaction>,
    /// Stored answers, by `X-Request-ID`, with the moment of each.
    pub answers: BTreeMap<String, (i64, Value)>,
    /// Where notifications go, by their kind.
    pub addresses: BTreeMap<String, String>,
    /// Notifications are JSON instead of forms.
    pub json: bool,
    /// So many questions are answered from before the last change.
    pub stale: u32,
    /// How charges by tokens end.
    pub charges: Charges,
}

/// How charges by tokens end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charges {
    /// The money comes at once.
    #[default]
    Pass,
    /// With this reason code, or that of insufficient funds.
    Refuse(Option<i64>),
    /// The person's bank wants it confirmed by 3-D Secure.
    Authenticate,
}

impl Charges {
    pub fn of(how: &str, reason_code: Option<i64>) -> Option<Self> {
        match how {
            "pass" => Some(Self::Pass),
            "refuse" => Some(Self::Refuse(reason_code)),
            "authenticate" => Some(Self::Authenticate),
            _ => None,
        }
    }
}

/// A page to pay at. Sums are in hundredths.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    pub id: String,
    pub number: i64,
    pub amount: i64,
    pub currency: String,
    pub invoice_id: Option<String>,
    pub account_id: Option<String>,
    pub email: Option<String>,
    pub description: String,
    pub two_stages: bool,
    pub culture: Option<String>,
    pub data: Option<String>,
    /// Created, Paid, Cancelled.
    pub status: String,
    pub success_url: Option<String>,
    pub fail_url: Option<String>,
    pub created: String,
}

/// A try to pay, or a refund.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Transaction {
    pub id: i64,
    pub order: Order,
    pub amount: i64,
    /// AwaitingAuthentication, Authorized, Completed, Cancelled, Declined.
    pub status: String,
    /// What it was before its last change; empty: it was not there.
    pub before: String,
    /// Of a refund: its payment.
    pub of: Option<i64>,
    pub reason_code: i64,
    /// What went back of it.
    pub refunded: i64,
    /// What its card can be charged with again: it was paid by a person whom the shop has named.
    pub token: Option<String>,
    pub created: String,
}

/// A notification to be sent, by its kind.
pub type Notice = (&'static str, Transaction);

/// What the person at the page does, the shop's cabinet, or a test.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// Of a refund: a part, in hundredths.
    pub amount: Option<i64>,
    /// Of a refusal.
    pub reason_code: Option<i64>,
}

pub fn now() -> String {
    Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string()
}

impl Books {
    /// The newest transaction of an order that is a payment.
    fn payment(&self, order: &str) -> Option<&Transaction> {
        let payments = self.transactions.values().filter(|one| one.of.is_none());
        payments.rev().find(|one| one.order.id == order)
    }

    pub fn add(&mut self, mut new: Transaction) -> Transaction {
        let last = self.transactions.last_key_value().map(|(id, _)| *id);
        new.id = last.unwrap_or(NUMBERS_FROM) + 1;
        new.created = now();
        self.transactions.insert(new.id, new.clone());
        new
    }

    fn set(&mut self, id: i64, status: &str, reason_code: i64) -> Option<Transaction> {
        let one = self.transactions.get_mut(&id)?;
        one.before = std::mem::replace(&mut one.status, status.to_owned());
        one.reason_code = reason_code;
        Some(one.clone())
    }

    /// Begins a try to pay at a page, or goes on with the one that waits for 3-D Secure. The error is a sentence for
    /// the person.
    pub fn begins(&mut self, order: &str) -> Result<Transaction, String> {
        let page = self.orders.get(order).ok_or("there is no such order")?;
        if page.status != "Created" {
            return Err(format!("it cannot be paid: the order is {}", page.status));
        }
        let page = page.clone();
        let waiting = self
            .payment(order)
            .filter(|one| one.status == "AwaitingAuthentication");
        if let Some(waiting) = waiting {
            return Ok(waiting.clone());
        }
        let new = Transaction {
            amount: page.amount,
            status: "AwaitingAuthentication".to_owned(),
            order: page,
            ..Transaction::default()
        };
        Ok(self.add(new))
    }

    /// How a try ends.
    pub fn ends(&mut self, id: i64, act: &Act) -> Vec<Notice> {
        let Some(order) = self.transactions.get(&id).map(|one| one.order.clone()) else {
            return Vec::new();
        };
        let (kind, status, code) = match act.name.as_str() {
            "refuse" => ("fail", "Declined", act.reason_code.unwrap_or(REFUSAL)),
            "authorize" => ("pay", "Authorized", 0),
            _ if order.two_stages => ("pay", "Authorized", 0),
            _ => ("pay", "Completed", 0),
        };
        if let Some(page) = self.orders.get_mut(&order.id).filter(|_| kind == "pay") {
            "Paid".clone_into(&mut page.status);
        }
        let mut ended = self.set(id, status, code);
        if let Some(one) = self.transactions.get_mut(&id).filter(|_| kind == "pay") {
            one.token = one.token.take().or_else(|| one.new_token());
            ended = Some(one.clone());
        }
        ended.map(|one| (kind, one)).into_iter().collect()
    }

    /// What happens to the payment of a page afterwards.
    pub fn acts(&mut self, order: &str, act: &Act) -> Result<Vec<Notice>, String> {
        let payment = self.payment(order).ok_or("nothing was paid there")?;
        let id = payment.id;
        match act.name.as_str() {
            "confirm" => self.confirm(id, act.amount).map(|one| vec![one]),
            "void" => self.void(id).map(|one| vec![one]),
            "refund" => self.refund(id, act.amount).map(|(one, _)| vec![one]),
            "refund_bounces" => self.bounce(id).map(|one| vec![one]),
            name => Err(format!("there is no act {name}")),
        }
    }

    fn in_status(&self, id: i64, status: &str) -> Result<Transaction, String> {
        let found = self.transactions.get(&id).filter(|one| one.of.is_none());
        let found = found.ok_or("Not found")?;
        match found.status == status {
            true => Ok(found.clone()),
            false => Err(format!("the transaction is {}", found.status)),
        }
    }

    pub fn confirm(&mut self, id: i64, amount: Option<i64>) -> Result<Notice, String> {
        let held = self.in_status(id, "Authorized")?;
        let amount = amount.unwrap_or(held.amount);
        if !(1..=held.amount).contains(&amount) {
            return Err("Invalid Amount value".to_owned());
        }
        if let Some(one) = self.transactions.get_mut(&id) {
            one.amount = amount;
        }
        let confirmed = self.set(id, "Completed", 0).ok_or("Not found")?;
        Ok(("confirm", confirmed))
    }

    pub fn void(&mut self, id: i64) -> Result<Notice, String> {
        self.in_status(id, "Authorized")?;
        let void = self.set(id, "Cancelled", 0).ok_or("Not found")?;
        Ok(("cancel", void))
    }

    /// Gives all that is left back, or a part; with the number of the refund.
    pub fn refund(&mut self, id: i64, amount: Option<i64>) -> Result<(Notice, i64), String> {
        let payment = self.in_status(id, "Completed")?;
        let left = payment.amount - payment.refunded;
        let amount = amount.unwrap_or(left);
        if !(1..=left).contains(&amount) {
            return Err("Invalid Amount value".to_owned());
        }
        if let Some(one) = self.transactions.get_mut(&id) {
            one.refunded += amount;
        }
        let refund = self.add(Transaction {
            order: payment.order,
            amount,
            status: "Completed".to_owned(),
            of: Some(id),
            ..Transaction::default()
        });
        let number = refund.id;
        Ok((("refund", refund), number))
    }

    /// The last refund of a payment fails after all.
    fn bounce(&mut self, id: i64) -> Result<Notice, String> {
        let mut refunds = self.transactions.values().rev();
        let refund = refunds.find(|one| one.of == Some(id) && one.status == "Completed");
        let (refund, amount) = refund
            .map(|one| (one.id, one.amount))
            .ok_or("nothing went back")?;
        if let Some(payment) = self.transactions.get_mut(&id) {
            payment.refunded -= amount;
        }
        let failed = self.set(refund, "Declined", 5204).ok_or("Not found")?;
        Ok(("fail", failed))
    }

    /// One question is answered; from before the last change, if a test wants it so.
    pub fn seen(&mut self, found: Option<Transaction>) -> Option<Transaction> {
        if self.stale == 0 {
            return found;
        }
        self.stale -= 1;
        let mut found = found.filter(|one| !one.before.is_empty())?;
        found.status.clone_from(&found.before);
        Some(found)
    }
}

impl Transaction {
    fn new_token(&self) -> Option<String> {
        self.order.account_id.as_ref()?;
        Some(format!("tk_{}", uuid::Uuid::new_v4().simple()))
    }

    /// Of a payment and of a refund, as notifications have it.
    pub fn operation(&self) -> &'static str {
        match self.of {
            Some(_) => "Refund",
            None => "Payment",
        }
    }

    pub fn status_code(&self) -> i64 {
        match self.status.as_str() {
            "AwaitingAuthentication" => 1,
            "Authorized" => 2,
            "Completed" => 3,
            "Cancelled" => 4,
            _ => 5,
        }
    }

    pub fn reason(&self) -> &'static str {
        match self.reason_code {
            0 => "Approved",
            3001 => "InvalidInvoiceId",
            3002 => "InvalidAccountId",
            3003 => "InvalidAmount",
            3004 => "OutOfDate",
            3005 => "FormatError",
            3007 => "UnableToConnect",
            3008 => "NotAccepted",
            5051 => "InsufficientFunds",
            5054 => "ExpiredCard",
            5204 => "UnableToProcess",
            5206 => "AuthenticationFailed",
            _ => "DoNotHonor",
        }
    }
}
