//! The page to pay at.

use serde_json::Value;

use crate::payments::page::Page;

/// With buttons while there is something to decide: at a session, or where the bank of an intent asks.
pub fn of(session: &Value) -> String {
    if session["object"] == "payment_intent" {
        return of_intent(session);
    }
    let methods = session["payment_method_types"].as_array();
    let takes_debits = methods.is_some_and(|all| all.iter().any(|one| one == "sepa_debit"));
    let mut acts = Vec::new();
    match (
        session["status"].as_str(),
        session["payment_status"].as_str(),
    ) {
        (Some("open"), _) => {
            acts.push(("pay", "Pay"));
            if takes_debits {
                acts.push(("pay_by_debit", "Pay by SEPA debit"));
            }
            acts.extend([
                ("decline", "The card is declined"),
                ("leave", "Back to the shop"),
            ]);
        }
        (_, Some("unpaid")) if session["status"] == "complete" => {
            acts.extend([
                ("arrives", "The debit arrives"),
                ("bounces", "The debit bounces"),
            ]);
        }
        _ => {}
    }
    let sum = sum(&session["amount_total"], &session["currency"]);
    let status = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
    Page {
        vendor: "Stripe",
        what: session["_what"].as_str().unwrap_or_default(),
        sum: &sum,
        status: &format!("{}, {}", status("status"), status("payment_status")),
        acts: &acts,
    }
    .html()
}

fn of_intent(intent: &Value) -> String {
    let status = intent["status"].as_str().unwrap_or_default();
    let acts: &[(&str, &str)] = match status {
        "requires_payment_method" => &[
            ("pay", "Pay"),
            ("pay_by_debit", "Pay by SEPA debit"),
            ("ask", "Pay, and the bank asks"),
            ("decline", "The card is declined"),
            ("cancel", "Give up"),
        ],
        "requires_action" => &[
            ("authenticate", "It is me"),
            ("fail_authentication", "It is not me"),
        ],
        "processing" => &[
            ("arrives", "The debit arrives"),
            ("bounces", "The debit bounces"),
        ],
        _ => &[],
    };
    Page {
        vendor: "Stripe",
        what: intent["description"].as_str().unwrap_or_default(),
        sum: &sum(&intent["amount"], &intent["currency"]),
        status,
        acts,
    }
    .html()
}

fn sum(minor: &Value, currency: &Value) -> String {
    let currency = currency.as_str().unwrap_or_default().to_uppercase();
    let total = minor.as_i64().unwrap_or_default();
    match currency.as_str() {
        "JPY" | "KRW" | "VND" => format!("{total} {currency}"),
        _ => format!("{}.{:02} {currency}", total / 100, total % 100),
    }
}
