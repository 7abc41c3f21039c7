//! T-Bank: how a card is kept, and charged again.
//!
//! Sources: <https://developer.tbank.ru/eacq/api/init>, `charge` and `check-order` beside it, and
//! <https://developer.tbank.ru/eacq/intro/developer/notification>.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{Charge, Happened, Kept, Notification, Order, Refusal, Renewal, Said};

use crate::failure;
use crate::tinkoff::{PASSWORD, client, opened, order};
use testkit::stub::{Received, Reply, Stub};

const TOKEN: &str = "101709";
pub const SECRETS: &[&str] = &[PASSWORD, TOKEN];
const PERSON: Uuid = Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0007);

pub fn charge() -> Charge {
    Charge {
        order: order(),
        with: Kept {
            person: PERSON,
            token: TOKEN.to_owned(),
        },
        key: "the-key".to_owned(),
    }
}

/// The bank does not know the order.
pub fn unknown() -> Reply {
    let body = json!({ "Success": false, "ErrorCode": "255", "Message": "x", "Details": "" });
    Reply::json(200, &body)
}

/// The only payment of the order, as `CheckOrder` has it.
fn known(status: &str) -> Reply {
    let body = json!({
        "Success": true, "ErrorCode": "0", "Message": "OK", "OrderId": order().id,
        "Payments": [{
            "PaymentId": "13660", "Amount": 29900, "Status": status, "Success": "true", "ErrorCode": "0",
        }],
    });
    Reply::json(200, &body)
}

/// What `Charge` answers.
fn charged(status: &str, code: &str) -> Reply {
    let body = json!({
        "TerminalKey": "1321054611234DEMO", "Amount": 29900, "OrderId": order().id, "Success": code == "0",
        "Status": status, "PaymentId": "3093639567", "ErrorCode": code, "Message": "x",
    });
    Reply::json(200, &body)
}

/// What is made of a charge, and what the bank was asked.
async fn asked(replies: Vec<Reply>) -> anyhow::Result<(Vec<Notification>, Vec<Received>)> {
    let stub = Stub::start(replies).await?;
    let bank = client(&stub.url, Duration::from_secs(5))?;
    let told = bank.charge_saved(&charge()).await?;
    Ok((told, stub.received()))
}

fn paths(received: &[Received]) -> Vec<&str> {
    received.iter().map(|one| one.path.as_str()).collect()
}

#[tokio::test]
async fn an_order_that_is_to_be_renewed_names_the_person_and_asks_to_keep_the_card()
-> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &opened())]).await?;
    let bank = client(&stub.url, Duration::from_secs(5))?;
    assert_eq!(bank.terms().renewal, Renewal::BySaved);
    let wanted = Order {
        keep_for: Some(PERSON),
        ..order()
    };
    bank.init(&wanted).await?;
    let body = stub.only()?.json()?;
    assert_eq!(
        (&body["Recurrent"], &body["CustomerKey"], &body["DATA"]),
        (
            &json!("Y"),
            &json!(PERSON),
            &json!({ "OperationInitiatorType": "1" })
        )
    );
    Ok(())
}

#[tokio::test]
async fn a_card_is_charged_without_a_page_and_its_answer_is_the_end() -> anyhow::Result<()> {
    for (answer, happened, refusal) in [
        (charged("CONFIRMED", "0"), Happened::Paid, None),
        (charged("AUTHORIZING", "0"), Happened::Underway, None),
        (
            charged("REJECTED", "1051"),
            Happened::Refused,
            Some(Refusal::InsufficientFunds),
        ),
        (
            charged("REJECTED", "1054"),
            Happened::Refused,
            Some(Refusal::CardExpired),
        ),
        (charged("REJECTED", "104"), Happened::Refused, None),
    ] {
        let replies = vec![unknown(), Reply::json(200, &opened()), answer];
        let (told, received) = asked(replies).await?;
        assert_eq!(told.len(), 1);
        let one = &told[0];
        assert_eq!((one.happened, one.refusal), (happened, refusal));
        assert_eq!(
            (one.order_id.as_str(), one.external_id.as_str()),
            (order().id.to_string().as_str(), "3093639567")
        );
        assert_eq!(
            paths(&received),
            ["/v2/CheckOrder", "/v2/Init", "/v2/Charge"]
        );
        let made = received[1].json()?;
        assert_eq!(made["DATA"], json!({ "OperationInitiatorType": "R" }));
        for of_a_page in ["Recurrent", "CustomerKey", "SuccessURL", "FailURL"] {
            assert_eq!(made[of_a_page], Value::Null, "{of_a_page}");
        }
        // sha256sum over the values by name: Password, PaymentId, RebillId, TerminalKey.
        let expected = json!({
            "TerminalKey": "1321054611234DEMO", "PaymentId": "3093639567", "RebillId": TOKEN,
            "Token": "f05b30ad1dbdb9a45b9d574cf3004b3c2dfe28a65aea2d4de35450cbab863d8a",
        });
        assert_eq!(received[2].json()?, expected);
    }
    Ok(())
}

