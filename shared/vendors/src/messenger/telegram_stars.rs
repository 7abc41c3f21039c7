//! The list of a bot's transactions in Telegram Stars, in which paid orders are found whose update was lost.
//!
//! Source: <https://core.telegram.org/bots/api#getstartransactions>.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::telegram::Telegram;
use super::telegram_payment::{PAID, RETURNED, STARS};
use crate::ProviderError;
use crate::payment::redact::redacted;
use crate::payment::{Happened, Notification};

/// The most that the Bot API gives at once.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Transactions {
    transactions: Vec<Value>,
}

impl Telegram {
    /// The payments for invoices, and their refunds, since a moment. The list begins with the bot's first
    /// transaction, and is in the order of time: where to begin is found by halving.
    pub(super) async fn moved_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<Notification>, ProviderError> {
        let (mut low, mut high) = (0, 0);
        while self.is_older(high, since).await? {
            (low, high) = (high + 1, 2 * high + 1);
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.is_older(middle, since).await? {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let mut found = Vec::new();
        loop {
            let page = self.transactions(low, PAGE).await?;
            found.extend(page.iter().filter_map(notification));
            if page.len() < PAGE {
                return Ok(found);
            }
            low += PAGE;
        }
    }

    /// Whether there is a transaction at this place, from before that moment.
    async fn is_older(&self, at: usize, than: DateTime<Utc>) -> Result<bool, ProviderError> {
        let one = self.transactions(at, 1).await?;
        let date = one.first().and_then(|one| one["date"].as_i64());
        Ok(date.is_some_and(|date| date < than.timestamp()))
    }

    async fn transactions(&self, offset: usize, limit: usize) -> Result<Vec<Value>, ProviderError> {
        let body = json!({ "offset": offset, "limit": limit });
        let page: Transactions = self.call("getStarTransactions", &body).await?;
        Ok(page.transactions)
    }
}

/// A transaction as the update about it would have been; `None`: it is not about an invoice.
fn notification(transaction: &Value) -> Option<Notification> {
    let of = |side: &str| Some(&transaction[side]).filter(|partner| partner.is_object());
    // Stars that are given back go to a receiver.
    let (partner, happened, status) = match of("receiver") {
        Some(receiver) => (receiver, Happened::Returned, RETURNED),
        None => (of("source")?, Happened::Paid, PAID),
    };
    Some(Notification {
        order_id: partner["invoice_payload"].as_str()?.to_owned(),
        external_id: transaction["id"].as_str()?.to_owned(),
        status: status.to_owned(),
        happened,
        amount: Decimal::from(transaction["amount"].as_i64()?),
        currency: STARS.to_owned(),
        returned: None,
        payer: partner["user"]["id"].as_i64(),
        refusal: None,
        saved: None,
        words: redacted(transaction, &["user"]),
    })
}
