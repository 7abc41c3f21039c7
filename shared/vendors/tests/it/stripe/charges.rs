//! Stripe: how a means of payment is kept, and charged without a page.
//!
//! Sources: <https://docs.stripe.com/payments/save-during-payment>,
//! <https://docs.stripe.com/api/payment_intents/create>, <https://docs.stripe.com/api/payment_methods/detach>.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{
    Charge, Happened, Kept, Notification, Order, Refund, Refunding, Refusal, Renewal, Said,
};

use super::{
    KEY, ORDER, SECRET, VERSION, asked, form, intent, list, order, pairs, query, session, silent,
    sought, with,
};
use crate::failure;
use testkit::stub::{Received, Reply, Stub};

const CUSTOMER: &str = "cus_NffrFeUfNV2Hib";
const METHOD: &str = "pm_1MoZ0xLkdIwHu7ixK2c3rA9b";
pub const SECRETS: &[&str] = &[KEY, SECRET, METHOD, CUSTOMER];
const PERSON: Uuid = Uuid::from_u128(7);

fn kept() -> Kept {
    Kept {
        person: PERSON,
        token: format!("{CUSTOMER}/{METHOD}"),
    }
}

pub fn charge() -> Charge {
    Charge {
        order: order(),
        with: kept(),
        key: "the-key".to_owned(),
    }
}

/// The charge of what was kept, by card or by debit.
fn made(kind: &str) -> Value {
    let card = json!({ "brand": "visa", "last4": "4242", "exp_month": 2, "exp_year": 2028 });
    let details = match kind {
        "card" => json!({ "type": "card", "card": card }),
        _ => json!({ "type": kind, (kind): { "country": "DE", "last4": "3000" } }),
    };
    json!({
        "id": "ch_1", "object": "charge", "amount": 299, "amount_refunded": 0, "currency": "eur", "refunded": false,
        "disputed": false, "payment_intent": "pi_1", "payment_method": METHOD, "payment_method_details": details,
    })
}

/// The PaymentIntent of a charge without a page.
fn alone(status: &str, fault: Value, charge: Value) -> Value {
    let fields = [
        ("customer", json!(CUSTOMER)),
        ("payment_method", json!(METHOD)),
        ("metadata", json!({ "payment": ORDER, "charge": "the-key" })),
    ];
    with(intent(status, fault, charge), &fields)
}

/// A session that has kept what it was paid with.
fn keeping(kind: &str) -> Value {
    let kept = [
        ("customer", json!(CUSTOMER)),
        ("payment_method", json!(METHOD)),
        ("setup_future_usage", json!("off_session")),
    ];
    let intent = with(intent("succeeded", Value::Null, made(kind)), &kept);
    let fields = [
        ("status", json!("complete")),
        ("payment_status", json!("paid")),
        ("customer", json!(CUSTOMER)),
        ("payment_intent", intent),
    ];
    with(session(), &fields)
}

/// What Stripe answers to a charge that was declined.
fn declined(code: &str, decline: &str) -> Reply {
    let fault =
        json!({ "type": "card_error", "code": code, "decline_code": decline, "message": "x" });
    let mut error = fault.clone();
    error["payment_intent"] = alone("requires_payment_method", fault, json!("ch_1"));
    Reply::json(402, &json!({ "error": error }))
}

async fn charged(replies: Vec<Reply>) -> anyhow::Result<(Vec<Notification>, Vec<Received>)> {
    let stub = Stub::start(replies).await?;
    let told = asked(&stub)?.charge_saved(&charge()).await?;
    Ok((told, stub.received()))
}

fn paid() -> Reply {
    Reply::json(200, &alone("succeeded", Value::Null, made("card")))
}

