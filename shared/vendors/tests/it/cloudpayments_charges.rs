//! CloudPayments: how a token is kept, and charged.
//!
//! Sources: <https://developers.cloudpayments.ru/#oplata-po-tokenu-rekarring> and `#pay` there; the three forms of an answer
//! are those that the client `cloudpayments-php` reads.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{Charge, Happened, Kept, Notification, Order, Refusal, Renewal, Said};

use crate::cloudpayments::{SECRET, asking, order, page, refusal, success};
use crate::failure;
use testkit::stub::{Received, Reply, Stub};

const TOKEN: &str = "tk_477bba133c182267fe5f086924abdc5db71f77bfc27f01f2843f2cdc69d89f05";
const SECRETS: &[&str] = &[SECRET, TOKEN];
const PERSON: Uuid = Uuid::from_u128(0x0193_a0b0_0000_7000_8000_0000_0000_0007);

fn charge() -> Charge {
    Charge {
        order: Order {
            email: Some("a@example.org".to_owned()),
            ..order()
        },
        with: Kept {
            person: PERSON,
            token: TOKEN.to_owned(),
        },
        key: "the-key".to_owned(),
    }
}

/// A transaction of the order, with a code of its reason; Success is what it says of the call.
fn transaction(status: &str, code: i64) -> Reply {
    let model = json!({
        "ReasonCode": code, "TransactionId": 504, "Amount": 299.0, "Currency": "RUB", "InvoiceId": order().id,
        "AccountId": PERSON, "Email": "a@example.org", "CardFirstSix": "424242", "CardLastFour": "4242",
        "CardExpDate": "12/30", "CardType": "Visa", "Status": status, "Reason": "x", "Token": TOKEN,
    });
    let is_good = status == "Completed";
    Reply::json(
        200,
        &json!({ "Model": model, "Success": is_good, "Message": null }),
    )
}

async fn asked(replies: Vec<Reply>) -> anyhow::Result<(Vec<Notification>, Vec<Received>)> {
    let stub = Stub::start(replies).await?;
    let told = asking(&stub)?.charge_saved(&charge()).await?;
    Ok((told, stub.received()))
}

#[tokio::test]
async fn an_order_that_is_to_be_renewed_names_the_person() -> anyhow::Result<()> {
    let stub = Stub::start([success(&page())]).await?;
    let gateway = asking(&stub)?;
    assert_eq!(gateway.terms().renewal, Renewal::BySaved);
    let wanted = Order {
        keep_for: Some(PERSON),
        ..order()
    };
    gateway.init(&wanted).await?;
    assert_eq!(stub.only()?.json()?["AccountId"], json!(PERSON));
    Ok(())
}

#[tokio::test]
async fn a_token_is_charged_by_the_shop_under_the_key_of_the_charge() -> anyhow::Result<()> {
    let (told, received) = asked(vec![refusal("Not found"), transaction("Completed", 0)]).await?;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            told[0].happened,
            told[0].external_id.as_str(),
            told[0].amount
        ),
        (Happened::Paid, "504", Decimal::new(299, 0))
    );
    assert_eq!(received[0].line(), "POST /payments/find");
    let asked = &received[1];
    assert_eq!(asked.line(), "POST /payments/tokens/charge");
    assert_eq!(asked.header("x-request-id"), "the-key");
    let expected = json!({
        "Amount": 299.0, "Currency": "RUB", "AccountId": PERSON, "Token": TOKEN, "InvoiceId": order().id,
        "Description": "Symancy, тариф «Базовый», один месяц.", "TrInitiatorCode": 0, "PaymentScheduled": 1,
        "Email": "a@example.org",
    });
    assert_eq!(asked.json()?, expected);
    Ok(())
}

#[tokio::test]
async fn a_decline_is_an_answer_with_its_reason_and_so_is_a_demand_for_the_person()
-> anyhow::Result<()> {
    let to_be_confirmed = json!({
        "Model": { "TransactionId": 504, "PaReq": "eJxVUdtugkAQ", "AcsUrl": "https://test.example/acs" },
        "Success": false, "Message": null,
    });
    let confirm = Some(Refusal::NotConfirmed);
    for (answer, refusal_of) in [
        (
            transaction("Declined", 5051),
            Some(Refusal::InsufficientFunds),
        ),
        (transaction("Declined", 5054), Some(Refusal::CardExpired)),
        (transaction("Declined", 5005), Some(Refusal::ByIssuer)),
        (transaction("Declined", 5206), confirm),
        (transaction("Declined", 5091), None),
        (Reply::json(200, &to_be_confirmed), confirm),
    ] {
        let (told, _) = asked(vec![refusal("Not found"), answer]).await?;
        let one = &told[0];
        assert_eq!((one.happened, one.refusal), (Happened::Refused, refusal_of));
        assert_eq!(
            (one.order_id.as_str(), one.external_id.as_str(), one.amount),
            (order().id.to_string().as_str(), "504", Decimal::new(299, 0))
        );
        assert_eq!(one.saved, None);
        let words = one.words.to_string();
        for gone in [TOKEN, "eJxV", "4242", "example.org"] {
            assert!(!words.contains(gone), "{gone}: {words}");
        }
    }
    Ok(())
}

