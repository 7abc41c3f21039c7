//! Orders, captures, refunds and disputes as PayPal writes them.

use serde_json::{Value, json};

use super::Paypal;
use super::order::{Order, Refund};
use super::page::path_of;

fn links(all: &[(&str, String)]) -> Value {
    let link = |(rel, href): &(&str, String)| json!({ "rel": rel, "href": href, "method": "GET" });
    all.iter().map(link).collect()
}

pub fn order(paypal: &Paypal, order: &Order) -> Value {
    let here = paypal.here();
    let own = format!("{here}/v2/checkout/orders/{}", order.id);
    let mut unit = json!({
        "reference_id": "default", "amount": order.written(order.sum), "description": order.description,
        "payee": { "email_address": "shop@sandbox.example", "merchant_id": "SANDBOXSHOP00" },
    });
    set(&mut unit, order);
    if let Some(taken) = capture(paypal, order) {
        let back: Vec<Value> = order
            .refunds
            .iter()
            .map(|one| refund(paypal, order, one))
            .collect();
        unit["payments"] = json!({ "captures": [taken] });
        if !back.is_empty() {
            unit["payments"]["refunds"] = json!(back);
        }
    }
    let page = format!("{}{}", paypal.world.here(), path_of(order));
    let mut view = json!({
        "id": order.id, "intent": "CAPTURE", "status": order.status, "create_time": order.created_at,
        "payment_source": { "paypal": {} }, "purchase_units": [unit],
        "links": links(&[("self", own.clone()), ("payer-action", page), ("capture", format!("{own}/capture"))]),
    });
    if !order.is_open() {
        view["payer"] = json!({
            "name": { "given_name": "John", "surname": "Doe" }, "payer_id": "QYR5Z8XDVJNXQ",
            "email_address": "buyer@sandbox.example", "address": { "country_code": "DE" },
        });
    }
    view
}

/// Our words of the order.
fn set(view: &mut Value, order: &Order) {
    for (name, value) in [
        ("custom_id", &order.custom_id),
        ("invoice_id", &order.invoice_id),
    ] {
        if let Some(value) = value {
            view[name] = json!(value);
        }
    }
}

/// `None`: there is none.
pub fn capture(paypal: &Paypal, order: &Order) -> Option<Value> {
    let (taken, here) = (order.capture.as_ref()?, paypal.here());
    let own = format!("{here}/v2/payments/captures/{}", taken.id);
    let mut view = json!({
        "id": taken.id, "status": taken.status, "amount": order.written(order.sum), "final_capture": true,
        "seller_protection": { "status": "ELIGIBLE" }, "create_time": order.created_at,
        "supplementary_data": { "related_ids": { "order_id": order.id } },
        "links": links(&[
            ("self", own.clone()), ("refund", format!("{own}/refund")),
            ("up", format!("{here}/v2/checkout/orders/{}", order.id)),
        ]),
    });
    set(&mut view, order);
    match taken.status.as_str() {
        "PENDING" => view["status_details"] = json!({ "reason": "ECHECK" }),
        "DECLINED" => view["processor_response"] = json!({ "response_code": "5120" }),
        _ => {}
    }
    Some(view)
}

pub fn refund(paypal: &Paypal, order: &Order, refund: &Refund) -> Value {
    let here = paypal.here();
    let until = order
        .refunds
        .iter()
        .position(|one| one.id == refund.id)
        .unwrap_or(0);
    let so_far = order
        .refunds
        .iter()
        .take(until + 1)
        .filter(|one| one.status != "FAILED");
    let so_far: i64 = so_far.map(|one| one.sum).sum();
    let capture = order.capture.as_ref().map_or("", |it| it.id.as_str());
    let mut view = json!({
        "id": refund.id, "status": refund.status, "amount": order.written(refund.sum),
        "seller_payable_breakdown": {
            "gross_amount": order.written(refund.sum), "total_refunded_amount": order.written(so_far),
        },
        "links": links(&[
            ("self", format!("{here}/v2/payments/refunds/{}", refund.id)),
            ("up", format!("{here}/v2/payments/captures/{capture}")),
        ]),
    });
    set(&mut view, order);
    view
}

/// `None`: there is none. Whole, or as it stands in a list.
pub fn dispute(order: &Order, is_whole: bool) -> Option<Value> {
    let dispute = order.dispute.as_ref()?;
    let mut view = json!({
        "dispute_id": dispute.id, "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "status": dispute.status,
        "dispute_amount": order.written(order.sum), "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL", "create_time": order.created_at,
    });
    if is_whole {
        let capture = order.capture.as_ref().map(|it| it.id.as_str());
        view["disputed_transactions"] = json!([{
            "seller_transaction_id": capture, "custom": order.custom_id, "invoice_number": order.invoice_id,
            "buyer": { "name": "John Doe" },
        }]);
        if let Some(outcome) = &dispute.outcome {
            view["dispute_outcome"] = json!({ "outcome_code": outcome });
        }
    }
    Some(view)
}
