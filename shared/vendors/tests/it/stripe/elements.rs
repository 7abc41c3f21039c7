//! Stripe: orders that are paid with its form, and its page for customers.
//!
//! Sources: <https://docs.stripe.com/api/payment_intents/create>,
//! <https://docs.stripe.com/api/customer_portal/sessions/create>,
//! <https://docs.stripe.com/api/payment_methods/customer_list>.

use kernel::Language;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{Happened, KeptNow, Order, Refusal, Said};

use super::charges::SECRETS;
use super::{
    ORDER, SECRET, VERSION, asked, form, intent, order, pairs, query, silent, sought, with,
};
use crate::failure;
use testkit::stub::{Received, Reply, Stub};

const CUSTOMER: &str = "cus_NffrFeUfNV2Hib";
const CLIENT_SECRET: &str = "pi_1_secret_YrKJUKribcBjcG8HVhfZluoGH";

/// A PaymentIntent that waits for its form, or stands so.
fn formed(status: &str, fault: Value, charge: Value) -> Value {
    let key = format!("{ORDER}:intent");
    let fields = [
        ("metadata", json!({ "payment": ORDER, "intent": key })),
        ("client_secret", json!(CLIENT_SECRET)),
        ("customer", Value::Null),
    ];
    with(intent(status, fault, charge), &fields)
}

fn waiting() -> Reply {
    Reply::json(
        200,
        &formed("requires_payment_method", Value::Null, Value::Null),
    )
}

#[tokio::test]
async fn an_order_for_the_form_is_not_confirmed_and_its_secret_is_not_shown() -> anyhow::Result<()>
{
    let stub = Stub::start([waiting()]).await?;
    let stripe = asked(&stub)?;
    let elements = stripe.elements().expect("Stripe has a form");
    assert_eq!(elements.publishable_key(), Some("pk_test_of_these_tests"));
    let made = elements.intend(&order(), None).await?;
    assert_eq!(
        (made.number.as_str(), made.secret.as_str()),
        ("pi_1", CLIENT_SECRET)
    );
    assert!(!format!("{made:?}").contains("secret_"));
    let call = stub.only()?;
    assert_eq!(call.line(), "POST /v1/payment_intents");
    assert_eq!(call.header("idempotency-key"), format!("{ORDER}:intent"));
    let key = format!("{ORDER}:intent");
    let expected = pairs(&[
        ("amount", "299"),
        ("currency", "eur"),
        ("description", "Symancy, plan Basic, one month."),
        ("metadata[payment]", ORDER),
        ("metadata[intent]", &key),
        ("payment_method_types[]", "card"),
        ("payment_method_types[]", "sepa_debit"),
        ("payment_method_types[]", "ideal"),
        ("payment_method_types[]", "bancontact"),
    ]);
    assert_eq!(form(&call), expected);
    Ok(())
}

#[tokio::test]
async fn what_is_to_be_kept_is_kept_for_a_customer_and_paid_by_what_can_be_charged_again()
-> anyhow::Result<()> {
    let customer = json!({ "id": CUSTOMER, "object": "customer" });
    let stub = Stub::start([Reply::json(200, &customer), waiting(), waiting()]).await?;
    let stripe = asked(&stub)?;
    let elements = stripe.elements().expect("Stripe has a form");
    let wanted = Order {
        keep_for: Some(Uuid::from_u128(7)),
        ..order()
    };
    elements.intend(&wanted, None).await?;
    elements.intend(&wanted, Some("cus_known")).await?;
    let calls = stub.received();
    let lines: Vec<String> = calls.iter().map(Received::line).collect();
    assert_eq!(
        lines,
        [
            "POST /v1/customers",
            "POST /v1/payment_intents",
            "POST /v1/payment_intents"
        ]
    );
    for (call, whose) in calls[1..].iter().zip([CUSTOMER, "cus_known"]) {
        let sent = form(call);
        let of = |name: &str| {
            let found = sent.iter().filter(|(field, _)| field == name);
            found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("customer"), [whose]);
        assert_eq!(of("setup_future_usage"), ["off_session"]);
        assert_eq!(of("payment_method_types[]"), ["card", "sepa_debit"]);
    }
    Ok(())
}

