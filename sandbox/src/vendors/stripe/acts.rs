//! What the person at the page does, their bank, or the account's owner at the dashboard; and which events it makes.
//! Source: <https://docs.stripe.com/payments/checkout/how-checkout-works> and `/api/events/types`.

use serde_json::{Value, json};

use super::account::{Account, now, number};
use super::intents::attach;
use super::sessions::metadata;
use super::{balance, refunds};

/// An act, with what it may name.
#[derive(Debug, Default)]
pub struct Act {
    pub name: String,
    /// Of a refund or a dispute: a part, in minor units.
    pub amount: Option<i64>,
    /// Of a refusal.
    pub code: Option<String>,
    /// Of a payment: the way to pay.
    pub method: Option<String>,
}

/// An event to be told: its type, and the number of its object.
pub type Told = (&'static str, String);

/// All types of events that are told.
pub const KINDS: [&str; 25] = [
    "customer.created",
    "customer.updated",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
];

/// Does it to a session. The error is a sentence for the person.
pub fn act(account: &mut Account, id: &str, act: &Act) -> Result<Vec<Told>, String> {
    let session = account
        .get(id)
        .ok_or("Stripe knows no such session")?
        .clone();
    let is =
        |status: &str, paid: &str| session["status"] == status && session["payment_status"] == paid;
    let wrong = || {
        format!(
            "{} is not possible: the session is {}",
            act.name, session["status"]
        )
    };
    account.changes();
    match act.name.as_str() {
        "pay" if is("open", "unpaid") => Ok(pays(account, &session, act)),
        "decline" if is("open", "unpaid") => Ok(declined(account, &session, act)),
        "expire" if is("open", "unpaid") => Ok(expires(account, &session)),
        "arrives" if is("complete", "unpaid") => Ok(arrives(account, &session)),
        "bounces" if is("complete", "unpaid") => Ok(bounces(account, &session, act)),
        "refund" if session["payment_status"] == "paid" => {
            let intent = session["payment_intent"].as_str().unwrap_or_default();
            let made = refunds::make(
                account,
                intent,
                act.amount,
                &json!({}),
                "requested_by_customer",
            );
            made.map(|(_, told)| told)
                .map_err(|why| why.body().to_string())
        }
        "refund_arrives" => refunds::ends(account, &session, "succeeded"),
        "refund_fails" => refunds::ends(account, &session, "failed"),
        "dispute" | "inquiry" | "dispute_won" | "dispute_lost" | "inquiry_closed" => {
            disputed(account, &session, act)
        }
        _ => Err(wrong()),
    }
}

/// The PaymentIntent of a session, made with the first attempt to pay.
fn intent(account: &mut Account, session: &Value, method: &str) -> String {
    if let Some(id) = session["payment_intent"].as_str() {
        return id.to_owned();
    }
    let data = &session["_intent"];
    let id = number("pi");
    account.add(json!({
        "id": id, "object": "payment_intent", "created": now(), "livemode": false,
        "amount": session["amount_total"], "amount_received": 0, "currency": session["currency"],
        "status": "requires_payment_method", "last_payment_error": null, "latest_charge": null,
        "description": data["description"], "metadata": metadata(&data["metadata"]),
        "payment_method_types": session["payment_method_types"], "capture_method": "automatic_async",
        "confirmation_method": "automatic", "customer": null, "canceled_at": null, "next_action": null,
        "client_secret": format!("{id}_secret_sandbox"), "payment_method": null, "setup_future_usage": null,
        "_method": method,
    }));
    set(account, &session["id"], &[("payment_intent", json!(id))]);
    id
}

pub fn set(account: &mut Account, id: &Value, fields: &[(&str, Value)]) {
    if let Some(object) = account.at(id.as_str().unwrap_or_default()) {
        for (name, value) in fields {
            object[*name] = value.clone();
        }
    }
}

fn pays(account: &mut Account, session: &Value, act: &Act) -> Vec<Told> {
    let method = act.method.clone().unwrap_or_else(|| "card".to_owned());
    let pi = intent(account, session, &method);
    let id = text(&session["id"]);
    set(account, &json!(pi), &[("_method", json!(method))]);
    let person = json!({ "email": "anna@example.com", "name": "Anna Example", "phone": null, "address": null });
    let over = [
        ("status", json!("complete")),
        ("customer_details", person),
        ("url", Value::Null),
    ];
    set(account, &session["id"], &over);
    keeps(account, session, &pi, &method);
    if method == "sepa_debit" {
        let begun = [
            ("status", json!("processing")),
            ("last_payment_error", Value::Null),
        ];
        set(account, &json!(pi), &begun);
        return vec![
            ("payment_intent.processing", pi),
            ("checkout.session.completed", id),
        ];
    }
    set(
        account,
        &session["id"],
        &[("payment_status", json!("paid"))],
    );
    let charge = charged(account, &pi, None);
    vec![
        ("charge.succeeded", charge),
        ("payment_intent.succeeded", pi),
        ("checkout.session.completed", id),
    ]
}

/// A session that was to keep the means of payment makes a customer of the person.
fn keeps(account: &mut Account, session: &Value, pi: &str, method: &str) {
    let usage = &session["_intent"]["setup_future_usage"];
    if session["_creation"] != "always" || *usage != "off_session" {
        return;
    }
    let customer = number("cus");
    account.add(json!({
        "id": customer, "object": "customer", "created": now(), "livemode": false, "name": "Anna Example",
        "email": session["customer_email"], "metadata": {},
        "invoice_settings": { "default_payment_method": null, "custom_fields": null, "footer": null },
    }));
    let kept = attach(account, &customer, &details(method));
    set(account, &session["id"], &[("customer", json!(customer))]);
    let fields = [
        ("customer", json!(customer)),
        ("payment_method", json!(kept)),
        ("setup_future_usage", usage.clone()),
    ];
    set(account, &json!(pi), &fields);
}

/// What a charge says of the means of payment.
pub fn details(method: &str) -> Value {
    match method {
        "sepa_debit" => {
            json!({ "type": "sepa_debit", "sepa_debit": { "country": "DE", "last4": "3000" } })
        }
        "card" => {
            json!({ "type": "card", "card": { "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034 } })
        }
        other => json!({ "type": other, (other): { "verified_name": "Anna Example" } }),
    }
}

fn arrives(account: &mut Account, session: &Value) -> Vec<Told> {
    let pi = text(&session["payment_intent"]);
    set(
        account,
        &session["id"],
        &[("payment_status", json!("paid"))],
    );
    let charge = charged(account, &pi, None);
    let id = text(&session["id"]);
    vec![
        ("charge.succeeded", charge),
        ("payment_intent.succeeded", pi),
        ("checkout.session.async_payment_succeeded", id),
    ]
}

fn bounces(account: &mut Account, session: &Value, act: &Act) -> Vec<Told> {
    let mut told = declined(account, session, act);
    told.push((
        "checkout.session.async_payment_failed",
        text(&session["id"]),
    ));
    told
}

fn declined(account: &mut Account, session: &Value, act: &Act) -> Vec<Told> {
    let pi = intent(account, session, "card");
    let code = act
        .code
        .clone()
        .unwrap_or_else(|| "insufficient_funds".to_owned());
    let charge = charged(account, &pi, Some(&code));
    vec![
        ("charge.failed", charge),
        ("payment_intent.payment_failed", pi),
    ]
}

fn expires(account: &mut Account, session: &Value) -> Vec<Told> {
    let mut told = Vec::new();
    set(
        account,
        &session["id"],
        &[("status", json!("expired")), ("url", Value::Null)],
    );
    if let Some(pi) = session["payment_intent"].as_str() {
        set(
            account,
            &json!(pi),
            &[("status", json!("canceled")), ("canceled_at", json!(now()))],
        );
        told.push(("payment_intent.canceled", pi.to_owned()));
    }
    told.push(("checkout.session.expired", text(&session["id"])));
    told
}

/// Makes a charge of a PaymentIntent, which fails with a code or succeeds; its number.
pub fn charged(account: &mut Account, pi: &str, code: Option<&str>) -> String {
    let intent = account.get(pi).cloned().unwrap_or_default();
    let id = number("ch");
    let details = details(intent["_method"].as_str().unwrap_or("card"));
    let decline = code.map(|code| match code {
        "expired_card" => json!({ "type": "card_error", "code": "expired_card", "message": "Your card has expired." }),
        "payment_intent_authentication_failure" => json!({
            "type": "card_error", "code": code, "message": "The provided payment method has failed authentication.",
        }),
        "authentication_required" => json!({
            "type": "card_error", "code": code, "decline_code": code,
            "message": "Your card was declined. This transaction requires authentication.",
        }),
        _ => json!({
            "type": "card_error", "code": "card_declined", "decline_code": code,
            "message": "Your card was declined.",
        }),
    });
    account.add(json!({
        "id": id, "object": "charge", "created": now(), "livemode": false, "payment_intent": pi,
        "amount": intent["amount"], "amount_captured": if code.is_some() { json!(0) } else { intent["amount"].clone() },
        "amount_refunded": 0, "currency": intent["currency"], "captured": code.is_none(), "paid": code.is_none(),
        "refunded": false, "disputed": false, "status": if code.is_some() { "failed" } else { "succeeded" },
        "failure_code": decline.as_ref().map(|one| one["code"].clone()),
        "description": intent["description"], "metadata": intent["metadata"],
        "billing_details": { "name": "Anna Example", "email": "anna@example.com", "phone": null, "address": null },
        "payment_method_details": details, "receipt_email": null, "customer": intent["customer"],
        "payment_method": intent["payment_method"],
    }));
    let after = match decline {
        Some(fault) => [
            ("status", json!("requires_payment_method")),
            ("last_payment_error", fault),
            ("latest_charge", json!(id)),
        ],
        None => [
            ("status", json!("succeeded")),
            ("last_payment_error", Value::Null),
            ("latest_charge", json!(id)),
        ],
    };
    set(account, &json!(pi), &after);
    if code.is_none() {
        let amount = intent["amount"].as_i64().unwrap_or_default();
        balance::came(account, &id, amount, &intent["currency"]);
        set(
            account,
            &json!(pi),
            &[("amount_received", intent["amount"].clone())],
        );
    }
    id
}

/// The bank of the buyer asks, or demands the money back, and it ends.
pub fn disputed(account: &mut Account, session: &Value, act: &Act) -> Result<Vec<Told>, String> {
    let pi = text(&session["payment_intent"]);
    let charge = account
        .get(&pi)
        .map(|intent| text(&intent["latest_charge"]));
    let charge = charge.and_then(|id| account.get(&id).cloned());
    let charge = charge
        .filter(|charge| charge["paid"] == true)
        .ok_or("nothing was paid")?;
    let open = account
        .all("dispute")
        .rfind(|one| one["charge"] == charge["id"])
        .cloned();
    let begins = matches!(act.name.as_str(), "dispute" | "inquiry");
    if begins {
        let id = number("du");
        let status = match act.name.as_str() {
            "inquiry" => "warning_needs_response",
            _ => "needs_response",
        };
        let amount = act
            .amount
            .map_or_else(|| charge["amount"].clone(), Value::from);
        account.add(json!({
            "id": id, "object": "dispute", "created": now(), "livemode": false, "charge": charge["id"],
            "payment_intent": pi, "amount": amount, "currency": charge["currency"], "reason": "fraudulent",
            "status": status, "is_charge_refundable": status.starts_with("warning"), "metadata": {},
            "balance_transactions": [], "evidence": { "customer_name": "Anna Example" },
        }));
        set(account, &charge["id"], &[("disputed", json!(true))]);
        let mut told = vec![("charge.dispute.created", id.clone())];
        if act.name == "dispute" {
            let held = -amount.as_i64().unwrap_or_default();
            balance::moved(account, ("adjustment", &id), held, &charge["currency"]);
            told.push(("charge.dispute.funds_withdrawn", id));
        }
        return Ok(told);
    }
    let open = open.ok_or("there is no dispute")?;
    let id = open["id"].clone();
    if act.name == "dispute_won" {
        let back = open["amount"].as_i64().unwrap_or_default();
        balance::moved(account, ("adjustment", &text(&id)), back, &open["currency"]);
    }
    let (status, more) = match act.name.as_str() {
        "dispute_won" => ("won", Some("charge.dispute.funds_reinstated")),
        "dispute_lost" => ("lost", None),
        _ => ("warning_closed", None),
    };
    set(account, &id, &[("status", json!(status))]);
    let told = std::iter::once("charge.dispute.closed").chain(more);
    Ok(told.map(|kind| (kind, text(&id))).collect())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
