//! Comgate: what is asked, how states and pushes are read.
//!
//! Sources: <https://apidoc.comgate.cz/api/rest/> and Comgate's SDK for PHP. A push has no signature.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::comgate::ComgateConfig;
use vendors::payment::{
    Call, Disbelief, Gateway, Gateways, Happened, Notification, Order, PaymentConfig, Refund,
    Refunding, Said, Sought, Verdict,
};

use crate::{failure, telegram, tinkoff, webhook};
use testkit::stub::{Reply, Stub};

const SECRET: &str = "gx4q8OV3TJt6noJnfhjqJKyX3Z6Ych0y";
pub const SECRETS: &[&str] = &[SECRET];
const NUMBER: &str = "AB12-CD34-EF56";

fn with(server: &Url, test: bool) -> anyhow::Result<Arc<dyn Gateway>> {
    let config = PaymentConfig {
        comgate: Some(ComgateConfig {
            merchant: "123456".to_owned(),
            secret: SECRET.to_owned(),
            api_url: server.join("v2.0")?,
            test,
            email: Some("payments@example.com".to_owned()),
            timeout: Duration::from_secs(5),
        }),
        ..PaymentConfig::default()
    };
    let messenger = telegram::client(server, Duration::from_secs(5))?;
    Ok(Gateways::new(&config, messenger)?.get("comgate")?)
}

pub fn client(server: &Url) -> anyhow::Result<Arc<dyn Gateway>> {
    with(server, false)
}

pub fn order() -> Order {
    Order {
        amount: Decimal::new(149, 0),
        currency: "CZK".to_owned(),
        ..tinkoff::order()
    }
}

pub fn opened() -> Value {
    json!({
        "code": 0, "message": "OK", "transId": NUMBER,
        "redirect": "https://payments.comgate.cz/client/instructions/index?id=AB12-CD34-EF56",
    })
}

/// The answer to the question for a state; numbers are texts in the first version of the API.
pub fn state(status: &str) -> Value {
    json!({
        "code": 0, "message": "OK", "merchant": "123456", "test": false, "price": 14900, "curr": "CZK",
        "label": "x", "refId": order().id, "method": "CARD_CZ_CSOB_2", "email": "a@example.org",
        "payerAcc": "1000001/0100", "payerName": "Jan Novák", "transId": NUMBER, "secret": SECRET,
        "status": status, "fee": "unknown", "vs": "739689656",
    })
}

fn sought(number: Option<&str>) -> Sought {
    Sought {
        id: order().id,
        external_id: number.map(str::to_owned),
        created_at: DateTime::UNIX_EPOCH,
    }
}

async fn asked(answer: Value, test: bool) -> anyhow::Result<Vec<Notification>> {
    let stub = Stub::start([Reply::json(200, &answer)]).await?;
    let found = with(&stub.url, test)?
        .look_up(&[sought(Some(NUMBER))])
        .await;
    let received = stub.only()?;
    assert_eq!(
        received.line(),
        "GET /v2.0/payment/transId/AB12-CD34-EF56.json"
    );
    assert!(received.header("authorization").starts_with("Basic "));
    Ok(found?)
}

fn told(body: &str) -> Result<Call, Disbelief> {
    let gateway = client(&Url::parse("http://127.0.0.1:9/").expect("an address"));
    webhook::told(&*gateway.expect("a gateway"), "", &[], body.as_bytes())
}

#[tokio::test]
async fn a_payment_is_made_in_hundredths_with_a_short_label() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &opened())]).await?;
    let opened = client(&stub.url)?.init(&order()).await?;
    assert_eq!(opened.external_id.as_deref(), Some(NUMBER));
    assert!(opened.url.as_str().ends_with("id=AB12-CD34-EF56"));
    let received = stub.only()?;
    assert_eq!(received.line(), "POST /v2.0/payment.json");
    let basic = BASE64_STANDARD.encode(format!("123456:{SECRET}"));
    assert_eq!(received.header("authorization"), format!("Basic {basic}"));
    let back = "https://t.me/symancy_bot/app";
    // "Symancy · Базовый" has 17 characters.
    let expected = json!({
        "test": false, "price": 14900, "curr": "CZK", "label": "Базовый", "refId": order().id, "method": "ALL",
        "prepareOnly": true, "expirationTime": "1d", "lang": "en", "email": "payments@example.com",
        "url_paid": back, "url_cancelled": back, "url_pending": back,
    });
    assert_eq!(received.json()?, expected);
    Ok(())
}