/// The vendor forgets the key after an hour.
#[tokio::test]
async fn an_order_whose_money_has_come_is_not_charged_again() -> anyhow::Result<()> {
    let (told, received) = asked(vec![transaction("Completed", 0)]).await?;
    assert_eq!((told.len(), told[0].happened), (1, Happened::Paid));
    assert_eq!(received.len(), 1);
    for over in ["Declined", "AwaitingAuthentication"] {
        let replies = vec![transaction(over, 5051), transaction("Completed", 0)];
        let (told, received) = asked(replies).await?;
        assert_eq!(told[0].happened, Happened::Paid, "{over}");
        assert_eq!(received.len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_charge_that_is_not_understood_is_no_refusal_and_tells_no_token() -> anyhow::Result<()> {
    let cut = transaction("Completed", 0).cut_after(Duration::from_millis(20));
    for (answer, kind) in [
        (refusal("Token was not found"), Kind::Rejected),
        (Reply::html(500), Kind::Transient),
        (Reply::html(401), Kind::Auth),
        (Reply::html(200), Kind::Protocol),
        (cut, Kind::Interrupted),
    ] {
        let stub = Stub::start([refusal("Not found"), answer.clone()]).await?;
        let told = asking(&stub)?.charge_saved(&charge()).await;
        assert_eq!(failure(told, SECRETS)?, kind, "{answer:?}");
    }
    let wrong = Charge {
        order: Order {
            amount: Decimal::new(2_995, 3),
            ..order()
        },
        ..charge()
    };
    let stub = Stub::start([refusal("Not found")]).await?;
    let told = asking(&stub)?.charge_saved(&wrong).await;
    assert_eq!(failure(told, SECRETS)?, Kind::Rejected);
    stub.only()?;
    Ok(())
}

fn fields() -> Value {
    json!({
        "TransactionId": "504", "Amount": "299.00", "Currency": "RUB", "InvoiceId": order().id, "AccountId": PERSON,
        "CardFirstSix": "424242", "CardLastFour": "4242", "CardType": "Visa", "CardExpDate": "12/30", "Token": TOKEN,
        "Status": "Completed", "OperationType": "Payment", "GatewayName": "Test", "Description": "Тариф & Basic",
    })
}

fn as_form(fields: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().expect("an object") {
        form.append_pair(name, value.as_str().unwrap_or_default());
    }
    form.finish()
}

async fn read(body: &[u8]) -> anyhow::Result<Notification> {
    let stub = Stub::start([]).await?;
    let call = asking(&stub)?.read("pay", body);
    match call.map_err(|why| anyhow::anyhow!(why))?.says {
        Said::Moved(moved) => Ok(*moved),
        other => anyhow::bail!("{other:?}"),
    }
}

#[tokio::test]
async fn the_token_of_a_payment_is_kept_for_the_person_whom_the_order_named() -> anyhow::Result<()>
{
    let moved = read(as_form(&fields()).as_bytes()).await?;
    let saved = moved.saved.expect("it is kept");
    assert_eq!(
        (saved.token.as_str(), saved.label.as_str()),
        (TOKEN, "Visa •• 4242")
    );
    assert_eq!(saved.expires_on, "2030-12-31".parse().ok());
    assert!(!moved.words.to_string().contains(TOKEN));
    for (name, value) in [("AccountId", ""), ("Token", ""), ("Status", "Authorized")] {
        let mut without = fields();
        without[name] = json!(value);
        let moved = read(as_form(&without).as_bytes()).await?;
        assert_eq!(moved.saved, None, "{name}");
    }
    Ok(())
}

/// Such a call is worked again from what is kept.
#[tokio::test]
async fn a_notification_is_kept_with_its_token_sealed_and_reads_the_same() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    let gateway = asking(&stub)?;
    let json = fields().to_string().replace("\"299.00\"", "299.00");
    for body in [as_form(&fields()), json] {
        let kept = gateway.without_secrets(body.as_bytes());
        assert!(!String::from_utf8(kept.clone())?.contains(TOKEN));
        assert_eq!(read(&kept).await?, read(body.as_bytes()).await?);
    }
    let without = "TransactionId=504&Token=&Amount=1".as_bytes();
    assert_eq!(gateway.without_secrets(without), without);
    Ok(())
}
