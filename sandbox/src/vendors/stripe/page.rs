//! The page to pay at.

use serde_json::Value;

use crate::payments::page::Page;

/// With buttons while there is something to decide.
pub fn of(session: &Value) -> String {
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
    let currency = session["currency"]
        .as_str()
        .unwrap_or_default()
        .to_uppercase();
    let total = session["amount_total"].as_i64().unwrap_or_default();
    let sum = match currency.as_str() {
        "JPY" | "KRW" | "VND" => format!("{total} {currency}"),
        _ => format!("{}.{:02} {currency}", total / 100, total % 100),
    };
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