#[tokio::test]
async fn a_label_has_1_to_16_characters() -> anyhow::Result<()> {
    for (title, label) in [
        ("Symancy · Basic", "Symancy · Basic"),
        ("Symancy · Advanced", "Advanced"),
        ("A plan whose name is very long", "A plan whose nam"),
        ("Symancy 高级会员的一个月·", "Symancy"),
    ] {
        let stub = Stub::start([Reply::json(200, &opened())]).await?;
        let order = Order {
            title: title.to_owned(),
            ..order()
        };
        client(&stub.url)?.init(&order).await?;
        let given = stub.only()?.json()?["label"].clone();
        assert_eq!(given, label);
    }
    Ok(())
}

#[tokio::test]
async fn every_currency_is_in_hundredths_and_less_than_the_least_sum_is_not_asked_for()
-> anyhow::Result<()> {
    for (amount, currency, price) in [
        ("100", "HUF", Some(10_000)),
        ("0.10", "EUR", Some(10)),
        ("0.09", "EUR", None),
        ("0.99", "CZK", None),
        ("2.995", "EUR", None),
        ("500", "JPY", None),
    ] {
        let stub = Stub::answering(|_| Reply::json(200, &opened())).await?;
        let order = Order {
            amount: amount.parse()?,
            currency: currency.to_owned(),
            ..order()
        };
        let made = client(&stub.url)?.init(&order).await;
        match price {
            Some(price) => assert_eq!(stub.only()?.json()?["price"], price),
            None => {
                assert_eq!(
                    failure(made, SECRETS)?,
                    Kind::Rejected,
                    "{amount} {currency}"
                );
                assert!(stub.received().is_empty());
            }
        }
    }
    Ok(())
}

/// Comgate has nothing to know an order by: each call is a payment, and each has a page of its own.
#[tokio::test]
async fn an_order_that_is_asked_for_again_is_another_payment() -> anyhow::Result<()> {
    let mut second = opened();
    second["transId"] = json!("GH78-IJ90-KL12");
    let stub = Stub::start([Reply::json(200, &opened()), Reply::json(200, &second)]).await?;
    let gateway = client(&stub.url)?;
    let (first, second) = (gateway.init(&order()).await?, gateway.init(&order()).await?);
    assert_ne!(first.external_id, second.external_id);
    let bodies: Vec<Value> = stub
        .received()
        .iter()
        .map(|one| one.json().expect("JSON"))
        .collect();
    assert_eq!(bodies[0], bodies[1]);
    Ok(())
}

#[test]
fn a_push_is_a_hint_as_a_form_and_as_json_and_its_status_is_not_believed() -> anyhow::Result<()> {
    let id = order().id;
    let form = format!(
        "merchant=123456&test=false&price=1&curr=EUR&label=x&refId={id}&email=a%40b.cz&transId={NUMBER}&status=PAID"
    );
    let with_secret = format!("{form}&secret={SECRET}");
    let least = format!("transId={NUMBER}&refId={id}");
    let json = json!({ "merchant": 123_456, "transId": NUMBER, "refId": id, "status": "PAID" });
    for push in [form, with_secret, least, json.to_string()] {
        let call = told(&push).map_err(|why| anyhow::anyhow!("{why:?}: {push}"))?;
        assert_eq!(call.event, None);
        assert_eq!(call.says, Said::Changed(sought(Some(NUMBER))));
    }
    Ok(())
}

#[test]
fn a_push_for_another_shop_or_with_another_secret_is_forged() {
    for push in [
        "merchant=123457&transId=AB12-CD34-EF56&refId=x",
        "merchant=123456&transId=AB12-CD34-EF56&refId=x&secret=another",
        "{\"merchant\": \"x\", \"transId\": \"AB12-CD34-EF56\"}",
    ] {
        assert_eq!(told(push), Err(Disbelief::Forged), "{push}");
    }
}

#[test]
fn what_is_no_push_is_malformed_and_a_foreign_one_says_nothing() {
    for push in [
        "",
        "null",
        "{",
        "[]",
        "OK",
        "merchant=123456&refId=x",
        "transId=../../refund&refId=x",
        "transId=&refId=x",
        "transId=AB12-CD34-EF56",
    ] {
        let judged = told(push);
        assert!(
            matches!(judged, Err(Disbelief::Malformed(_))),
            "{push}: {judged:?}"
        );
    }
    let foreign = told("transId=AB12-CD34-EF56&refId=2026-0017").map(|call| call.says);
    assert_eq!(foreign, Ok(Said::Nothing));
}

#[test]
fn a_push_is_answered_in_the_words_of_both_versions() -> anyhow::Result<()> {
    let gateway = client(&Url::parse("http://127.0.0.1:9/")?)?;
    assert_eq!(gateway.answer(Verdict::Taken).body, "code=0&message=OK");
    Ok(())
}

