//! Stripe's methods. Source: <https://docs.stripe.com/api>.

use hyper::Method;
use serde_json::{Value, json};

use super::account::{Account, Endpoint, now, number, shown};
use super::acts::{Act, Told, act};
use super::errors::Refusal;
use super::form::{int, list, text};
use super::{Stripe, charges, intents, portal, refunds, sessions};

/// As the fault plan spells them.
pub const OPERATIONS: [&str; 28] = [
    "checkout.sessions.create",
    "checkout.sessions.list",
    "checkout.sessions.retrieve",
    "checkout.sessions.expire",
    "customers.create",
    "customers.payment_methods",
    "customers.retrieve",
    "billing_portal.configurations.create",
    "billing_portal.configurations.list",
    "billing_portal.sessions.create",
    "payment_methods.retrieve",
    "payment_methods.detach",
    "payment_intents.confirm",
    "payment_intents.create",
    "payment_intents.list",
    "payment_intents.retrieve",
    "charges.list",
    "charges.retrieve",
    "refunds.create",
    "refunds.list",
    "refunds.retrieve",
    "disputes.list",
    "disputes.retrieve",
    "balance_transactions.list",
    "events.list",
    "events.retrieve",
    "webhook_endpoints.create",
    "webhook_endpoints.delete",
];

/// What is asked for: the operation, and the object that the path names.
pub fn route<'a>(method: &Method, path: &'a str) -> Option<(&'static str, &'a str)> {
    let parts: Vec<&str> = path.split('/').collect();
    let (resource, rest) = match parts.as_slice() {
        ["checkout", "sessions", rest @ ..] => ("checkout.sessions", rest),
        ["billing_portal", "sessions", rest @ ..] => ("billing_portal.sessions", rest),
        ["billing_portal", "configurations", rest @ ..] => ("billing_portal.configurations", rest),
        [resource, rest @ ..] => (*resource, rest),
        [] => return None,
    };
    let (verb, id) = match (method.as_str(), rest) {
        ("POST", []) => ("create", ""),
        ("GET", []) => ("list", ""),
        ("GET", [id]) => ("retrieve", *id),
        ("DELETE", [id]) => ("delete", *id),
        ("POST", [id, "expire"]) => ("expire", *id),
        ("POST", [id, "detach"]) => ("detach", *id),
        ("POST", [id, "confirm"]) => ("confirm", *id),
        ("GET", [id, "payment_methods"]) => ("payment_methods", *id),
        _ => return None,
    };
    let name = format!("{resource}.{verb}");
    let known = OPERATIONS.iter().find(|known| **known == name)?;
    Some((known, id))
}

