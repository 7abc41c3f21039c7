//! The list of a day: what was paid, and what CloudPayments keeps of it.
//!
//! Source: <https://developers.cloudpayments.ru/#vygruzka-spiska-tranzaktsiy>. What it sends to the bank is left out: a
//! transaction tells of it by itself, days later, when its day is asked for no more.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::Fields;
use super::words::{COMPLETED, PAYMENT};
use crate::payment::{Line, Moved, Sum};

/// The question for a day, whose bounds are those of UTC.
pub(super) fn question(day: NaiveDate) -> Value {
    json!({ "Date": day.format("%Y-%m-%d").to_string(), "TimeZone": "UTC" })
}

/// The lines of a transaction: of a payment whose money has come.
pub(super) fn lines(one: &Fields) -> Result<Vec<Line>, &'static str> {
    let is_payment = one.get("Type").unwrap_or(PAYMENT) == PAYMENT;
    if !is_payment || one.get("Status") != Some(COMPLETED) {
        return Ok(Vec::new());
    }
    let number = one.get("TransactionId").ok_or("TransactionId is missing")?;
    let at = at(one).ok_or("a transaction without a time")?;
    let currency = one.get("Currency").ok_or("Currency is missing")?;
    let line = |what: &str, moved| Line {
        number: format!("{number}{what}"),
        at,
        moved,
    };
    let sum = |name: &str| {
        Some(Sum {
            amount: one.sum(name)?,
            currency: currency.to_owned(),
        })
    };
    let came = Moved::Came {
        order: one
            .get("InvoiceId")
            .and_then(|order| order.parse::<Uuid>().ok()),
        sum: sum("Amount").ok_or("Amount is missing")?,
    };
    let fee = sum("TotalFee").filter(|fee| !fee.amount.is_zero());
    let fee = fee.map(|fee| line(":fee", Moved::Fee(fee)));
    Ok([line("", came)].into_iter().chain(fee).collect())
}

/// When its money came, in the time zone that was asked for.
fn at(one: &Fields) -> Option<DateTime<Utc>> {
    let written = one.get("ConfirmDateIso").or(one.get("CreatedDateIso"))?;
    let written = NaiveDateTime::parse_from_str(written, "%Y-%m-%dT%H:%M:%S%.f");
    Some(written.ok()?.and_utc())
}
