//! T-Bank: what is asked, how an answer and a notification are read.
//!
//! Sources: <https://developer.tbank.ru/eacq/api/init>, and for the signature the bank's own
//! examples (<https://developer.tbank.ru/eacq/intro/developer/token> and the merchant protocol),
//! which public clients in C#, JavaScript and Python test against, too.

use std::sync::Arc;
use std::time::Duration;

use kernel::Language;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use vendors::payment::tinkoff::TinkoffConfig;
use vendors::payment::{
    Disbelief, Gateway, Gateways, Happened, Notification, Order, PaymentConfig, Refusal, Said,
    Sought,
};

use crate::{telegram, webhook};
use testkit::stub::{Reply, Stub};

pub const PASSWORD: &str = "Dfsfh56dgKl";

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<dyn Gateway>> {
    of("1321054611234DEMO", PASSWORD, server, timeout)
}

fn of(
    terminal: &str,
    password: &str,
    server: &Url,
    timeout: Duration,
) -> anyhow::Result<Arc<dyn Gateway>> {
    let config = PaymentConfig {
        tinkoff: Some(TinkoffConfig {
            terminal_key: terminal.to_owned(),
            secret_key: password.to_owned(),
            api_url: server.join("v2")?,
            notification_url: Some(Url::parse("https://symancy.example/hook")?),
            timeout,
        }),
        ..PaymentConfig::default()
    };
    Ok(Gateways::new(&config, telegram::client(server, timeout)?)?.get("sbp_tinkoff")?)
}

pub fn order() -> Order {
    Order {
        id: Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001),
        amount: Decimal::new(29_900, 2),
        currency: "RUB".to_owned(),
        title: "Symancy · Базовый".to_owned(),
        description: "Symancy, тариф «Базовый», один месяц.".to_owned(),
        language: Language::Ru,
        return_url: Url::parse("https://t.me/symancy_bot/app").ok(),
        email: None,
        keep_for: None,
    }
}

/// What the bank makes of a notification.
fn told(bank: &Arc<dyn Gateway>, body: &[u8]) -> Result<Notification, Disbelief> {
    match webhook::told(&**bank, "", &[], body)?.says {
        Said::Moved(moved) => Ok(*moved),
        other => panic!("{other:?}"),
    }
}

/// An answer to `Init` in the form of the documentation.
pub fn opened() -> Value {
    json!({
        "Success": true, "ErrorCode": "0", "TerminalKey": "1321054611234DEMO", "Status": "NEW",
        "PaymentId": "3093639567", "OrderId": "21090", "Amount": 29900,
        "PaymentURL": "https://securepay.tinkoff.ru/new/fU1ppgqa",
    })
}

/// The notification of the bank's merchant protocol, and its tokens for both values of `Success`.
fn notification(success: bool) -> Value {
    let token = match success {
        true => "b906d28e76c6428e37b25fcf86c0adc52c63d503013fdd632e300593d165766b",
        false => "014e237c74b5746cfff5b98459740afcd75e8d624156210857287397c4c8258e",
    };
    json!({
        "TerminalKey": "1321054611234DEMO", "OrderId": "201709", "Success": success,
        "Status": "AUTHORIZED", "PaymentId": 8742591, "ErrorCode": "0", "Amount": 9855,
        "RebillId": 101709, "CardId": 322264, "Pan": "430000******0777", "ExpDate": "1122",
        "DATA": { "Phone": "+71234567890" }, "Token": token,
    })
}

fn bank() -> anyhow::Result<Arc<dyn Gateway>> {
    client(&Url::parse("http://127.0.0.1:9/")?, Duration::from_secs(1))
}

#[tokio::test]
async fn a_page_is_opened_with_the_fields_that_the_bank_requires() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &opened())]).await?;
    let opened = client(&stub.url, Duration::from_secs(5))?
        .init(&order())
        .await?;
    assert_eq!(opened.external_id.as_deref(), Some("3093639567"));
    assert_eq!(
        opened.url.as_str(),
        "https://securepay.tinkoff.ru/new/fU1ppgqa"
    );
    let received = stub.only()?;
    assert_eq!(
        (received.method.as_str(), received.path.as_str()),
        ("POST", "/v2/Init")
    );
    let mut body = received.json()?;
    let token = body["Token"].take();
    // Kopecks, one stage, and both ways back.
    let expected = json!({
        "TerminalKey": "1321054611234DEMO", "Amount": 29900, "PayType": "O", "Language": "ru",
        "OrderId": "0199c3a0-0000-7000-8000-000000000001", "Token": null,
        "Description": "Symancy, тариф «Базовый», один месяц.",
        "NotificationURL": "https://symancy.example/hook",
        "SuccessURL": "https://t.me/symancy_bot/app", "FailURL": "https://t.me/symancy_bot/app",
    });
    assert_eq!(body, expected);
    // sha256sum over the values by name: Amount, Description, FailURL, Language, NotificationURL,
    // OrderId, Password, PayType, SuccessURL, TerminalKey.
    assert_eq!(
        token,
        "fc744256163d90b9f6ef4eb55b31ad25ceabc095253afe945fad8b928fd00cb9"
    );
    Ok(())
}