/// Does it: the answer, and what is told of it.
pub fn call(
    stripe: &Stripe,
    account: &mut Account,
    (operation, id): (&str, &str),
    form: &Value,
) -> Result<(Value, Vec<Told>), Refusal> {
    let expand: Vec<&str> = list(&form["expand"])
        .into_iter()
        .filter_map(Value::as_str)
        .collect();
    let same = |name: &'static str| {
        let wanted = text(form, name).map(str::to_owned);
        move |one: &Value| wanted.as_deref().is_none_or(|wanted| one[name] == wanted)
    };
    let of_intent = same("payment_intent");
    let read = match operation {
        "checkout.sessions.create" => {
            account.changes();
            let made = sessions::create(account, form, &stripe.page())?;
            Ok(shown(&made))
        }
        "checkout.sessions.expire" => {
            let expire = Act {
                name: "expire".to_owned(),
                ..Act::default()
            };
            account
                .get(id)
                .ok_or_else(|| Refusal::no_such("checkout.session", id))?;
            let told = act(account, id, &expire).map_err(Refusal::invalid)?;
            return Ok((account.get(id).map(shown).unwrap_or_default(), told));
        }
        "refunds.create" => return refund(account, form),
        "payment_intents.create" if text(form, "confirm") != Some("true") => {
            return intents::create(account, form);
        }
        "payment_intents.create" => return charges::create(account, form, &expand),
        "payment_intents.confirm" => return intents::confirm(account, id, form, &stripe.page()),
        "payment_methods.detach" => return charges::detach(account, id),
        "customers.create" => return Ok(customer(account, form)),
        "customers.payment_methods" => {
            account
                .get(id)
                .ok_or_else(|| Refusal::no_such("customer", id))?;
            let kind = same("type");
            let fits = |one: &Value| one["customer"] == id && kind(one);
            let url = format!("/v1/customers/{id}/payment_methods");
            account.page("payment_method", &url, form, fits)
        }
        "billing_portal.configurations.create" => portal::configure(account, form),
        "billing_portal.configurations.list" => {
            let url = "/v1/billing_portal/configurations";
            account.page("billing_portal.configuration", url, form, |_| true)
        }
        "billing_portal.sessions.create" => portal::open(account, form, &stripe.portal()),
        "webhook_endpoints.create" => endpoint(stripe, account, form),
        "webhook_endpoints.delete" => {
            let before = account.endpoints.len();
            account.endpoints.retain(|one| one.id != id);
            match account.endpoints.len() < before {
                true => Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true })),
                false => Err(Refusal::no_such("webhook endpoint", id)),
            }
        }
        "checkout.sessions.list" => {
            let status = same("status");
            let fits = |one: &Value| of_intent(one) && status(one);
            account.page("checkout.session", "/v1/checkout/sessions", form, fits)
        }
        "payment_intents.list" => {
            account.page("payment_intent", "/v1/payment_intents", form, |_| true)
        }
        "charges.list" => account.page("charge", "/v1/charges", form, of_intent),
        "refunds.list" => {
            let of_charge = same("charge");
            let fits = |one: &Value| of_intent(one) && of_charge(one);
            account.page("refund", "/v1/refunds", form, fits)
        }
        "disputes.list" => account.page("dispute", "/v1/disputes", form, of_intent),
        "balance_transactions.list" => {
            let (payout, kind) = (same("payout"), same("type"));
            let fits = |one: &Value| payout(one) && kind(one);
            let url = "/v1/balance_transactions";
            account.page("balance_transaction", url, form, fits)
        }
        "events.list" => account.page("event", "/v1/events", form, same("type")),
        "checkout.sessions.retrieve" => account.read("checkout.session", id, &expand),
        "customers.retrieve" => account.read("customer", id, &expand),
        "payment_methods.retrieve" => account.read("payment_method", id, &expand),
        "payment_intents.retrieve" => account.read("payment_intent", id, &expand),
        "charges.retrieve" => account.read("charge", id, &expand),
        "refunds.retrieve" => account.read("refund", id, &expand),
        "disputes.retrieve" => account.read("dispute", id, &expand),
        _ => account.read("event", id, &expand),
    };
    read.map(|answer| (answer, Vec::new()))
}

fn customer(account: &mut Account, form: &Value) -> (Value, Vec<Told>) {
    let id = number("cus");
    let made = account.add(json!({
        "id": id, "object": "customer", "created": now(), "livemode": false, "name": text(form, "name"),
        "email": text(form, "email"), "metadata": sessions::metadata(&form["metadata"]),
        "invoice_settings": { "default_payment_method": null, "custom_fields": null, "footer": null },
    }));
    (shown(&made), vec![("customer.created", id)])
}

fn refund(account: &mut Account, form: &Value) -> Result<(Value, Vec<Told>), Refusal> {
    let charge = text(form, "charge").and_then(|id| account.get(id));
    let of_charge = charge.and_then(|charge| charge["payment_intent"].as_str());
    let intent = text(form, "payment_intent")
        .or(of_charge)
        .map(str::to_owned);
    let intent = intent.ok_or_else(|| Refusal::missing("payment_intent"))?;
    let amount = text(form, "amount");
    if amount.is_some() && int(form, "amount").is_none() {
        return Err(Refusal::invalid("Invalid integer")
            .at("amount")
            .code("parameter_invalid_integer"));
    }
    let reason = text(form, "reason").unwrap_or("requested_by_customer");
    let metadata = sessions::metadata(&form["metadata"]);
    refunds::make(account, &intent, int(form, "amount"), &metadata, reason)
}

fn endpoint(stripe: &Stripe, account: &mut Account, form: &Value) -> Result<Value, Refusal> {
    let url = text(form, "url").ok_or_else(|| Refusal::missing("url"))?;
    let events: Vec<String> = list(&form["enabled_events"])
        .into_iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    if events.is_empty() {
        return Err(Refusal::missing("enabled_events"));
    }
    let made = Endpoint {
        id: number("we"),
        url: url.to_owned(),
        api_version: text(form, "api_version")
            .unwrap_or(super::VERSION)
            .to_owned(),
        events,
        secrets: vec![stripe.secret.clone()],
    };
    account.endpoints.push(made.clone());
    Ok(json!({
        "id": made.id, "object": "webhook_endpoint", "url": made.url, "api_version": made.api_version,
        "enabled_events": made.events, "status": "enabled", "livemode": false, "metadata": {},
        "secret": stripe.secret,
    }))
}
