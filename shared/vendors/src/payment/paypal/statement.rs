//! PayPal's transactions: what came, what PayPal keeps of it, and what went to the bank.
//!
//! Sources: <https://developer.paypal.com/docs/api/transaction-search/v1/> and
//! <https://developer.paypal.com/docs/transaction-search/transaction-event-codes/>. A transaction is listed up to three hours
//! after it was made; of one question the days are 31 at the most, and here it is one.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::money::Money;
use super::{Paypal, What, failed, parsed};
use crate::payment::{Line, Moved, Sum};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// The most on a page.
const PAGE: usize = 500;

/// The most pages of a day: PayPal lists ten thousand transactions, and refuses a question about more.
const PAGES: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    transaction_details: Vec<Details>,
    total_pages: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    transaction_info: Transaction,
}

/// A transaction. What is taken from the account is negative, also as a fee.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Transaction {
    transaction_id: String,
    /// What it is a part of.
    paypal_reference_id: Option<String>,
    transaction_event_code: String,
    transaction_initiation_date: String,
    transaction_amount: Money,
    fee_amount: Option<Money>,
    /// D: denied, P: pending, S: done, V: done, and reversed afterwards.
    transaction_status: String,
    /// Of a payment by an order: its `custom_id`.
    custom_field: Option<String>,
}

impl Paypal {
    /// All lines of a day; `None`: the app may not ask for them.
    pub(super) async fn lines(&self, day: NaiveDate) -> Result<Option<Vec<Line>>, ProviderError> {
        let mut all = Vec::new();
        for number in 1..=PAGES {
            let path = format!(
                "/v1/reporting/transactions?start_date={day}T00:00:00Z&end_date={day}T23:59:59Z\
                 &fields=transaction_info&page_size={PAGE}&page={number}"
            );
            let body = match self.calls.call(&path, What::Get).await {
                Ok(body) => body,
                Err(why) if why.error.kind == Kind::Auth => {
                    tracing::warn!(error = %why.error,
                        "PayPal tells no transactions: the app needs the feature Transaction Search");
                    return Ok(None);
                }
                Err(why) => return Err(why.error),
            };
            let page: Page = parsed(&body)?;
            all.extend(
                page.transaction_details
                    .into_iter()
                    .map(|one| one.transaction_info),
            );
            if number >= page.total_pages {
                let lines = lines(&all).map_err(|why| failed(Kind::Protocol, why))?;
                return Ok(Some(lines));
            }
        }
        Err(failed(Kind::Protocol, "more pages than PayPal has"))
    }
}

fn lines(all: &[Transaction]) -> Result<Vec<Line>, &'static str> {
    let is_done = |one: &&Transaction| matches!(one.transaction_status.as_str(), "S" | "V");
    let done: Vec<&Transaction> = all.iter().filter(is_done).collect();
    let mut lines = Vec::new();
    for one in &done {
        lines.extend(one.lines()?);
    }
    lines.extend(exchanged(&done)?);
    Ok(lines)
}

/// What was exchanged: of each exchange there are two transactions, one out of a currency and one into another, which are
/// parts of the same one.
fn exchanged(done: &[&Transaction]) -> Result<Vec<Line>, &'static str> {
    let mut by_reference: BTreeMap<&str, Vec<&Transaction>> = BTreeMap::new();
    for one in done.iter().filter(|one| one.group() == "T02") {
        let reference = one.paypal_reference_id.as_deref().unwrap_or_default();
        by_reference.entry(reference).or_default().push(one);
    }
    let mut lines = Vec::new();
    for (reference, parts) in by_reference {
        let mut out = parts
            .iter()
            .filter(|one| one.transaction_amount.is_negative());
        let mut into = parts
            .iter()
            .filter(|one| !one.transaction_amount.is_negative());
        let (Some(from), Some(to), 2) = (out.next(), into.next(), parts.len()) else {
            tracing::error!(
                reference,
                "an exchange of PayPal's is not in the books: it has not two sides"
            );
            continue;
        };
        let moved = Moved::Exchanged {
            from: negative(from.sum()?),
            to: to.sum()?,
        };
        lines.push(from.line("", moved)?);
    }
    Ok(lines)
}

impl Transaction {
    /// The group of what happened, such as `T00` of `T0006`.
    fn group(&self) -> &str {
        self.transaction_event_code.get(..3).unwrap_or_default()
    }

    fn lines(&self) -> Result<Vec<Line>, &'static str> {
        let moved = match self.group() {
            // Money that we have sent to another account is no sale.
            "T00" if self.transaction_amount.is_negative() => None,
            "T00" => Some(Moved::Came {
                order: self.order(),
                sum: self.sum()?,
            }),
            "T01" => Some(Moved::Fee(negative(self.sum()?))),
            // From the bank, and to the bank.
            "T03" | "T04" => Some(Moved::PaidOut(negative(self.sum()?))),
            _ => None,
        };
        let fee = match &self.fee_amount {
            Some(fee) => Some(negative(fee.sum()?)).filter(|fee| !fee.amount.is_zero()),
            None => None,
        };
        let own = moved.map(|moved| self.line("", moved));
        let fee = fee.map(|fee| self.line(":fee", Moved::Fee(fee)));
        own.into_iter().chain(fee).collect()
    }

    fn order(&self) -> Option<Uuid> {
        self.custom_field.as_deref()?.parse().ok()
    }

    fn sum(&self) -> Result<Sum, &'static str> {
        self.transaction_amount.sum()
    }

    fn line(&self, what: &str, moved: Moved) -> Result<Line, &'static str> {
        if self.transaction_id.is_empty() {
            return Err("a transaction without its number");
        }
        Ok(Line {
            number: format!("{}{what}", self.transaction_id),
            at: self.at().ok_or("a transaction without a time")?,
            moved,
        })
    }

    /// Written as `2026-09-21T10:00:00+0000`, or with a colon in the offset.
    fn at(&self) -> Option<DateTime<Utc>> {
        let written = self.transaction_initiation_date.as_str();
        let read = DateTime::parse_from_rfc3339(written)
            .or_else(|_| DateTime::parse_from_str(written, "%Y-%m-%dT%H:%M:%S%z"));
        Some(read.ok()?.to_utc())
    }
}

fn negative(sum: Sum) -> Sum {
    Sum {
        amount: -sum.amount,
        ..sum
    }
}
