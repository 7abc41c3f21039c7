//! Stripe's balance transactions: what moved, what Stripe keeps of it, and what went to the bank.
//!
//! Source: <https://docs.stripe.com/api/balance_transactions>.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::sums::whole;
use super::words::ORDER;
use crate::payment::{Line, Moved, Sum};

/// A balance transaction, with its source.
#[derive(Deserialize)]
struct Transaction {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// In the currency of the account, as is `fee`.
    amount: i64,
    fee: i64,
    currency: String,
    created: i64,
    #[serde(default)]
    source: Value,
}

/// The bounds of a day, as a list takes them.
pub(super) fn bounds(day: NaiveDate) -> Option<[i64; 2]> {
    let from = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some([from, from + 24 * 60 * 60 - 1])
}

/// The lines of a balance transaction.
pub(super) fn lines(words: &Value) -> Result<Vec<Line>, &'static str> {
    let one = Transaction::deserialize(words).map_err(|_| "not a balance transaction")?;
    let at = DateTime::<Utc>::from_timestamp(one.created, 0).ok_or("not a time")?;
    let line = |what: &str, moved| Line {
        number: format!("{}{what}", one.id),
        at,
        moved,
    };
    let own = sum(one.amount, &one.currency)?;
    let mut lines = Vec::new();
    match one.kind.as_str() {
        "charge" | "payment" => {
            let taken = taken(&one.source)?.unwrap_or_else(|| own.clone());
            lines.push(line("", came(&one.source, taken.clone())));
            lines.extend(exchanged(taken, own).map(|moved| line(":exchanged", moved)));
        }
        // What goes back, is held, or comes back from there is exchanged as well. The sources say no signs.
        "refund" | "payment_refund" | "refund_failure" | "adjustment" => {
            let signed = |sum: Sum| match own.amount.is_sign_negative() {
                true => negative(sum),
                false => sum,
            };
            let taken = taken(&one.source)?.map(signed);
            let exchanged = taken.and_then(|taken| exchanged(taken, own));
            lines.extend(exchanged.map(|moved| line(":exchanged", moved)));
        }
        "payout" | "payout_cancel" | "payout_failure" => {
            lines.push(line("", Moved::PaidOut(negative(own))));
        }
        "stripe_fee" | "tax_fee" => lines.push(line("", Moved::Fee(negative(own)))),
        _ => {}
    }
    if one.fee != 0 {
        let fee = sum(one.fee, &one.currency)?;
        lines.push(line(":fee", Moved::Fee(fee)));
    }
    Ok(lines)
}

fn came(source: &Value, sum: Sum) -> Moved {
    let order = source["metadata"][ORDER].as_str();
    let order = order.and_then(|order| order.parse().ok());
    Moved::Came { order, sum }
}

/// What the buyer paid, or got back, in their own currency; `None`: the source does not say it.
fn taken(source: &Value) -> Result<Option<Sum>, &'static str> {
    let (amount, currency) = (source["amount"].as_i64(), source["currency"].as_str());
    amount
        .zip(currency)
        .map(|(amount, currency)| sum(amount, currency))
        .transpose()
}

fn exchanged(from: Sum, to: Sum) -> Option<Moved> {
    (from.currency != to.currency).then_some(Moved::Exchanged { from, to })
}

fn negative(sum: Sum) -> Sum {
    Sum {
        amount: -sum.amount,
        ..sum
    }
}

fn sum(minor: i64, currency: &str) -> Result<Sum, &'static str> {
    let currency = currency.to_uppercase();
    let amount = whole(minor, &currency).ok_or("a currency that is none")?;
    Ok(Sum { amount, currency })
}