#[tokio::test]
async fn an_order_that_is_to_be_renewed_makes_a_customer_and_is_paid_by_what_can_be_charged_again()
-> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &session())]).await?;
    let stripe = asked(&stub)?;
    assert_eq!(stripe.terms().renewal, Renewal::BySaved);
    let wanted = Order {
        keep_for: Some(PERSON),
        ..order()
    };
    stripe.init(&wanted).await?;
    let sent = form(&stub.only()?);
    let expected = pairs(&[
        ("payment_method_types[]", "card"),
        ("payment_method_types[]", "sepa_debit"),
        ("customer_creation", "always"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("customer_email", "anna@example.com"),
    ]);
    assert_eq!(sent[sent.len() - expected.len()..], expected);
    let offered = sent
        .iter()
        .filter(|(name, _)| name == "payment_method_types[]");
    assert_eq!(offered.count(), 2);
    Ok(())
}

#[tokio::test]
async fn what_a_session_has_kept_is_told_with_its_money_and_stands_nowhere_in_words()
-> anyhow::Result<()> {
    for (kind, label, expires_on) in [
        ("card", "Visa •• 4242", "2028-02-29".parse().ok()),
        ("sepa_debit", "SEPA •• 3000", None),
    ] {
        let stub = Stub::start([Reply::json(200, &keeping(kind)), list(&[])]).await?;
        let told = asked(&stub)?.look_up(&[sought(Some("cs_test_a1"))]).await?;
        let saved = told[0].saved.clone().expect("it is kept");
        assert_eq!(saved.token, format!("{CUSTOMER}/{METHOD}"));
        assert_eq!(
            (saved.label.as_str(), saved.expires_on),
            (label, expires_on)
        );
        let words = told[0].words.to_string();
        assert!(
            !words.contains(CUSTOMER) && !words.contains(METHOD),
            "{words}"
        );
    }
    // Before its money has come, and where nothing was to be kept.
    let mut unpaid = keeping("card");
    unpaid["payment_status"] = json!("unpaid");
    unpaid["payment_intent"]["status"] = json!("processing");
    let mut other = keeping("card");
    other["payment_intent"]["setup_future_usage"] = Value::Null;
    for session in [unpaid, other] {
        let stub = Stub::start([Reply::json(200, &session), list(&[])]).await?;
        let told = asked(&stub)?.look_up(&[sought(Some("cs_test_a1"))]).await?;
        assert_eq!(told[0].saved, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_is_charged_without_a_page_under_the_key_of_the_charge() -> anyhow::Result<()> {
    let (told, received) = charged(vec![paid(), list(&[])]).await?;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].happened, told[0].status.as_str()),
        (Happened::Paid, "paid")
    );
    assert_eq!(
        (told[0].order_id.as_str(), told[0].external_id.as_str()),
        (ORDER, "pi_1")
    );
    assert_eq!(told[0].saved, None, "it was kept before");
    let words = told[0].words.to_string();
    assert!(
        !words.contains(CUSTOMER) && !words.contains(METHOD),
        "{words}"
    );
    let asked = &received[0];
    assert_eq!(asked.line(), "POST /v1/payment_intents");
    assert_eq!(asked.header("idempotency-key"), "the-key");
    assert_eq!(asked.header("stripe-version"), VERSION);
    let expected = pairs(&[
        ("amount", "299"),
        ("currency", "eur"),
        ("customer", CUSTOMER),
        ("payment_method", METHOD),
        ("off_session", "true"),
        ("confirm", "true"),
        ("description", "Symancy, plan Basic, one month."),
        ("metadata[payment]", ORDER),
        ("metadata[charge]", "the-key"),
        ("expand[]", "latest_charge"),
        ("payment_method_types[]", "card"),
        ("payment_method_types[]", "sepa_debit"),
    ]);
    assert_eq!(form(asked), expected);
    assert_eq!(received[1].line(), "GET /v1/refunds");
    Ok(())
}

