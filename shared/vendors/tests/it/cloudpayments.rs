//! CloudPayments: what is asked, how answers are read, and what failures mean.
//!
//! Source: <https://developers.cloudpayments.ru/>. The answers are its own examples.

use std::sync::Arc;
use std::time::Duration;

use kernel::Language;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use vendors::ProviderErrorKind::{Protocol, Rejected, Transient};
use vendors::payment::cloudpayments::CloudPaymentsConfig;
use vendors::payment::{Gateway, Gateways, Happened, Order, PaymentConfig, Refusal, Sought};

use crate::{failure, telegram};
use testkit::stub::{Received, Reply, Stub};

pub const SECRET: &str = "cp-api-secret";

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<dyn Gateway>> {
    let config = PaymentConfig {
        cloudpayments: Some(CloudPaymentsConfig {
            public_id: "pk_test".to_owned(),
            api_secret: SECRET.to_owned(),
            api_url: server.clone(),
            timeout,
        }),
        ..PaymentConfig::default()
    };
    Ok(Gateways::new(&config, telegram::client(server, timeout)?)?.get("cloudpayments")?)
}

pub fn asking(stub: &Stub) -> anyhow::Result<Arc<dyn Gateway>> {
    client(&stub.url, Duration::from_secs(5))
}

pub fn order() -> Order {
    Order {
        id: Uuid::from_u128(0x0193_a0b0_0000_7000_8000_0000_0000_0001),
        amount: Decimal::new(299, 0),
        currency: "RUB".to_owned(),
        title: "Symancy · Базовый".to_owned(),
        description: "Symancy, тариф «Базовый», один месяц.".to_owned(),
        language: Language::Ru,
        return_url: Url::parse("https://t.me/symancy_bot/app").ok(),
        email: None,
        keep_for: None,
    }
}

pub fn success(model: &Value) -> Reply {
    Reply::json(
        200,
        &json!({ "Model": model, "Success": true, "Message": null }),
    )
}

pub fn refusal(message: &str) -> Reply {
    Reply::json(200, &json!({ "Success": false, "Message": message }))
}

pub fn page() -> Value {
    json!({
        "Id": "gASGZVgUN21hcpPF", "Number": 2130, "Amount": 299.0, "Currency": "RUB", "CurrencyCode": 0,
        "Email": "", "Phone": "", "Description": "x", "RequireConfirmation": false,
        "Url": "https://orders.cloudpayments.ru/d/gASGZVgUN21hcpPF", "CultureName": "ru-RU",
        "CreatedDate": "/Date(1635835930555)/", "CreatedDateIso": "2021-11-02T09:52:10", "StatusCode": 0,
        "Status": "Created", "InternalId": 12272915,
    })
}

/// A transaction as `payments/get` shows it, its sum written so.
fn transaction(number: i64, status: &str, amount: &str, more: &Value) -> Reply {
    let mut model = json!({
        "ReasonCode": 0, "PublicId": "pk_test", "TransactionId": number, "Currency": "RUB",
        "CurrencyCode": 0, "InvoiceId": order().id, "AccountId": "user_x", "Email": "a@example.org",
        "CreatedDateIso": "2021-10-30T03:59:58", "AuthCode": "A1B2C3", "TestMode": true,
        "OriginalTransactionId": null, "IpAddress": "87.251.91.164", "IpLatitude": 55.03923,
        "CardFirstSix": "424242", "CardLastFour": "4242", "CardExpDate": "12/25", "CardType": "Visa",
        "Status": status, "Reason": "Approved", "Type": 0, "Refunded": false, "Name": "TEST",
        "Token": "success_eb250528", "GatewayName": "Test", "TotalFee": 0,
    });
    for (name, value) in more.as_object().expect("an object") {
        model[name] = value.clone();
    }
    let text =
        json!({ "Model": model, "Success": status != "Declined", "Message": null }).to_string();
    let with_sum = text.replacen(
        "\"Currency\":",
        &format!("\"Amount\":{amount},\"Currency\":"),
        1,
    );
    Reply::new(200, with_sum).header("content-type", "application/json")
}

fn refund_of(payment: i64) -> Value {
    json!({ "Type": 1, "OriginalTransactionId": payment })
}