#[tokio::test]
async fn an_intent_of_a_form_waits_is_on_its_way_is_refused_or_paid() -> anyhow::Result<()> {
    let declined = json!({ "code": "card_declined", "decline_code": "insufficient_funds" });
    let none = json!({ "object": "list", "data": [], "has_more": false });
    for (status, fault, happened, refusal) in [
        ("requires_payment_method", Value::Null, Happened::Open, None),
        ("requires_action", Value::Null, Happened::Underway, None),
        ("processing", Value::Null, Happened::Underway, None),
        (
            "requires_payment_method",
            declined,
            Happened::Refused,
            Some(Refusal::InsufficientFunds),
        ),
        ("canceled", Value::Null, Happened::Abandoned, None),
        ("succeeded", Value::Null, Happened::Paid, None),
    ] {
        let stub = Stub::start([
            Reply::json(200, &none),
            Reply::json(200, &formed(status, fault, Value::Null)),
        ])
        .await?;
        let told = asked(&stub)?.look_up(&[sought(Some("pi_1"))]).await?;
        assert_eq!(told.len(), 1, "{status}");
        assert_eq!((told[0].happened, told[0].refusal), (happened, refusal));
        assert_eq!(told[0].external_id, "pi_1");
        assert!(!told[0].words.to_string().contains(CLIENT_SECRET));
    }
    Ok(())
}

#[tokio::test]
async fn the_page_of_a_customer_has_our_configuration_which_is_made_once() -> anyhow::Result<()> {
    let none = json!({ "object": "list", "data": [], "has_more": false });
    let made = json!({ "id": "bpc_1", "object": "billing_portal.configuration" });
    let page = json!({ "id": "bps_1", "url": "https://billing.stripe.com/p/session/test_1" });
    let stub = Stub::start([
        Reply::json(200, &none),
        Reply::json(200, &made),
        Reply::json(200, &page),
        Reply::json(200, &page),
    ])
    .await?;
    let stripe = asked(&stub)?;
    let elements = stripe.elements().expect("Stripe has a page");
    let back = Url::parse("https://symancy.example/checkout")?;
    for language in [Language::En, Language::Zh] {
        let url = elements.portal(CUSTOMER, language, &back).await?;
        assert_eq!(url.as_str(), "https://billing.stripe.com/p/session/test_1");
    }
    let calls = stub.received();
    let lines: Vec<String> = calls.iter().map(Received::line).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/billing_portal/configurations",
            "POST /v1/billing_portal/configurations",
            "POST /v1/billing_portal/sessions",
            "POST /v1/billing_portal/sessions"
        ]
    );
    assert_eq!(
        query(&calls[0]),
        pairs(&[("active", "true"), ("limit", "100")])
    );
    let offered = form(&calls[1]);
    let cancels = ("features[subscription_cancel][enabled]", "false");
    assert!(offered.contains(&pairs(&[cancels])[0]), "{offered:?}");
    assert_eq!(
        form(&calls[3]),
        pairs(&[
            ("customer", CUSTOMER),
            ("configuration", "bpc_1"),
            ("locale", "zh"),
            ("return_url", "https://symancy.example/checkout"),
        ])
    );
    Ok(())
}

