//! Charges without a page, of what a session has kept. Source: <https://docs.stripe.com/api/payment_intents/create>.

use serde_json::{Map, Value, json};

use super::account::{Account, now, number, shown};
use super::acts::{Act, Told, charged, disputed, set, text};
use super::errors::Refusal;
use super::form::{int, list, text as field};
use super::sessions::metadata;
use super::{intents, portal, refunds};

/// What a charge may be made with here.
const FIELDS: [&str; 11] = [
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_types",
    "statement_descriptor_suffix",
];

/// Makes a PaymentIntent and confirms it: what is answered and told. A decline is an answer with an `error`.
pub fn create(
    account: &mut Account,
    form: &Value,
    expand: &[&str],
) -> Result<(Value, Vec<Told>), Refusal> {
    let (amount, method) = understood(account, form)?;
    account.changes();
    let id = number("pi");
    let kind = text(&method["type"]);
    account.add(json!({
        "id": id, "object": "payment_intent", "created": now(), "livemode": false, "amount": amount,
        "amount_received": 0, "currency": field(form, "currency").unwrap_or_default().to_lowercase(),
        "status": "requires_payment_method", "last_payment_error": null, "latest_charge": null,
        "description": field(form, "description"), "metadata": metadata(&form["metadata"]),
        "payment_method_types": [kind], "capture_method": "automatic_async",
        "confirmation_method": "automatic", "customer": method["customer"], "canceled_at": null,
        "next_action": null, "client_secret": format!("{id}_secret_sandbox"),
        "payment_method": method["id"], "setup_future_usage": null, "_method": kind,
    }));
    let code = method["_declines"].as_str();
    let told = goes(account, &id, &kind, code);
    let intent = account.made(&id, expand);
    let mut error = intent["last_payment_error"].clone();
    if error.is_null() {
        return Ok((intent, told));
    }
    error["payment_intent"] = account.made(&id, &[]);
    error["payment_method"] = shown(&method);
    Ok((json!({ "error": error }), told))
}

/// The sum, and the means of payment.
fn understood(account: &Account, form: &Value) -> Result<(i64, Value), Refusal> {
    let mut names = form.as_object().into_iter().flat_map(Map::keys);
    if let Some(unknown) = names.find(|one| !FIELDS.contains(&one.as_str())) {
        let why = format!("Received unknown parameter: {unknown}");
        return Err(Refusal::invalid(why).at(unknown).code("parameter_unknown"));
    }
    for name in ["confirm", "off_session"] {
        if field(form, name) != Some("true") {
            let why = format!("The sandbox takes charges without a page alone: {name}=true");
            return Err(Refusal::invalid(why).at(name));
        }
    }
    let amount = int(form, "amount").filter(|amount| *amount > 0);
    let amount = amount.ok_or_else(|| Refusal::missing("amount"))?;
    field(form, "currency").ok_or_else(|| Refusal::missing("currency"))?;
    let id = field(form, "payment_method").ok_or_else(|| Refusal::missing("payment_method"))?;
    let method = account
        .get(id)
        .ok_or_else(|| Refusal::no_such("PaymentMethod", id).at("payment_method"))?;
    if method["customer"].as_str() != field(form, "customer") || method["customer"].is_null() {
        let why =
            "The provided PaymentMethod does not belong to this Customer, or was detached from it.";
        return Err(Refusal::invalid(why).at("payment_method"));
    }
    let types = list(&form["payment_method_types"]);
    if !types.is_empty() && !types.contains(&&method["type"]) {
        let why = "The PaymentMethod is of another type than the PaymentIntent takes.";
        return Err(Refusal::invalid(why).at("payment_method_types"));
    }
    Ok((amount, method.clone()))
}

/// A debit is on its way; a card is charged at once.
pub fn goes(account: &mut Account, id: &str, kind: &str, code: Option<&str>) -> Vec<Told> {
    if kind == "sepa_debit" {
        set(account, &json!(id), &[("status", json!("processing"))]);
        return vec![("payment_intent.processing", id.to_owned())];
    }
    ends(account, id, code)
}