pub fn sought(number: Option<&str>) -> Sought {
    Sought {
        id: order().id,
        external_id: number.map(str::to_owned),
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// What the vendor was asked, in short.
pub fn lines(received: &[Received]) -> Vec<String> {
    let line = |one: &Received| format!("{} {}", one.path, String::from_utf8_lossy(&one.body));
    received.iter().map(line).collect()
}

#[tokio::test]
async fn a_page_is_opened_once_for_an_order_and_its_number_is_none_of_a_charge()
-> anyhow::Result<()> {
    let stub = Stub::start([success(&page())]).await?;
    let opened = asking(&stub)?.init(&order()).await?;
    assert_eq!(
        (opened.url.as_str(), opened.external_id),
        ("https://orders.cloudpayments.ru/d/gASGZVgUN21hcpPF", None)
    );
    let received = stub.only()?;
    assert_eq!(received.line(), "POST /orders/create");
    // `printf 'pk_test:cp-api-secret' | base64`
    assert_eq!(
        received.header("authorization"),
        "Basic cGtfdGVzdDpjcC1hcGktc2VjcmV0"
    );
    let key = format!("{}:open", order().id);
    assert_eq!(received.header("x-request-id"), key);
    let expected = json!({
        "Amount": 299.0, "Currency": "RUB", "Description": "Symancy, тариф «Базовый», один месяц.",
        "InvoiceId": "0193a0b0-0000-7000-8000-000000000001", "RequireConfirmation": false,
        "SendEmail": false, "CultureName": "ru-RU",
        "SuccessRedirectUrl": "https://t.me/symancy_bot/app",
        "FailRedirectUrl": "https://t.me/symancy_bot/app",
    });
    assert_eq!(received.json()?, expected);
    Ok(())
}

/// A binary float has no 2.99.
#[tokio::test]
async fn sums_are_written_with_both_decimals_and_others_are_not_asked_for() -> anyhow::Result<()> {
    for (amount, currency, written) in [
        ("299", "RUB", Some("299.00")),
        ("2.99", "EUR", Some("2.99")),
        ("0.1", "USD", Some("0.10")),
        ("9007199254740.93", "RUB", Some("9007199254740.93")),
        ("2.995", "EUR", None),
        ("0", "RUB", None),
        ("299", "CZK", None),
        ("500", "JPY", None),
        ("79228162514264337593543950335", "RUB", None),
    ] {
        let stub = Stub::start([success(&page())]).await?;
        let wanted = Order {
            amount: amount.parse()?,
            currency: currency.to_owned(),
            ..order()
        };
        let opened = asking(&stub)?.init(&wanted).await;
        match written {
            Some(written) => {
                let body = String::from_utf8_lossy(&stub.only()?.body).into_owned();
                let expected = format!("{{\"Amount\":{written},\"Currency\":\"{currency}\",");
                assert!(body.starts_with(&expected), "{body}");
            }
            None => {
                assert_eq!(failure(opened, &[SECRET])?, Rejected, "{amount} {currency}");
                assert!(stub.received().is_empty());
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_chinese_reader_gets_the_english_page_and_an_address_goes_along() -> anyhow::Result<()> {
    let stub = Stub::start([success(&page())]).await?;
    let wanted = Order {
        language: Language::Zh,
        email: Some("anna@example.org".to_owned()),
        return_url: None,
        ..order()
    };
    asking(&stub)?.init(&wanted).await?;
    let body = stub.only()?.json()?;
    assert_eq!(
        (&body["CultureName"], &body["Email"]),
        (&json!("en-US"), &json!("anna@example.org"))
    );
    assert!(body.get("SuccessRedirectUrl").is_none());
    Ok(())
}

#[tokio::test]
async fn an_order_without_a_number_is_found_by_its_own_or_was_not_paid() -> anyhow::Result<()> {
    let stub = Stub::start([refusal("Not found")]).await?;
    assert!(asking(&stub)?.look_up(&[sought(None)]).await?.is_empty());
    assert_eq!(
        lines(&stub.received()),
        [r#"/payments/find {"InvoiceId":"0193a0b0-0000-7000-8000-000000000001"}"#]
    );
    for (status, code, happened, refusal) in [
        (
            "Declined",
            5051,
            Happened::Refused,
            Some(Refusal::InsufficientFunds),
        ),
        (
            "Declined",
            5054,
            Happened::Refused,
            Some(Refusal::CardExpired),
        ),
        (
            "Declined",
            5206,
            Happened::Refused,
            Some(Refusal::NotConfirmed),
        ),
        ("Declined", 5005, Happened::Refused, Some(Refusal::ByIssuer)),
        ("Declined", 5096, Happened::Refused, None),
        ("AwaitingAuthentication", 0, Happened::Underway, None),
        ("Authorized", 0, Happened::Underway, None),
        ("Cancelled", 0, Happened::Abandoned, None),
        ("SomethingNew", 0, Happened::Underway, None),
    ] {
        let found = transaction(504, status, "299.00000", &json!({ "ReasonCode": code }));
        let stub = Stub::start([found]).await?;
        let found = asking(&stub)?.look_up(&[sought(None)]).await?;
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!(
            (one.happened, one.refusal, one.status.as_str()),
            (happened, refusal, status)
        );
        assert_eq!(
            (one.order_id.clone(), one.external_id.as_str(), one.amount),
            (order().id.to_string(), "504", Decimal::new(299, 0))
        );
    }
    Ok(())
}

#[tokio::test]
async fn money_that_came_is_told_with_what_went_back_of_it() -> anyhow::Result<()> {
    let paid = || transaction(504, "Completed", "299.00", &json!({}));
    let back = |status: &str, sum: &str, of: i64| transaction(568, status, sum, &refund_of(of));
    for (last, happened, returned) in [
        (paid(), None, None),
        (refusal("Not found"), None, None),
        (
            back("Completed", "299.0", 504),
            Some(Happened::Returned),
            Some("299"),
        ),
        (
            back("Completed", "100.5", 504),
            Some(Happened::PartlyReturned),
            None,
        ),
        (back("Declined", "299.0", 504), None, None),
        (back("Completed", "299.0", 503), None, None),
    ] {
        let stub = Stub::start([paid(), last]).await?;
        let found = asking(&stub)?.look_up(&[sought(Some("504"))]).await?;
        assert_eq!(
            lines(&stub.received()),
            [
                r#"/payments/get {"TransactionId":504}"#,
                r#"/v2/payments/find {"InvoiceId":"0193a0b0-0000-7000-8000-000000000001"}"#
            ]
        );
        assert_eq!(found[0].happened, Happened::Paid);
        assert_eq!(found.get(1).map(|one| one.happened), happened);
        if let Some(back) = found.get(1) {
            assert_eq!(
                (back.external_id.as_str(), back.status.as_str()),
                ("504", "Refund 568")
            );
            let returned: Option<Decimal> = returned.map(|sum| sum.parse().expect("a sum"));
            assert_eq!(back.returned, returned);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_refund_that_is_asked_for_tells_its_payment_too() -> anyhow::Result<()> {
    let refund = transaction(568, "Completed", "100", &refund_of(504));
    let payment = transaction(504, "Completed", "299", &json!({}));
    let stub = Stub::start([refund, payment]).await?;
    let found = asking(&stub)?.look_up(&[sought(Some("568"))]).await?;
    let told: Vec<_> = found.iter().map(|one| (one.happened, one.amount)).collect();
    let sums = [Decimal::new(299, 0), Decimal::new(100, 0)];
    assert_eq!(
        told,
        [
            (Happened::Paid, sums[0]),
            (Happened::PartlyReturned, sums[1])
        ]
    );
    assert_eq!(
        lines(&stub.received()),
        [
            r#"/payments/get {"TransactionId":568}"#,
            r#"/payments/get {"TransactionId":504}"#
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_sum_is_read_with_each_of_its_digits_and_without_card_and_person() -> anyhow::Result<()> {
    let exact = "9007199254740.93";
    let stub = Stub::start([transaction(504, "Authorized", exact, &json!({}))]).await?;
    let found = asking(&stub)?.look_up(&[sought(None)]).await?;
    assert_eq!(found[0].amount, exact.parse::<Decimal>()?);
    let kept = found[0].words.to_string();
    assert!(kept.contains(exact) && kept.contains("504"), "{kept}");
    for gone in [
        "424242",
        "4242",
        "12/25",
        "TEST",
        "a@example.org",
        "user_x",
        "87.251",
        "55.03",
        "eb25",
    ] {
        assert!(!kept.contains(&format!("\"{gone}")), "{gone}: {kept}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_told_of_an_order_is_an_error_and_not_nothing() -> anyhow::Result<()> {
    for (number, reply, kind) in [
        (None, refusal("Invalid InvoiceId value"), Rejected),
        (Some("504"), refusal("Not found"), Rejected),
        (None, Reply::html(503), Transient),
        (None, success(&json!({ "TransactionId": 504 })), Protocol),
        (
            None,
            transaction(504, "Completed", "\"much\"", &json!({})),
            Protocol,
        ),
    ] {
        let stub = Stub::start([reply]).await?;
        let found = asking(&stub)?.look_up(&[sought(number)]).await;
        assert_eq!(failure(found, &[SECRET])?, kind);
    }
    let stub = Stub::start([]).await?;
    let found = asking(&stub)?
        .look_up(&[sought(Some("gASGZVgUN21hcpPF"))])
        .await;
    assert_eq!(failure(found, &[SECRET])?, Rejected);
    assert!(
        stub.received().is_empty(),
        "the number of a page is none of a charge"
    );
    Ok(())
}