#[tokio::test]
async fn what_is_kept_of_a_customer_is_what_can_be_charged_again() -> anyhow::Result<()> {
    let customer = json!({ "id": CUSTOMER, "object": "customer",
        "invoice_settings": { "default_payment_method": "pm_2" } });
    let card = json!({ "brand": "visa", "last4": "4242", "exp_month": 2, "exp_year": 2028 });
    let all = json!({ "object": "list", "has_more": false, "data": [
        { "id": "pm_1", "object": "payment_method", "type": "card", "card": card },
        { "id": "pm_2", "object": "payment_method", "type": "sepa_debit",
            "sepa_debit": { "country": "DE", "last4": "3000" } },
        { "id": "pm_3", "object": "payment_method", "type": "link", "link": {} },
    ] });
    let stub = Stub::start([Reply::json(200, &customer), Reply::json(200, &all)]).await?;
    let stripe = asked(&stub)?;
    let kept = stripe.elements().expect("a page").kept(CUSTOMER).await?;
    let shown = |one: &KeptNow| {
        let (token, label) = (one.saved.token.clone(), one.saved.label.clone());
        (token, label, one.saved.expires_on, one.is_default)
    };
    let shown: Vec<_> = kept.iter().map(shown).collect();
    let token = |id: &str| format!("{CUSTOMER}/{id}");
    let last_day = "2028-02-29".parse().ok();
    assert_eq!(
        shown,
        [
            (token("pm_1"), "Visa •• 4242".to_owned(), last_day, false),
            (token("pm_2"), "SEPA •• 3000".to_owned(), None, true),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn of_a_customer_that_is_gone_nothing_is_kept_and_a_refusal_says_nothing_of_one()
-> anyhow::Result<()> {
    let gone = json!({ "id": CUSTOMER, "object": "customer", "deleted": true });
    let stub = Stub::start([Reply::json(200, &gone)]).await?;
    let stripe = asked(&stub)?;
    let kept = stripe.elements().expect("a page").kept(CUSTOMER).await?;
    assert!(kept.is_empty());
    // So does Stripe answer where the key is of another account.
    let unknown =
        json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } });
    for (reply, kind) in [
        (Reply::json(404, &unknown), Kind::Rejected),
        (Reply::html(503), Kind::Transient),
    ] {
        let stub = Stub::start([reply]).await?;
        let stripe = asked(&stub)?;
        let failed = stripe.elements().expect("a page").kept(CUSTOMER).await;
        assert_eq!(failure(failed, SECRETS)?, kind);
    }
    Ok(())
}

#[test]
fn events_of_a_customer_say_whose_they_are_and_are_kept_with_a_sealed_number_alone()
-> anyhow::Result<()> {
    let stripe = silent()?;
    let method = json!({ "id": "pm_1", "object": "payment_method", "customer": CUSTOMER,
        "billing_details": { "name": "Anna Example" } });
    let detached = with(method.clone(), &[("customer", Value::Null)]);
    let customer = json!({ "id": CUSTOMER, "object": "customer", "email": "anna@example.com" });
    let before = json!({ "customer": CUSTOMER });
    for (kind, object, previous) in [
        ("payment_method.attached", &method, json!({})),
        ("payment_method.updated", &method, json!({})),
        ("payment_method.automatically_updated", &method, json!({})),
        ("payment_method.detached", &detached, before),
        ("customer.deleted", &customer, json!({})),
        (
            "customer.updated",
            &customer,
            json!({ "email": "ann@example.com" }),
        ),
    ] {
        let event = json!({
            "id": "evt_1", "object": "event", "api_version": VERSION, "type": kind,
            "data": { "object": object, "previous_attributes": previous },
        });
        let body = event.to_string().into_bytes();
        let call = stripe.read("", &body).map_err(anyhow::Error::msg)?;
        assert_eq!(call.says, Said::Keeps(CUSTOMER.to_owned()), "{kind}");
        let kept = stripe.without_secrets(&body);
        let text = String::from_utf8(kept.clone())?;
        for secret in [CUSTOMER, "pm_1", "Anna", "example.com", SECRET] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(stripe.read("", &kept).map_err(anyhow::Error::msg)?, call);
    }
    Ok(())
}

/// Its order is named by the metadata, and what the form pays with is not kept.
#[test]
fn events_of_a_form_are_hints_and_are_kept_without_its_secret() -> anyhow::Result<()> {
    let stripe = silent()?;
    for kind in [
        "payment_intent.succeeded",
        "payment_intent.processing",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
    ] {
        let event = json!({
            "id": "evt_1", "object": "event", "api_version": VERSION, "type": kind,
            "data": { "object": formed("succeeded", Value::Null, json!("ch_1")) },
        });
        let kept = stripe.without_secrets(event.to_string().as_bytes());
        assert!(!String::from_utf8(kept.clone())?.contains(CLIENT_SECRET));
        let call = stripe.read("", &kept).map_err(anyhow::Error::msg)?;
        let Said::Changed(hint) = call.says else {
            panic!("{kind}: {call:?}")
        };
        assert_eq!(
            (hint.id, hint.external_id.as_deref()),
            (order().id, Some("pi_1"))
        );
    }
    Ok(())
}
