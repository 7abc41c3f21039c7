//! The page at which customers change what is kept of them. Source: <https://docs.stripe.com/api/customer_portal>.

use serde_json::{Value, json};

use super::account::{Account, now, number, shown};
use super::acts::{Act, Told, set, text};
use super::errors::Refusal;
use super::form::text as field;
use super::intents::attach;
use super::sessions::metadata;
use crate::payments::page::Page;

/// What a page may offer, and that at least something does.
pub fn configure(account: &mut Account, form: &Value) -> Result<Value, Refusal> {
    let features = &form["features"];
    if !features.is_object() {
        return Err(Refusal::missing("features"));
    }
    let is = |name: &str| json!({ "enabled": features[name]["enabled"] == "true" });
    let made = account.add(json!({
        "id": number("bpc"), "object": "billing_portal.configuration", "created": now(), "livemode": false,
        "active": true, "is_default": false, "metadata": metadata(&form["metadata"]),
        "features": {
            "customer_update": is("customer_update"), "invoice_history": is("invoice_history"),
            "payment_method_update": is("payment_method_update"), "subscription_cancel": is("subscription_cancel"),
            "subscription_update": is("subscription_update"),
        },
    }));
    Ok(shown(&made))
}

/// Opens a page for a customer.
pub fn open(account: &mut Account, form: &Value, page: &str) -> Result<Value, Refusal> {
    let customer = field(form, "customer").ok_or_else(|| Refusal::missing("customer"))?;
    let known = account
        .get(customer)
        .filter(|one| one["object"] == "customer");
    known.ok_or_else(|| Refusal::no_such("customer", customer).at("customer"))?;
    let configuration = field(form, "configuration");
    if let Some(named) = configuration {
        let known = account.get(named);
        known.ok_or_else(|| Refusal::no_such("configuration", named).at("configuration"))?;
    }
    let id = number("bps");
    let made = account.add(json!({
        "id": id, "object": "billing_portal.session", "created": now(), "livemode": false,
        "customer": customer, "configuration": configuration, "locale": field(form, "locale"),
        "return_url": field(form, "return_url"), "url": format!("{page}/{id}"),
    }));
    Ok(shown(&made))
}

/// The page, with a button for each thing that can be done.
pub fn page(account: &Account, session: &Value) -> String {
    let customer = &session["customer"];
    let mut acts = vec![
        ("add".to_owned(), "Add a card".to_owned()),
        ("add:sepa_debit".to_owned(), "Add an account".to_owned()),
    ];
    for method in of(account, customer) {
        let (id, kind) = (text(&method["id"]), text(&method["type"]));
        let name = format!("{kind} {}", text(&method[&kind]["last4"]));
        acts.push((format!("choose:{id}"), format!("Charge {name}")));
        acts.push((format!("remove:{id}"), format!("Remove {name}")));
    }
    acts.push(("leave".to_owned(), "Back to the shop".to_owned()));
    let acts: Vec<(&str, &str)> = acts
        .iter()
        .map(|(act, words)| (act.as_str(), words.as_str()))
        .collect();
    let chosen = chosen(account, customer);
    Page {
        vendor: "Stripe",
        what: "Means of payment",
        sum: "",
        status: chosen.as_str().unwrap_or("none is chosen"),
        acts: &acts,
    }
    .html()
}

/// What the customer does. `method`: of which means of payment, or of which kind a new one is; else the oldest one is
/// removed, and the newest one is chosen or replaced by its bank.
pub fn act(account: &mut Account, id: &str, act: &Act) -> Result<Vec<Told>, String> {
    let session = account.get(id).ok_or("Stripe knows no such page")?;
    let customer = session["customer"].clone();
    let (name, of_button) = match act.name.split_once(':') {
        Some((name, method)) => (name, Some(method)),
        None => (act.name.as_str(), None),
    };
    let named = act.method.as_deref().or(of_button);
    let all: Vec<String> = of(account, &customer).map(|one| text(&one["id"])).collect();
    let one = |other: Option<&String>| {
        let one = named.map(str::to_owned).or_else(|| other.cloned());
        one.filter(|one| all.contains(one))
            .ok_or_else(|| "there is no such means of payment".to_owned())
    };
    account.changes();
    match name {
        "add" => {
            let id = attach(account, &text(&customer), &new(named.unwrap_or("card")));
            Ok(vec![("payment_method.attached", id)])
        }
        "choose" => Ok(choose(account, &customer, &json!(one(all.last())?))),
        "remove" => Ok(detach(account, &one(all.first())?)),
        "reissue" => Ok(reissue(account, &one(all.last())?)),
        other => Err(format!("{other} is not possible at the page of a customer")),
    }
}

/// Another card than the one that pages pay with.
fn new(kind: &str) -> Value {
    match kind {
        "sepa_debit" => {
            json!({ "type": kind, "sepa_debit": { "country": "AT", "last4": "2602" } })
        }
        _ => json!({ "type": "card",
            "card": { "brand": "mastercard", "last4": "4444", "exp_month": 6, "exp_year": 2035 } }),
    }
}

/// All of a customer, the oldest first.
pub fn of<'a>(account: &'a Account, customer: &Value) -> impl Iterator<Item = &'a Value> {
    let customer = customer.clone();
    account
        .all("payment_method")
        .filter(move |one| one["customer"] == customer)
}

fn chosen(account: &Account, customer: &Value) -> Value {
    let customer = account.get(&text(customer)).cloned().unwrap_or_default();
    customer["invoice_settings"]["default_payment_method"].clone()
}

fn choose(account: &mut Account, customer: &Value, method: &Value) -> Vec<Told> {
    let settings =
        json!({ "default_payment_method": method, "custom_fields": null, "footer": null });
    set(account, customer, &[("invoice_settings", settings)]);
    vec![("customer.updated", text(customer))]
}

/// Takes a means of payment from its customer; it is theirs no more, and of no other one.
pub fn detach(account: &mut Account, id: &str) -> Vec<Told> {
    let customer = account.get(id).map(|one| one["customer"].clone());
    let customer = customer.unwrap_or_default();
    let gone = [("customer", Value::Null), ("_before", customer.clone())];
    set(account, &json!(id), &gone);
    let mut told = vec![("payment_method.detached", id.to_owned())];
    if chosen(account, &customer) == id {
        told.extend(choose(account, &customer, &Value::Null));
    }
    told
}

/// The bank has sent a new card with the same number.
fn reissue(account: &mut Account, id: &str) -> Vec<Told> {
    if let Some(method) = account.at(id) {
        method["card"]["exp_year"] = json!(2038);
    }
    vec![("payment_method.automatically_updated", id.to_owned())]
}
