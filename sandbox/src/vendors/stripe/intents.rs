//! PaymentIntents that a client confirms with Stripe's form, by the publishable key. Sources:
//! <https://docs.stripe.com/api/payment_intents/confirm>, <https://docs.stripe.com/testing> (the means of payment).

use serde_json::{Map, Value, json};

use super::account::{Account, now, number, shown};
use super::acts::{Told, charged, details, set, text};
use super::charges::{ends, goes};
use super::errors::Refusal;
use super::form::{int, text as field};
use super::sessions::{least, metadata, methods};

/// What an intent may be made with here.
const FIELDS: [&str; 9] = [
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method_types",
    "setup_future_usage",
];

/// Means of payment of Stripe's own tests, and numbers of cards: the way to pay, and how it ends.
const TESTS: [(&str, &str, Option<&str>); 10] = [
    ("pm_card_visa", "card", None),
    ("4242424242424242", "card", None),
    ("pm_card_chargeDeclined", "card", Some("generic_decline")),
    ("4000000000000002", "card", Some("generic_decline")),
    (
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card",
        Some("insufficient_funds"),
    ),
    ("4000000000009995", "card", Some("insufficient_funds")),
    ("pm_card_threeDSecure2Required", "card", Some(ASKS)),
    ("4000000000003220", "card", Some(ASKS)),
    ("pm_sepaDebit", "sepa_debit", None),
    ("pm_ideal", "ideal", None),
];

/// Of a card whose bank asks the person.
const ASKS: &str = "asks";

/// Makes one that waits for its form.
pub fn create(account: &mut Account, form: &Value) -> Result<(Value, Vec<Told>), Refusal> {
    let mut names = form.as_object().into_iter().flat_map(Map::keys);
    if let Some(unknown) = names.find(|one| !FIELDS.contains(&one.as_str())) {
        let why = format!("Received unknown parameter: {unknown}");
        return Err(Refusal::invalid(why).at(unknown).code("parameter_unknown"));
    }
    let currency = field(form, "currency").ok_or_else(|| Refusal::missing("currency"))?;
    let currency = currency.to_lowercase();
    let amount = int(form, "amount").ok_or_else(|| Refusal::missing("amount"))?;
    if amount < least(&currency) {
        let why = "Amount must be at least the minimum of its currency";
        return Err(Refusal::invalid(why).at("amount").code("amount_too_small"));
    }
    let takes = methods(form, &currency)?;
    let customer = field(form, "customer");
    if let Some(customer) = customer {
        let known = account.get(customer);
        known.ok_or_else(|| Refusal::no_such("customer", customer).at("customer"))?;
    }
    account.changes();
    let id = number("pi");
    let made = account.add(json!({
        "id": id, "object": "payment_intent", "created": now(), "livemode": false, "amount": amount,
        "amount_received": 0, "currency": currency, "status": "requires_payment_method",
        "last_payment_error": null, "latest_charge": null, "description": field(form, "description"),
        "metadata": metadata(&form["metadata"]), "payment_method_types": takes,
        "capture_method": "automatic_async", "confirmation_method": "automatic", "customer": customer,
        "canceled_at": null, "next_action": null,
        "client_secret": format!("{id}_secret_{}", uuid::Uuid::new_v4().simple()), "payment_method": null,
        "setup_future_usage": field(form, "setup_future_usage"), "_form": true,
    }));
    Ok((shown(&made), vec![("payment_intent.created", id)]))
}

/// Whether a client may do this to an intent with the publishable key: it knows its secret.
pub fn is_of_client(account: &Account, (operation, id): (&str, &str), form: &Value) -> bool {
    let is_open = matches!(
        operation,
        "payment_intents.confirm" | "payment_intents.retrieve"
    );
    let secret = account.get(id).map(|intent| &intent["client_secret"]);
    is_open && secret.is_some_and(|secret| secret.is_string() && *secret == form["client_secret"])
}

/// A client's form is sent. A decline is an answer with an `error`.
pub fn confirm(
    account: &mut Account,
    id: &str,
    form: &Value,
    page: &str,
) -> Result<(Value, Vec<Told>), Refusal> {
    let (method, end) = paid_with(form)?;
    let intent = account
        .get(id)
        .filter(|one| one["object"] == "payment_intent");
    let intent = intent.ok_or_else(|| Refusal::no_such("payment_intent", id))?;
    if !takes(intent, &method) {
        let why = "This PaymentIntent cannot be paid so.";
        return Err(Refusal::invalid(why).at("payment_method"));
    }
    let back = field(form, "return_url").map(str::to_owned);
    if back.is_none() && matches!(method.as_str(), "ideal" | "bancontact") {
        return Err(Refusal::missing("return_url"));
    }
    account.changes();
    let told = pays(account, id, &method, end, (page, back.as_deref()));
    let after = account.get(id).map(shown).unwrap_or_default();
    let mut error = after["last_payment_error"].clone();
    if error.is_null() {
        return Ok((after, told));
    }
    error["payment_intent"] = after;
    Ok((json!({ "error": error }), told))
}

