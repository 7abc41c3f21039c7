//! The balance of the account: what moved, what Stripe keeps of it, and what it sends to the bank.
//! Source: <https://docs.stripe.com/api/balance_transactions>.

use serde_json::{Value, json};

use super::account::{Account, now, number};

/// Writes down that money came (`charge`), with what Stripe keeps of it: 1.5 % and a quarter of a unit.
pub fn came(account: &mut Account, source: &str, amount: i64, currency: &Value) {
    add(
        account,
        ("charge", source),
        (amount, amount * 15 / 1_000 + 25),
        currency,
    );
}

/// That it went back (`refund`), or is held or here again after a dispute (`adjustment`).
pub fn moved(account: &mut Account, (kind, source): (&str, &str), amount: i64, currency: &Value) {
    add(account, (kind, source), (amount, 0), currency);
}

/// Sends money to the bank.
pub fn pay_out(account: &mut Account, amount: i64, currency: &str) {
    let id = number("po");
    account.add(json!({
        "id": id, "object": "payout", "created": now(), "livemode": false, "amount": amount,
        "currency": currency, "arrival_date": now(), "automatic": true, "status": "paid", "type": "bank_account",
    }));
    add(account, ("payout", &id), (-amount, 0), &json!(currency));
}

fn add(
    account: &mut Account,
    (kind, source): (&str, &str),
    (amount, fee): (i64, i64),
    currency: &Value,
) {
    account.add(json!({
        "id": number("txn"), "object": "balance_transaction", "created": now(), "available_on": now(),
        "amount": amount, "fee": fee, "net": amount - fee, "currency": currency, "exchange_rate": null,
        "fee_details": [], "reporting_category": kind, "source": source, "status": "available", "type": kind,
        "description": null,
    }));
}