#[tokio::test]
async fn a_decline_is_an_answer_and_a_debit_is_on_its_way() -> anyhow::Result<()> {
    let processing = Reply::json(200, &alone("processing", Value::Null, Value::Null));
    for (answer, happened, refusal) in [
        (
            declined("card_declined", "insufficient_funds"),
            Happened::Refused,
            Some(Refusal::InsufficientFunds),
        ),
        (
            declined("expired_card", "expired_card"),
            Happened::Refused,
            Some(Refusal::CardExpired),
        ),
        (
            declined("authentication_required", "authentication_required"),
            Happened::Refused,
            Some(Refusal::NotConfirmed),
        ),
        (
            declined("card_declined", "do_not_honor"),
            Happened::Refused,
            Some(Refusal::ByIssuer),
        ),
        (processing, Happened::Underway, None),
    ] {
        let (told, received) = charged(vec![answer]).await?;
        assert_eq!((told.len(), received.len()), (1, 1));
        let one = &told[0];
        assert_eq!((one.happened, one.refusal), (happened, refusal));
        assert_eq!(
            (one.order_id.as_str(), one.external_id.as_str()),
            (ORDER, "pi_1")
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_charge_that_fails_in_another_way_is_no_refusal_and_tells_no_token() -> anyhow::Result<()>
{
    let refused = |status: u16, code: &str| {
        let error = json!({ "type": "invalid_request_error", "code": code, "message": "Words." });
        Reply::json(status, &json!({ "error": error }))
    };
    for (answer, kind) in [
        (refused(400, "resource_missing"), Kind::Rejected),
        (refused(402, "card_declined"), Kind::Rejected),
        (refused(409, "idempotency_key_in_use"), Kind::Transient),
        (Reply::html(402), Kind::Rejected),
        (Reply::html(502), Kind::Transient),
        (
            paid().cut_after(Duration::from_millis(20)),
            Kind::Interrupted,
        ),
    ] {
        let stub = Stub::start([answer.clone()]).await?;
        let told = asked(&stub)?.charge_saved(&charge()).await;
        assert_eq!(failure(told, SECRETS)?, kind, "{answer:?}");
        stub.only()?;
    }
    let stub = Stub::start([]).await?;
    for token in ["", METHOD, "cus_1/", "cus_1/../refunds", "cus 1/pm_1"] {
        let mut wrong = charge();
        token.clone_into(&mut wrong.with.token);
        let told = asked(&stub)?.charge_saved(&wrong).await;
        assert_eq!(failure(told, &[KEY])?, Kind::Rejected, "{token}");
    }
    assert!(stub.received().is_empty());
    Ok(())
}

/// It has no session.
#[tokio::test]
async fn a_charge_without_a_page_is_asked_for_by_its_number_and_its_time() -> anyhow::Result<()> {
    let intent = alone("succeeded", Value::Null, made("card"));
    let replies = [list(&[]), Reply::json(200, &intent), list(&[])];
    let stub = Stub::start(replies).await?;
    let told = asked(&stub)?.look_up(&[sought(Some("pi_1"))]).await?;
    assert_eq!(
        (told[0].happened, told[0].external_id.as_str()),
        (Happened::Paid, "pi_1")
    );
    let received = stub.received();
    assert_eq!(received[1].line(), "GET /v1/payment_intents/pi_1");
    assert_eq!(query(&received[1]), pairs(&[("expand[]", "latest_charge")]));
    // Its answer was lost.
    let other = with(intent.clone(), &[("metadata", json!({ "payment": "x" }))]);
    let stub = Stub::start([list(&[]), list(&[other, intent]), list(&[])]).await?;
    let told = asked(&stub)?.look_up(&[sought(None)]).await?;
    assert_eq!(
        (told.len(), told[0].happened, told[0].order_id.as_str()),
        (1, Happened::Paid, ORDER)
    );
    let received = stub.received();
    assert_eq!(received[0].line(), "GET /v1/checkout/sessions");
    assert_eq!(received[1].line(), "GET /v1/payment_intents");
    let time = pairs(&[
        ("created[gte]", "1759923366"),
        ("created[lte]", "1790090000"),
        ("limit", "100"),
        ("expand[]", "data.latest_charge"),
    ]);
    assert_eq!(query(&received[1]), time);
    Ok(())
}

#[tokio::test]
async fn money_of_a_charge_without_a_page_goes_back_of_its_intent() -> anyhow::Result<()> {
    let refund = Refund {
        order: sought(Some("pi_1")),
        charge: "pi_1".to_owned(),
        amount: "1.00".parse()?,
        currency: "EUR".to_owned(),
        paid: "2.99".parse()?,
        key: "refund-7".to_owned(),
        payer: None,
    };
    let made = json!({ "id": "re_1", "object": "refund", "status": "succeeded" });
    let stub = Stub::start([list(&[]), Reply::json(200, &made)]).await?;
    let done = asked(&stub)?.refund(&refund).await?;
    assert_eq!(done, Refunding::Done(Some("re_1".to_owned())));
    let received = stub.received();
    assert_eq!(query(&received[0])[0].1, "pi_1");
    assert_eq!(received[1].line(), "POST /v1/refunds");
    assert_eq!(form(&received[1])[0].1, "pi_1");
    Ok(())
}

#[tokio::test]
async fn what_is_kept_is_detached_and_what_is_gone_is_forgotten() -> anyhow::Result<()> {
    let gone = json!({ "error": {
        "type": "invalid_request_error",
        "message": "The payment method you provided is not attached to a customer so detachment is impossible.",
    } });
    let done = json!({ "id": METHOD, "object": "payment_method", "customer": null });
    for reply in [
        Reply::json(200, &done),
        Reply::json(400, &gone),
        Reply::json(404, &gone),
    ] {
        let stub = Stub::start([reply]).await?;
        asked(&stub)?.forget_saved(&kept()).await?;
        let line = format!("POST /v1/payment_methods/{METHOD}/detach");
        assert_eq!(stub.only()?.line(), line);
    }
    let stub = Stub::start([Reply::html(503)]).await?;
    let failed = asked(&stub)?.forget_saved(&kept()).await;
    assert_eq!(failure(failed, SECRETS)?, Kind::Transient);
    Ok(())
}

fn event(kind: &str, object: &Value) -> Vec<u8> {
    let event = json!({
        "id": "evt_1", "object": "event", "api_version": VERSION, "created": 1_790_000_002, "type": kind,
        "data": { "object": object },
    });
    event.to_string().into_bytes()
}

/// A session does not say what was kept, and a charge without a page has none.
#[test]
fn events_of_what_was_kept_are_hints_and_are_kept_without_tokens() -> anyhow::Result<()> {
    let stripe = silent()?;
    let read = |body: &[u8]| {
        let call = stripe.read("", body);
        call.map_err(|why| anyhow::anyhow!(why))
    };
    let mut completed = keeping("card");
    completed["payment_intent"] = json!("pi_1");
    let intent = alone("succeeded", Value::Null, json!("ch_1"));
    for (kind, object, number) in [
        ("checkout.session.completed", &completed, "cs_test_a1"),
        ("payment_intent.succeeded", &intent, "pi_1"),
        ("payment_intent.processing", &intent, "pi_1"),
        ("payment_intent.payment_failed", &intent, "pi_1"),
    ] {
        let body = event(kind, object);
        let call = read(&body)?;
        let Said::Changed(hint) = &call.says else {
            panic!("{kind}: {call:?}")
        };
        assert_eq!(
            (hint.id, hint.external_id.as_deref()),
            (order().id, Some(number))
        );
        let kept = stripe.without_secrets(&body);
        let text = String::from_utf8(kept.clone())?;
        assert!(!text.contains(CUSTOMER) && !text.contains(METHOD), "{text}");
        assert_eq!(read(&kept)?, call);
    }
    let plain = event("checkout.session.completed", &session());
    assert_eq!(stripe.without_secrets(&plain), plain);
    Ok(())
}