/// The way to pay, and what its bank says.
fn paid_with(form: &Value) -> Result<(String, Option<&'static str>), Refusal> {
    let data = &form["payment_method_data"];
    let card = field(&data["card"], "number");
    let named = field(form, "payment_method").or(card);
    if let Some((_, method, end)) = TESTS.iter().find(|(name, ..)| Some(*name) == named) {
        return Ok(((*method).to_owned(), *end));
    }
    let kind = field(data, "type").filter(|_| named.is_none());
    let kind = kind.ok_or_else(|| Refusal::missing("payment_method"))?;
    Ok((kind.to_owned(), None))
}

/// Whether an intent waits for a form, and takes this way to pay.
pub fn takes(intent: &Value, method: &str) -> bool {
    let all = intent["payment_method_types"].as_array();
    let is_offered = all.is_some_and(|all| all.iter().any(|one| one == method));
    let waits = matches!(
        intent["status"].as_str(),
        Some("requires_payment_method" | "requires_action")
    );
    is_offered && waits && intent["_form"] == true
}

/// What follows from a form: a debit is on its way, the bank of an account or of a careful card asks the person at a page,
/// other cards are charged at once.
pub fn pays(
    account: &mut Account,
    id: &str,
    method: &str,
    end: Option<&str>,
    (page, back): (&str, Option<&str>),
) -> Vec<Told> {
    let begun = [
        ("_method", json!(method)),
        ("last_payment_error", Value::Null),
        ("next_action", Value::Null),
    ];
    set(account, &json!(id), &begun);
    if end == Some(ASKS) || matches!(method, "ideal" | "bancontact") {
        let to = json!({ "url": format!("{page}/{id}"), "return_url": back });
        let asks = [
            ("status", json!("requires_action")),
            (
                "next_action",
                json!({ "type": "redirect_to_url", "redirect_to_url": to }),
            ),
        ];
        set(account, &json!(id), &asks);
        return vec![("payment_intent.requires_action", id.to_owned())];
    }
    passes(account, id, end)
}

/// The bank has asked, or does not.
pub fn passes(account: &mut Account, id: &str, code: Option<&str>) -> Vec<Told> {
    set(account, &json!(id), &[("next_action", Value::Null)]);
    if let Some(code) = code {
        return ends(account, id, Some(code));
    }
    let mut told = keeps(account, id);
    let method = account.get(id).map(|one| text(&one["_method"]));
    told.extend(goes(account, id, &method.unwrap_or_default(), None));
    told
}

/// Keeps what it is paid with, if that is wanted.
fn keeps(account: &mut Account, id: &str) -> Vec<Told> {
    let intent = account.get(id).cloned().unwrap_or_default();
    let customer = &intent["customer"];
    if intent["setup_future_usage"] != "off_session" || customer.is_null() {
        return Vec::new();
    }
    let method = attach(
        account,
        &text(customer),
        &details(&text(&intent["_method"])),
    );
    let kept = [("payment_method", json!(method))];
    set(account, &json!(id), &kept);
    vec![("payment_method.attached", method)]
}

/// A new means of payment of a customer; its number.
pub fn attach(account: &mut Account, customer: &str, details: &Value) -> String {
    let id = number("pm");
    let mut object = json!({
        "id": id, "object": "payment_method", "created": now(), "livemode": false, "customer": customer,
        "billing_details": { "name": "Anna Example", "email": "anna@example.com" }, "metadata": {},
    });
    let kind = text(&details["type"]);
    object["type"] = details["type"].clone();
    object[&kind] = details[&kind].clone();
    account.add(object);
    id
}

/// The person gives up, or the account's owner does.
pub fn cancel(account: &mut Account, id: &str) -> Vec<Told> {
    let over = [
        ("status", json!("canceled")),
        ("canceled_at", json!(now())),
        ("next_action", Value::Null),
    ];
    set(account, &json!(id), &over);
    vec![("payment_intent.canceled", id.to_owned())]
}

/// Declined by the bank, at the page.
pub fn declined(account: &mut Account, id: &str, code: &str) -> Vec<Told> {
    set(account, &json!(id), &[("_method", json!("card"))]);
    let charge = charged(account, id, Some(code));
    vec![
        ("charge.failed", charge),
        ("payment_intent.payment_failed", id.to_owned()),
    ]
}
