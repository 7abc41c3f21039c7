//! Events of Stripe: how they are believed and read.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;
use vendors::payment::{Call, Disbelief, Happened, Notification, Said, Sought};

use super::{ORDER, SECRET, VERSION, charge, intent, order, session, silent, with};
use crate::webhook;

/// An event in a version of the API.
fn event(version: &str, kind: &str, object: &Value) -> Vec<u8> {
    let event = json!({
        "id": "evt_1", "object": "event", "api_version": version, "created": 1_790_000_002, "livemode": false,
        "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null }, "type": kind,
        "data": { "object": object },
    });
    event.to_string().into_bytes()
}

fn signature(body: &[u8], secret: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What is made of an event that is signed now.
fn told(body: &[u8]) -> anyhow::Result<Call> {
    let signature = signature(body, SECRET, Utc::now().timestamp());
    let headers = [("stripe-signature", signature.as_str())];
    webhook::told(&*silent()?, "", &headers, body).map_err(|why| anyhow::anyhow!("{why:?}"))
}

fn moved(call: Call) -> Notification {
    match call.says {
        Said::Moved(moved) => *moved,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_is_money_when_it_is_paid_and_not_when_it_is_completed() -> anyhow::Result<()> {
    let complete = |paid: &str| {
        let fields = [
            ("status", json!("complete")),
            ("payment_status", json!(paid)),
            ("payment_intent", json!("pi_1")),
        ];
        with(session(), &fields)
    };
    let expired = with(session(), &[("status", json!("expired"))]);
    for (kind, object, status, happened) in [
        ("completed", complete("paid"), "paid", Happened::Paid),
        (
            "completed",
            complete("unpaid"),
            "processing",
            Happened::Underway,
        ),
        (
            "async_payment_succeeded",
            complete("paid"),
            "paid",
            Happened::Paid,
        ),
        ("expired", expired, "expired", Happened::Abandoned),
        (
            "completed",
            complete("no_payment_required"),
            "no_payment_required",
            Happened::Abandoned,
        ),
        // What is not known is not an end.
        (
            "completed",
            complete("half_paid"),
            "half_paid",
            Happened::Underway,
        ),
    ] {
        let kind = format!("checkout.session.{kind}");
        let call = told(&event(VERSION, &kind, &object))?;
        assert_eq!(
            (call.event.as_deref(), call.kind.as_str()),
            (Some("evt_1"), kind.as_str())
        );
        let said = moved(call);
        assert_eq!(
            (said.status.as_str(), said.happened),
            (status, happened),
            "{kind}"
        );
        assert_eq!(
            (said.order_id.as_str(), said.external_id.as_str()),
            (ORDER, "cs_test_a1")
        );
        assert_eq!(
            (said.amount, said.currency.as_str()),
            (Decimal::new(299, 2), "EUR")
        );
        let kept = said.words.to_string();
        assert!(
            kept.contains("cs_test_a1") && !kept.contains("nna"),
            "{kept}"
        );
    }
    Ok(())
}

#[test]
fn an_event_of_another_version_and_what_stands_in_other_objects_is_asked_for() -> anyhow::Result<()>
{
    let paid = with(session(), &[("payment_status", json!("paid"))]);
    let refund =
        json!({ "id": "re_1", "object": "refund", "payment_intent": "pi_1", "metadata": {} });
    let dispute =
        json!({ "id": "du_1", "object": "dispute", "payment_intent": "pi_1", "charge": "ch_1" });
    let intent = intent("requires_payment_method", Value::Null, Value::Null);
    let bounced = with(session(), &[("status", json!("complete"))]);
    for (version, kind, object, id, number) in [
        (
            VERSION,
            "checkout.session.async_payment_failed",
            bounced,
            order().id,
            "cs_test_a1",
        ),
        (
            "2023-10-16",
            "checkout.session.completed",
            paid.clone(),
            order().id,
            "cs_test_a1",
        ),
        (
            VERSION,
            "payment_intent.payment_failed",
            intent,
            order().id,
            "pi_1",
        ),
        (
            VERSION,
            "charge.refunded",
            charge(100, false),
            order().id,
            "pi_1",
        ),
        (
            VERSION,
            "refund.created",
            refund.clone(),
            Uuid::nil(),
            "pi_1",
        ),
        (
            VERSION,
            "refund.failed",
            refund.clone(),
            Uuid::nil(),
            "pi_1",
        ),
        (
            "2020-08-27",
            "charge.refund.updated",
            refund,
            Uuid::nil(),
            "pi_1",
        ),
        (
            VERSION,
            "charge.dispute.created",
            dispute.clone(),
            Uuid::nil(),
            "pi_1",
        ),
        (
            VERSION,
            "charge.dispute.funds_reinstated",
            dispute,
            Uuid::nil(),
            "pi_1",
        ),
    ] {
        let said = told(&event(version, kind, &object))?.says;
        let expected = Sought {
            id,
            external_id: Some(number.to_owned()),
            created_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(said, Said::Changed(expected), "{kind}");
    }
    Ok(())
}

#[test]
fn what_is_of_another_program_or_does_not_matter_is_nothing() -> anyhow::Result<()> {
    let paid = with(session(), &[("payment_status", json!("paid"))]);
    let foreign = with(paid.clone(), &[("metadata", json!({}))]);
    let subscription = with(paid.clone(), &[("mode", json!("subscription"))]);
    let of_another = with(charge(1, false), &[("metadata", json!({ "order": "7" }))]);
    let of_no_intent = with(charge(1, false), &[("payment_intent", Value::Null)]);
    for (kind, object) in [
        ("checkout.session.completed", foreign),
        ("checkout.session.completed", subscription),
        ("charge.refunded", of_another),
        ("charge.refunded", of_no_intent),
        (
            "payment_intent.succeeded",
            intent("succeeded", Value::Null, Value::Null),
        ),
        (
            "customer.subscription.updated",
            json!({ "id": "sub_1", "object": "subscription" }),
        ),
        ("an.event.of.tomorrow", json!({})),
    ] {
        let call = told(&event(VERSION, kind, &object))?;
        assert_eq!(call.says, Said::Nothing, "{kind}");
    }
    Ok(())
}

#[test]
fn a_call_is_believed_by_its_signature_alone() -> anyhow::Result<()> {
    let stripe = silent()?;
    let paid = with(session(), &[("payment_status", json!("paid"))]);
    let body = event(VERSION, "checkout.session.completed", &paid);
    let now = Utc::now().timestamp();
    let judged = |header: &str, body: &[u8]| {
        let headers = [("stripe-signature", header)];
        webhook::told(&*stripe, "", &headers, body).err()
    };
    let good = signature(&body, SECRET, now);
    assert_eq!(judged(&good, &body), None);
    // While the secret is replaced, there are two.
    let v1 = good.split_once(',').map(|(_, v1)| v1).expect("two fields");
    let rolled = format!("{},{v1}", signature(&body, "whsec_the_next_one", now));
    assert_eq!(judged(&rolled, &body), None);
    assert_eq!(judged(&signature(&body, SECRET, now + 3_600), &body), None);
    let changed = event(VERSION, "checkout.session.completed", &session());
    let forged = Some(Disbelief::Forged);
    assert_eq!(judged(&good, &changed), forged);
    assert_eq!(
        judged(&signature(&body, "whsec_another", now), &body),
        forged
    );
    assert_eq!(judged(&signature(&body, SECRET, now - 302), &body), forged);
    assert_eq!(judged(&good.to_uppercase(), &body), forged);
    assert_eq!(judged(&good.replace("v1", "v0"), &body), forged);
    assert_eq!(judged("", &body), forged);
    assert_eq!(webhook::told(&*stripe, "", &[], &body).err(), forged);
    Ok(())
}

#[test]
fn a_signed_call_that_is_no_event_is_malformed() -> anyhow::Result<()> {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "\u{0}",
        r#"{"id":"evt_ü","name":"Чашка"}"#,
        r#"{"id":"evt_1","type":"checkout.session.completed","data":{}}"#,
    ] {
        assert!(told(body.as_bytes()).is_err(), "{body}");
    }
    // Of a session that says no sum nothing can be told.
    let paid = with(session(), &[("amount_total", Value::Null)]);
    assert!(told(&event(VERSION, "checkout.session.completed", &paid)).is_err());
    // A sum is never read as a floating number.
    let huge = event(VERSION, "checkout.session.completed", &session());
    let huge = String::from_utf8(huge)?.replace(r#""amount_total":299"#, r#""amount_total":299.0"#);
    assert!(told(huge.as_bytes()).is_err());
    Ok(())
}
