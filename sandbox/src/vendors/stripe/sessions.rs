//! Checkout Sessions: made, and ended. Source: <https://docs.stripe.com/api/checkout/sessions>.

use serde_json::{Map, Value, json};

use super::account::{Account, now, number};
use super::errors::Refusal;
use super::form::{int, list, text};

/// What a session may be made with here.
const FIELDS: [&str; 16] = [
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer_creation",
    "customer_email",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "submit_type",
    "success_url",
    "ui_mode",
];

/// Ways to pay, and the one currency of those that have one.
const METHODS: [(&str, Option<&str>); 4] = [
    ("card", None),
    ("sepa_debit", Some("eur")),
    ("ideal", Some("eur")),
    ("bancontact", Some("eur")),
];

const DAY: i64 = 24 * 60 * 60;

/// What one line of an order costs, in which currency, and what it is.
struct Line {
    sum: i64,
    currency: String,
    what: String,
}

pub fn create(account: &mut Account, form: &Value, page: &str) -> Result<Value, Refusal> {
    let unknown = form.as_object().into_iter().flat_map(Map::keys);
    if let Some(unknown) = unknown
        .into_iter()
        .find(|one| !FIELDS.contains(&one.as_str()))
    {
        let why = format!("Received unknown parameter: {unknown}");
        return Err(Refusal::invalid(why).at(unknown).code("parameter_unknown"));
    }
    let mode = text(form, "mode").ok_or_else(|| Refusal::missing("mode"))?;
    if mode != "payment" {
        return Err(
            Refusal::invalid("The sandbox takes single payments alone: mode=payment").at("mode"),
        );
    }
    let success_url = text(form, "success_url").ok_or_else(|| Refusal::missing("success_url"))?;
    let lines = lines(form)?;
    let currency = lines.first().map(|line| line.currency.clone());
    let currency = currency.ok_or_else(|| Refusal::missing("line_items"))?;
    let total: i64 = lines.iter().map(|line| line.sum).sum();
    if lines.iter().any(|line| line.currency != currency) {
        return Err(Refusal::invalid("All line items need the same currency.").at("line_items"));
    }
    if total < least(&currency) {
        let why = "The Checkout Session's total amount due must add up to at least a minimum";
        return Err(Refusal::invalid(why).code("amount_too_small"));
    }
    let methods = methods(form, &currency)?;
    let reference = text(form, "client_reference_id");
    if reference.is_some_and(|one| one.len() > 200) {
        let why = "Invalid string: it must have 200 characters at most";
        return Err(Refusal::invalid(why).at("client_reference_id"));
    }
    let expires_at = int(form, "expires_at").unwrap_or_else(|| now() + DAY);
    if !(now() + DAY / 48 - 60..=now() + DAY).contains(&expires_at) {
        let why = "The `expires_at` timestamp must be from 30 minutes to 24 hours from now.";
        return Err(Refusal::invalid(why).at("expires_at"));
    }
    let id = number("cs_test");
    let what: Vec<String> = lines.into_iter().map(|line| line.what).collect();
    Ok(account.add(json!({
        "id": id, "object": "checkout.session", "created": now(), "livemode": false,
        "mode": "payment", "status": "open", "payment_status": "unpaid", "payment_intent": null,
        "amount_subtotal": total, "amount_total": total, "currency": currency,
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "client_reference_id": reference, "metadata": metadata(&form["metadata"]),
        "customer": null, "customer_details": null, "customer_email": text(form, "customer_email"),
        "payment_method_types": methods, "payment_method_collection": "if_required",
        "locale": text(form, "locale"), "expires_at": expires_at, "ui_mode": "hosted_page",
        "success_url": success_url, "cancel_url": text(form, "cancel_url"),
        "automatic_tax": { "enabled": false, "status": null }, "after_expiration": null,
        "url": format!("{page}/{id}"), "_creation": text(form, "customer_creation"),
        "_what": what.join(", "), "_intent": form["payment_intent_data"],
    })))
}

/// Texts by their names.
pub fn metadata(form: &Value) -> Value {
    match form {
        Value::Object(_) => form.clone(),
        _ => json!({}),
    }
}

fn lines(form: &Value) -> Result<Vec<Line>, Refusal> {
    let line = |(at, line): (usize, &Value)| {
        let of = |name: &str| format!("line_items[{at}]{name}");
        let price = &line["price_data"];
        let amount = int(price, "unit_amount").filter(|amount| *amount >= 0);
        let amount = amount.ok_or_else(|| {
            let field = of("[price_data][unit_amount]");
            Refusal::invalid("Invalid integer")
                .at(&field)
                .code("parameter_invalid_integer")
        })?;
        let currency = text(price, "currency");
        let currency = currency.ok_or_else(|| Refusal::missing(&of("[price_data][currency]")))?;
        let what = text(&price["product_data"], "name");
        let what = what.ok_or_else(|| Refusal::missing(&of("[price_data][product_data][name]")))?;
        let quantity = int(line, "quantity").ok_or_else(|| Refusal::missing(&of("[quantity]")))?;
        Ok(Line {
            sum: amount * quantity,
            currency: currency.to_lowercase(),
            what: what.to_owned(),
        })
    };
    list(&form["line_items"])
        .into_iter()
        .enumerate()
        .map(line)
        .collect()
}

/// The ways to pay that a form names.
pub fn methods(form: &Value, currency: &str) -> Result<Vec<String>, Refusal> {
    let named = list(&form["payment_method_types"]).into_iter();
    let named: Vec<&str> = named.filter_map(Value::as_str).collect();
    for method in &named {
        let known = METHODS.iter().find(|(known, _)| known == method);
        let Some((_, only)) = known else {
            let why = format!("Invalid payment_method_types: {method} is not activated here");
            return Err(Refusal::invalid(why).at("payment_method_types"));
        };
        if only.is_some_and(|only| only != currency) {
            let why = format!(
                "The payment method `{method}` cannot be used with the currency `{currency}`"
            );
            return Err(Refusal::invalid(why).at("payment_method_types"));
        }
    }
    let named: Vec<String> = named.into_iter().map(str::to_owned).collect();
    Ok(match named.is_empty() {
        true => vec!["card".to_owned()],
        false => named,
    })
}

/// The smallest sum, in minor units (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
pub fn least(currency: &str) -> i64 {
    match currency {
        "eur" | "usd" | "jpy" => 50,
        "czk" => 1_500,
        "huf" => 17_500,
        _ => 1,
    }
}