#[tokio::test]
async fn a_number_instead_of_a_text_is_a_payment_id_too() -> anyhow::Result<()> {
    let mut answer = opened();
    answer["PaymentId"] = json!(3_093_639_567_i64);
    let stub = Stub::start([Reply::json(200, &answer)]).await?;
    let opened = client(&stub.url, Duration::from_secs(5))?
        .init(&order())
        .await?;
    assert_eq!(opened.external_id.as_deref(), Some("3093639567"));
    Ok(())
}

#[test]
fn a_notification_of_the_banks_own_documentation_is_accepted() -> anyhow::Result<()> {
    for success in [true, false] {
        let body = notification(success).to_string();
        let event = told(&bank()?, body.as_bytes());
        let event = event.map_err(|why| anyhow::anyhow!("{why:?}"))?;
        assert_eq!(
            (event.order_id.as_str(), event.external_id.as_str()),
            ("201709", "8742591")
        );
        assert_eq!(
            (event.amount, event.currency.as_str()),
            (Decimal::new(9855, 2), "RUB")
        );
        assert_eq!(
            (event.status.as_str(), event.happened),
            ("AUTHORIZED", Happened::Underway)
        );
    }
    Ok(())
}

/// The example of the page about tokens; it is a request, so it lacks what a notification has.
#[test]
fn the_token_of_the_banks_other_example_is_right_too() -> anyhow::Result<()> {
    let body = json!({
        "TerminalKey": "MerchantTerminalKey", "Amount": 19200, "OrderId": "00000",
        "Description": "Подарочная карта на 1000 рублей",
        "DATA": { "Phone": "+71234567890" }, "Receipt": { "Email": "a@test.ru" },
        "Token": "72dd466f8ace0a37a1f740ce5fb78101712bc0665d91a8108c7c8a0ccd426db2",
    });
    let server = Url::parse("http://127.0.0.1:9/")?;
    let bank = of(
        "MerchantTerminalKey",
        "11111111111111",
        &server,
        Duration::from_secs(1),
    )?;
    let why = told(&bank, body.to_string().as_bytes());
    assert!(matches!(why, Err(Disbelief::Malformed(_))), "{why:?}");
    Ok(())
}

#[test]
fn a_notification_with_any_change_is_rejected() -> anyhow::Result<()> {
    let good = notification(true);
    let changes = [
        ("Amount", json!(9856)),
        ("Success", json!(false)),
        ("Status", json!("CONFIRMED")),
        ("OrderId", json!("201710")),
        ("PaymentId", json!(8742592)),
        ("TerminalKey", json!("1321054611235DEMO")),
        ("More", json!("x")),
        ("Token", json!("")),
        (
            "Token",
            json!("B906D28E76C6428E37B25FCF86C0ADC52C63D503013FDD632E300593D165766B"),
        ),
    ];
    for (name, value) in changes {
        let mut body = good.clone();
        body[name] = value;
        let judged = told(&bank()?, body.to_string().as_bytes());
        assert_eq!(judged.err(), Some(Disbelief::Forged), "{name}");
    }
    Ok(())
}

#[test]
fn a_malformed_notification_is_distinguished_from_a_forged_one() -> anyhow::Result<()> {
    for body in [
        "",
        "null",
        "[]",
        "\"OK\"",
        "{}",
        "{\"Token\": 1}",
        "OrderId=1&Token=x",
        "\u{0}",
    ] {
        let judged = told(&bank()?, body.as_bytes());
        assert!(
            matches!(judged, Err(Disbelief::Malformed(_))),
            "{body}: {judged:?}"
        );
    }
    Ok(())
}