/// Its money comes, or it fails with a code.
pub fn ends(account: &mut Account, id: &str, code: Option<&str>) -> Vec<Told> {
    let charge = charged(account, id, code);
    let kinds = match code {
        None => ["charge.succeeded", "payment_intent.succeeded"],
        Some(_) => ["charge.failed", "payment_intent.payment_failed"],
    };
    kinds.into_iter().zip([charge, id.to_owned()]).collect()
}

/// What happens to a PaymentIntent that has no session, or to later charges of its means of payment. `page`: below which its
/// bank asks the person. The error is a sentence.
pub fn act(account: &mut Account, id: &str, act: &Act, page: &str) -> Result<Vec<Told>, String> {
    let intent = account
        .get(id)
        .ok_or("Stripe knows no such PaymentIntent")?;
    let (intent, is_underway) = (intent.clone(), intent["status"] == "processing");
    let asks = intent["status"] == "requires_action";
    let method = act.method.as_deref().unwrap_or("card");
    let as_session = json!({ "payment_intent": id });
    account.changes();
    let failure = || {
        let code = act.code.as_deref();
        code.unwrap_or("insufficient_funds").to_owned()
    };
    match act.name.as_str() {
        "pay" if intents::takes(&intent, method) => {
            Ok(intents::pays(account, id, method, None, (page, None)))
        }
        "ask" if intents::takes(&intent, "card") => Ok(intents::pays(
            account,
            id,
            "card",
            Some("asks"),
            (page, None),
        )),
        "decline" if intents::takes(&intent, "card") => {
            Ok(intents::declined(account, id, &failure()))
        }
        "authenticate" if asks => Ok(intents::passes(account, id, None)),
        "fail_authentication" if asks => {
            let code = "payment_intent_authentication_failure";
            Ok(intents::passes(account, id, Some(code)))
        }
        "cancel" if intents::takes(&intent, method) => Ok(intents::cancel(account, id)),
        "refund_arrives" => refunds::ends(account, &as_session, "succeeded"),
        "refund_fails" => refunds::ends(account, &as_session, "failed"),
        "dispute" | "inquiry" | "dispute_won" | "dispute_lost" | "inquiry_closed" => {
            disputed(account, &as_session, act)
        }
        "arrives" if is_underway => Ok(ends(account, id, None)),
        "bounces" if is_underway => Ok(ends(account, id, Some(&failure()))),
        "refund" if intent["status"] == "succeeded" => {
            let made = refunds::make(account, id, act.amount, &json!({}), "requested_by_customer");
            made.map(|(_, told)| told)
                .map_err(|why| why.body().to_string())
        }
        "charges_pass" => Ok(declines(account, &intent, None)),
        "charges_declined" => Ok(declines(account, &intent, Some(failure()))),
        name => Err(format!(
            "{name} is not possible: it is {}",
            intent["status"]
        )),
    }
}

/// From now on charges of what an intent was paid with are declined so, or pass.
fn declines(account: &mut Account, intent: &Value, code: Option<String>) -> Vec<Told> {
    let fields = [("_declines", json!(code))];
    set(account, &intent["payment_method"], &fields);
    Vec::new()
}

pub fn detach(account: &mut Account, id: &str) -> Result<(Value, Vec<Told>), Refusal> {
    let method = account
        .get(id)
        .filter(|one| one["object"] == "payment_method");
    let method = method.ok_or_else(|| Refusal::no_such("PaymentMethod", id))?;
    if method["customer"].is_null() {
        let why = "The payment method you provided is not attached to a customer so detachment is impossible.";
        return Err(Refusal::invalid(why));
    }
    let told = portal::detach(account, id);
    Ok((account.get(id).map(shown).unwrap_or_default(), told))
}