/// A refusal of before is another try's; a payment that was made and not charged is charged, and there is no second one.
#[tokio::test]
async fn an_order_that_the_bank_knows_already_is_not_charged_again() -> anyhow::Result<()> {
    for (status, happened) in [
        ("CONFIRMED", Happened::Paid),
        ("AUTHORIZED", Happened::Underway),
        ("AUTHORIZING", Happened::Underway),
        ("REFUNDED", Happened::Returned),
    ] {
        let (told, received) = asked(vec![known(status)]).await?;
        assert_eq!((told.len(), told[0].happened), (1, happened), "{status}");
        assert_eq!(paths(&received), ["/v2/CheckOrder"]);
    }
    let paid = || charged("CONFIRMED", "0");
    let (told, received) = asked(vec![known("NEW"), paid()]).await?;
    assert_eq!(told[0].happened, Happened::Paid);
    assert_eq!(paths(&received), ["/v2/CheckOrder", "/v2/Charge"]);
    assert_eq!(received[1].json()?["PaymentId"], "13660");
    for over in ["REJECTED", "DEADLINE_EXPIRED"] {
        let made = Reply::json(200, &opened());
        let (told, received) = asked(vec![known(over), made, paid()]).await?;
        assert_eq!(told[0].happened, Happened::Paid);
        assert_eq!(received.len(), 3, "{over}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_about_the_card_is_no_refusal_and_tells_no_token() -> anyhow::Result<()> {
    let refusal = |code: &str| {
        let body = json!({ "Success": false, "ErrorCode": code, "Message": "x", "Details": "" });
        Reply::json(200, &body)
    };
    for (answer, kind) in [
        // The terminal may not charge; RebillId and OperationInitiatorType do not fit.
        (refusal("10"), Kind::Rejected),
        (refusal("1126"), Kind::Rejected),
        (charged("NEW", "8"), Kind::Rejected),
        (refusal("204"), Kind::Auth),
        (refusal("9999"), Kind::Transient),
        (Reply::html(502), Kind::Transient),
        (
            charged("CONFIRMED", "0").cut_after(Duration::from_millis(20)),
            Kind::Interrupted,
        ),
    ] {
        let stub = Stub::start([unknown(), Reply::json(200, &opened()), answer.clone()]).await?;
        let bank = client(&stub.url, Duration::from_secs(5))?;
        let told = bank.charge_saved(&charge()).await;
        assert_eq!(failure(told, SECRETS)?, kind, "{answer:?}");
    }
    // As long as it cannot be told what the bank has of it, it is not charged.
    let stub = Stub::start([Reply::html(502)]).await?;
    let bank = client(&stub.url, Duration::from_secs(5))?;
    let told = bank.charge_saved(&charge()).await;
    assert_eq!(failure(told, SECRETS)?, Kind::Transient);
    stub.only()?;
    Ok(())
}

/// A notification about a card that was kept, in the form of the bank's documentation.
fn told(status: &str) -> Value {
    json!({
        "TerminalKey": "1321054611234DEMO", "OrderId": order().id, "Success": true, "Status": status,
        "PaymentId": 8742591, "ErrorCode": "0", "Amount": 29900, "RebillId": 101709, "CardId": 322264,
        "Pan": "430000******0777", "ExpDate": "1130", "CustomerKey": PERSON, "Token": "x",
    })
}

fn read(body: &[u8]) -> anyhow::Result<Notification> {
    let server = url::Url::parse("http://127.0.0.1:9/")?;
    let call = client(&server, Duration::from_secs(1))?.read("", body);
    match call.map_err(|why| anyhow::anyhow!(why))?.says {
        Said::Moved(moved) => Ok(*moved),
        other => anyhow::bail!("{other:?}"),
    }
}

#[test]
fn the_card_that_a_notification_tells_is_kept_and_stands_nowhere_in_words() -> anyhow::Result<()> {
    for status in ["AUTHORIZED", "CONFIRMED"] {
        let moved = read(told(status).to_string().as_bytes())?;
        let words = moved.words.to_string();
        for gone in [TOKEN, "0777", "1130", "322264", &PERSON.to_string()] {
            assert!(!words.contains(gone), "{gone}: {words}");
        }
        let saved = moved.saved.expect("the card is kept");
        assert_eq!(
            (saved.token.as_str(), saved.label.as_str()),
            (TOKEN, "•• 0777")
        );
        assert_eq!(saved.expires_on, "2030-11-30".parse().ok());
        assert!(!format!("{saved:?}").contains(TOKEN));
    }
    for (status, token) in [("REFUNDED", json!(101709)), ("CONFIRMED", Value::Null)] {
        let mut body = told(status);
        body["RebillId"] = token;
        assert_eq!(read(body.to_string().as_bytes())?.saved, None, "{status}");
    }
    Ok(())
}

/// Such a call is worked again from what is kept.
#[test]
fn a_notification_is_kept_with_its_token_sealed_and_reads_the_same() -> anyhow::Result<()> {
    let server = url::Url::parse("http://127.0.0.1:9/")?;
    let bank = client(&server, Duration::from_secs(1))?;
    let body = told("CONFIRMED").to_string().into_bytes();
    let kept = bank.without_secrets(&body);
    assert!(!String::from_utf8(kept.clone())?.contains(TOKEN));
    assert_eq!(read(&kept)?, read(&body)?);
    let mut without = told("CONFIRMED");
    without["RebillId"] = Value::Null;
    let without = without.to_string().into_bytes();
    assert_eq!(bank.without_secrets(&without), without);
    Ok(())
}