/// Computed by the clients `tbank-securepay` 0.3.2 and `tbank` 1.14 (Python) and `@jfkz/tinkoff-payment-sdk` (Node).
#[test]
fn notifications_that_other_clients_have_signed_are_believed() -> anyhow::Result<()> {
    let confirmed = json!({
        "TerminalKey": "SandboxDEMO", "OrderId": "0193a0b0-0000-7000-8000-000000000001", "Success": true,
        "Status": "CONFIRMED", "PaymentId": 13660, "ErrorCode": "0", "Amount": 29900, "CardId": 322264,
        "Pan": "430000******0777", "ExpDate": "1122", "DATA": { "Source": "sandbox" },
        "Token": "018edf48017ca7ca802acada579dbb7fbb9e7e64acbf7501af3440e2334b560a",
    });
    let mut part = confirmed.clone();
    part["Status"] = json!("PARTIAL_REFUNDED");
    part["Amount"] = json!(10000);
    part["RebillId"] = Value::Null;
    part["Token"] = json!("6f129dc5f1ea548c828d36abf59a9c70f6e16831b7130640c8a48a64b1295716");
    let server = Url::parse("http://127.0.0.1:9/")?;
    let bank = of(
        "SandboxDEMO",
        "sandbox-password",
        &server,
        Duration::from_secs(1),
    )?;
    for (body, happened, kopecks) in [
        (confirmed, Happened::Paid, 29_900),
        (part, Happened::PartlyReturned, 10_000),
    ] {
        let event = told(&bank, body.to_string().as_bytes());
        let event = event.map_err(|why| anyhow::anyhow!("{why:?}"))?;
        assert_eq!(
            (event.happened, event.amount),
            (happened, Decimal::new(kopecks, 2))
        );
        let kept = event.words.to_string();
        assert!(kept.contains("13660") && !kept.contains("0777"), "{kept}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sum_with_a_part_of_a_kopeck_is_not_asked_for() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    let bank = client(&stub.url, Duration::from_secs(5))?;
    for amount in [Decimal::new(299_005, 3), Decimal::MAX] {
        let order = Order { amount, ..order() };
        assert!(bank.init(&order).await.is_err(), "{amount}");
    }
    assert!(stub.received().is_empty());
    Ok(())
}

fn sought(number: Option<&str>) -> Sought {
    Sought {
        id: order().id,
        external_id: number.map(str::to_owned),
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_payment_is_asked_for_by_its_number() -> anyhow::Result<()> {
    let answer = json!({
        "Success": true, "ErrorCode": "0", "Message": "OK", "TerminalKey": "1321054611234DEMO",
        "Status": "CONFIRMED", "PaymentId": "13660", "OrderId": order().id, "Amount": 29900,
    });
    let stub = Stub::start([Reply::json(200, &answer)]).await?;
    let bank = client(&stub.url, Duration::from_secs(5))?;
    let found = bank.look_up(&[sought(Some("13660"))]).await?;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!(
        (one.external_id.as_str(), one.happened, one.amount),
        ("13660", Happened::Paid, Decimal::new(29_900, 2))
    );
    let received = stub.only()?;
    assert_eq!(received.path, "/v2/GetState");
    assert_eq!(received.json()?["PaymentId"], "13660");
    Ok(())
}

#[tokio::test]
async fn an_order_without_a_number_is_asked_for_by_its_own_and_refusals_have_their_reason()
-> anyhow::Result<()> {
    for (code, refusal) in [
        ("1051", Some(Refusal::InsufficientFunds)),
        ("1054", Some(Refusal::CardExpired)),
        ("101", Some(Refusal::NotConfirmed)),
        ("1005", Some(Refusal::ByIssuer)),
        ("1099", None),
    ] {
        let answer = json!({
            "Success": true, "ErrorCode": "0", "Message": "OK", "OrderId": order().id,
            "Payments": [{
                "PaymentId": "13660", "Amount": 29900, "Status": "REJECTED", "RRN": null,
                "Success": "false", "ErrorCode": code, "Message": "None",
            }],
        });
        let stub = Stub::start([Reply::json(200, &answer)]).await?;
        let bank = client(&stub.url, Duration::from_secs(5))?;
        let found = bank.look_up(&[sought(None)]).await?;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].happened, found[0].refusal),
            (Happened::Refused, refusal)
        );
        assert_eq!(found[0].order_id, order().id.to_string());
        let received = stub.only()?;
        assert_eq!(received.path, "/v2/CheckOrder");
        assert_eq!(received.json()?["OrderId"], order().id.to_string());
    }
    Ok(())
}

/// An order that never reached the bank is unknown to it. What it has given a number to is not.
#[tokio::test]
async fn only_an_order_without_a_number_may_be_unknown_to_the_bank() -> anyhow::Result<()> {
    let refused = |code: &str| {
        let body = json!({ "Success": false, "ErrorCode": code, "Message": "x", "Details": "" });
        Reply::json(200, &body)
    };
    for (number, code, is_nothing) in [
        (None, "255", true),
        (None, "204", false),
        (None, "9999", false),
        (Some("13660"), "255", false),
    ] {
        let stub = Stub::start([refused(code)]).await?;
        let bank = client(&stub.url, Duration::from_secs(5))?;
        let found = bank.look_up(&[sought(number)]).await;
        assert_eq!(found.is_ok_and(|all| all.is_empty()), is_nothing, "{code}");
    }
    Ok(())
}
