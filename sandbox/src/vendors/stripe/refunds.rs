//! Money that goes back. Source: <https://docs.stripe.com/api/refunds>.

use serde_json::{Value, json};

use super::account::{Account, now, number};
use super::acts::{Told, text};
use super::balance;
use super::errors::Refusal;

/// Gives back a part (`amount`, in minor units) or the rest. By debit it takes its time: `pending`.
pub fn make(
    account: &mut Account,
    intent: &str,
    amount: Option<i64>,
    metadata: &Value,
    reason: &str,
) -> Result<(Value, Vec<Told>), Refusal> {
    let found = account.get(intent);
    let found =
        found.ok_or_else(|| Refusal::no_such("payment_intent", intent).at("payment_intent"))?;
    let by_debit = found["_method"] == "sepa_debit";
    let charge = account.get(&text(&found["latest_charge"])).cloned();
    let charge = charge
        .filter(|charge| charge["paid"] == true)
        .ok_or_else(|| {
            Refusal::invalid(format!(
                "This PaymentIntent ({intent}) does not have a successful charge to refund."
            ))
        })?;
    let (whole, back) = (int(&charge["amount"]), int(&charge["amount_refunded"]));
    let amount = amount.unwrap_or(whole - back);
    let id = text(&charge["id"]);
    if whole == back {
        let why = format!("Charge {id} has already been refunded.");
        return Err(Refusal::invalid(why).code("charge_already_refunded"));
    }
    if amount < 1 {
        return Err(Refusal::invalid("Invalid positive integer")
            .at("amount")
            .code("parameter_invalid_integer"));
    }
    if amount > whole - back {
        let why = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({})",
            whole - back
        );
        return Err(Refusal::invalid(why).at("amount").code("amount_too_large"));
    }
    let is_disputed =
        |one: &Value| one["charge"] == charge["id"] && one["is_charge_refundable"] == false;
    if account.all("dispute").any(is_disputed) {
        let why = format!("Charge {id} has been charged back; cannot issue a refund.");
        return Err(Refusal::invalid(why).code("charge_disputed"));
    }
    account.changes();
    let status = if by_debit { "pending" } else { "succeeded" };
    let refund = account.add(json!({
        "id": number("re"), "object": "refund", "created": now(), "amount": amount, "charge": id,
        "payment_intent": intent, "currency": charge["currency"], "status": status, "reason": reason,
        "metadata": metadata, "balance_transaction": number("txn"), "receipt_number": null,
    }));
    goes(account, &id, amount);
    let source = text(&refund["id"]);
    balance::moved(account, ("refund", &source), -amount, &charge["currency"]);
    let told = vec![
        ("refund.created", text(&refund["id"])),
        ("charge.refunded", id),
    ];
    Ok((refund, told))
}

/// The sum of a charge that went back grows, or falls.
fn goes(account: &mut Account, charge: &str, amount: i64) {
    if let Some(charge) = account.at(charge) {
        let back = int(&charge["amount_refunded"]) + amount;
        charge["refunded"] = json!(back == int(&charge["amount"]));
        charge["amount_refunded"] = json!(back);
    }
}

/// The last refund of a session ends so; one that had succeeded can fail, too.
pub fn ends(account: &mut Account, session: &Value, status: &str) -> Result<Vec<Told>, String> {
    let intent = &session["payment_intent"];
    let last = account
        .all("refund")
        .rfind(|one| one["payment_intent"] == *intent && one["status"] != "failed");
    let last = last.cloned().ok_or("there is no refund")?;
    let id = text(&last["id"]);
    if let Some(refund) = account.at(&id) {
        refund["status"] = json!(status);
        if status == "failed" {
            refund["failure_reason"] = json!("lost_or_stolen_card");
        }
    }
    if status != "failed" {
        return Ok(vec![("refund.updated", id)]);
    }
    goes(account, &text(&last["charge"]), -int(&last["amount"]));
    let here_again = ("refund_failure", id.as_str());
    balance::moved(account, here_again, int(&last["amount"]), &last["currency"]);
    Ok(vec![("refund.updated", id.clone()), ("refund.failed", id)])
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