#[tokio::test]
async fn only_the_answer_to_a_question_is_money() -> anyhow::Result<()> {
    for (status, happened) in [
        ("PENDING", Happened::Open),
        ("AUTHORIZED", Happened::Underway),
        ("PAID", Happened::Paid),
        ("CANCELLED", Happened::Abandoned),
        ("SOMETHING_NEW", Happened::Underway),
    ] {
        let found = asked(state(status), false).await?;
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!((one.happened, one.status.as_str()), (happened, status));
        assert_eq!(
            (one.amount, one.currency.as_str()),
            (Decimal::new(149, 0), "CZK")
        );
        assert_eq!(
            (one.order_id.as_str(), one.external_id.as_str()),
            (order().id.to_string().as_str(), NUMBER)
        );
        let kept = one.words.to_string();
        for left_out in ["example.org", "Novák", "1000001", SECRET] {
            assert!(!kept.contains(left_out), "{kept}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn numbers_may_be_texts_and_other_forms_are_not_understood() -> anyhow::Result<()> {
    let mut text = state("PAID");
    text["price"] = json!("14900");
    text["code"] = json!("0");
    assert_eq!(asked(text, false).await?[0].amount, Decimal::new(149, 0));
    for (name, value) in [
        ("price", json!(149.5)),
        ("price", json!("x")),
        ("price", Value::Null),
        ("curr", Value::Null),
        ("refId", Value::Null),
        ("status", json!("")),
        ("code", Value::Null),
        ("merchant", json!("654321")),
        ("transId", json!("GH78-IJ90-KL12")),
    ] {
        let mut answer = state("PAID");
        answer[name] = value;
        let stub = Stub::start([Reply::json(200, &answer)]).await?;
        let found = client(&stub.url)?.look_up(&[sought(Some(NUMBER))]).await;
        assert_eq!(failure(found, SECRETS)?, Kind::Protocol, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_test_is_money_only_where_tests_are_made() -> anyhow::Result<()> {
    for is_test in [json!(true), json!("true")] {
        let mut answer = state("PAID");
        answer["test"] = is_test;
        assert!(asked(answer.clone(), false).await?.is_empty());
        assert_eq!(asked(answer, true).await?.len(), 1);
    }
    Ok(())
}

/// Its page is known to no person: the answer that had its address never came.
#[tokio::test]
async fn an_order_without_a_number_was_not_paid() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    assert!(
        client(&stub.url)?
            .look_up(&[sought(None)])
            .await?
            .is_empty()
    );
    assert!(stub.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_refund_names_the_payment_the_part_and_its_key() -> anyhow::Result<()> {
    let refund = Refund {
        order: sought(Some(NUMBER)),
        charge: NUMBER.to_owned(),
        amount: Decimal::new(505, 1),
        currency: "CZK".to_owned(),
        paid: Decimal::new(149, 0),
        key: "the-key".to_owned(),
        payer: None,
    };
    let well = json!({ "code": 0, "message": "OK" });
    let stub = Stub::start([Reply::json(200, &well)]).await?;
    let done = client(&stub.url)?.refund(&refund).await?;
    assert_eq!(done, Refunding::Done(None));
    let received = stub.only()?;
    assert_eq!(received.line(), "POST /v2.0/refund.json");
    let expected = json!({
        "transId": NUMBER, "amount": 5050, "curr": "CZK", "test": false, "refId": "the-key",
    });
    assert_eq!(received.json()?, expected);
    for code in [1401, 1402] {
        let refused = json!({ "code": code, "message": "no" });
        let stub = Stub::start([Reply::json(400, &refused)]).await?;
        let done = client(&stub.url)?.refund(&refund).await;
        assert_eq!(failure(done, SECRETS)?, Kind::Rejected);
    }
    Ok(())
}

#[tokio::test]
async fn a_failure_says_what_it_means_for_the_next_try() -> anyhow::Result<()> {
    let refusal =
        |status: u16, code: u16| Reply::json(status, &json!({ "code": code, "message": "no" }));
    let mut without = opened();
    without["redirect"] = Value::Null;
    for (reply, kind) in [
        (refusal(200, 1301), Kind::Auth),
        (refusal(401, 1400), Kind::Auth),
        (refusal(200, 1100), Kind::Transient),
        (refusal(500, 1500), Kind::Transient),
        (refusal(200, 1309), Kind::Rejected),
        (refusal(400, 1305), Kind::Rejected),
        (Reply::new(200, "code=1309&message=no"), Kind::Rejected),
        (Reply::html(429), Kind::RateLimited(None)),
        (Reply::html(503), Kind::Transient),
        (Reply::html(200), Kind::Protocol),
        (Reply::html(302), Kind::Protocol),
        (Reply::json(200, &without), Kind::Protocol),
        (
            Reply::json(200, &opened()).cut_after(Duration::from_millis(20)),
            Kind::Interrupted,
        ),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let made = client(&stub.url)?.init(&order()).await;
        assert_eq!(failure(made, SECRETS)?, kind, "{reply:?}");
        stub.only()?;
    }
    Ok(())
}
