//! Comgate: how a card is kept, and charged again.
//!
//! Sources: <https://apidoc.comgate.cz/api/rest/> ("recurring") and Comgate's SDK for PHP.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::payment::{Charge, Happened, Kept, Notification, Order, Renewal, Sought};

use crate::comgate::{SECRETS, client, opened, order, state};
use crate::failure;
use testkit::stub::{Received, Reply, Stub};

const FIRST: &str = "AB12-CD34-EF56";
const NUMBER: &str = "XB11-CD34-EF56";
const PERSON: Uuid = Uuid::from_u128(7);

fn charge() -> Charge {
    Charge {
        order: order(),
        with: Kept {
            person: PERSON,
            token: FIRST.to_owned(),
        },
        key: "the-key".to_owned(),
    }
}

/// Comgate has made a charge.
fn made() -> Reply {
    let body = json!({ "code": 0, "message": "OK", "transId": NUMBER });
    Reply::json(200, &body)
}

/// The state of that charge.
fn now(status: &str) -> Reply {
    let mut state = state(status);
    state["transId"] = json!(NUMBER);
    Reply::json(200, &state)
}

async fn asked(replies: Vec<Reply>) -> anyhow::Result<(Notification, Vec<Received>)> {
    let stub = Stub::start(replies).await?;
    let mut told = client(&stub.url)?.charge_saved(&charge()).await?;
    anyhow::ensure!(told.len() == 1, "{told:?}");
    Ok((told.remove(0), stub.received()))
}

#[tokio::test]
async fn an_order_that_is_to_be_renewed_is_paid_by_card_and_can_be_repeated() -> anyhow::Result<()>
{
    let stub = Stub::start([Reply::json(200, &opened())]).await?;
    let gateway = client(&stub.url)?;
    assert_eq!(gateway.terms().renewal, Renewal::BySaved);
    let wanted = Order {
        keep_for: Some(PERSON),
        ..order()
    };
    gateway.init(&wanted).await?;
    let body = stub.only()?.json()?;
    assert_eq!(
        (&body["initRecurring"], &body["method"]),
        (&json!(true), &json!("CARD_ALL"))
    );
    Ok(())
}

#[tokio::test]
async fn a_card_is_charged_by_the_number_of_its_first_payment_and_the_state_is_asked_for()
-> anyhow::Result<()> {
    for (status, happened) in [
        ("PAID", Happened::Paid),
        ("PENDING", Happened::Underway),
        ("AUTHORIZED", Happened::Underway),
        ("CANCELLED", Happened::Refused),
    ] {
        let (told, received) = asked(vec![made(), now(status)]).await?;
        assert_eq!(
            (told.happened, told.external_id.as_str(), told.amount),
            (happened, NUMBER, Decimal::new(149, 0))
        );
        assert_eq!(received[0].line(), "POST /v2.0/recurring.json");
        let expected = json!({
            "initRecurringId": FIRST, "price": 14900, "curr": "CZK", "label": "Базовый", "refId": order().id,
            "test": false, "email": "payments@example.com",
        });
        assert_eq!(received[0].json()?, expected);
        let question = format!("GET /v2.0/payment/transId/{NUMBER}.json");
        assert_eq!(received[1].line(), question);
    }
    Ok(())
}

/// It has a number then, by which it can be asked for again: it must not look as if there had been no answer.
#[tokio::test]
async fn a_charge_whose_state_is_not_told_is_under_way() -> anyhow::Result<()> {
    let (told, _) = asked(vec![made(), Reply::html(503)]).await?;
    assert_eq!(
        (told.happened, told.external_id.as_str(), told.order_id),
        (Happened::Underway, NUMBER, order().id.to_string())
    );
    assert_eq!(
        (told.amount, told.currency.as_str()),
        (Decimal::new(149, 0), "CZK")
    );
    Ok(())
}

/// There is nothing to find it by: only the push tells of it, so it must never be tried again.
#[tokio::test]
async fn a_charge_without_an_answer_is_not_found() -> anyhow::Result<()> {
    for (reply, kind) in [
        (
            made().cut_after(Duration::from_millis(20)),
            Kind::Interrupted,
        ),
        (Reply::html(502), Kind::Transient),
        (
            Reply::json(500, &json!({ "code": 1500, "message": "no" })),
            Kind::Transient,
        ),
        (
            Reply::json(400, &json!({ "code": 1316, "message": "no" })),
            Kind::Rejected,
        ),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let gateway = client(&stub.url)?;
        let told = gateway.charge_saved(&charge()).await;
        assert_eq!(failure(told, SECRETS)?, kind, "{reply:?}");
        assert!(!gateway.manners().finds_charges);
        let sought = Sought {
            id: order().id,
            external_id: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        assert!(gateway.look_up(&[sought]).await?.is_empty());
        stub.only()?;
    }
    Ok(())
}

#[tokio::test]
async fn the_number_of_a_payment_by_card_is_what_is_kept() -> anyhow::Result<()> {
    let with = |fields: &[(&str, Value)]| {
        let mut state = state("PAID");
        for (name, value) in fields {
            state[*name] = value.clone();
        }
        state
    };
    let card = [
        ("cardNumber", json!("4125 01** **** 0001")),
        ("cardValid", json!("09/31")),
    ];
    let by_bank = [("method", json!("BANK_CZ_CS_P"))];
    for (state, saved) in [
        (with(&card), Some(("•• 0001", "2031-09-30".parse().ok()))),
        (with(&[]), Some(("Comgate", None))),
        (with(&by_bank), None),
        (state("PENDING"), None),
    ] {
        let stub = Stub::start([Reply::json(200, &state)]).await?;
        let sought = Sought {
            id: order().id,
            external_id: Some(FIRST.to_owned()),
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        let told = client(&stub.url)?.look_up(&[sought]).await?;
        let kept = told[0].saved.clone();
        assert_eq!(
            kept.as_ref().map(|one| one.token.as_str()),
            saved.map(|_| FIRST)
        );
        let seen = kept
            .as_ref()
            .map(|one| (one.label.as_str(), one.expires_on));
        assert_eq!(seen, saved);
        let words = told[0].words.to_string();
        assert!(
            !words.contains("4125") && !words.contains("09/31"),
            "{words}"
        );
    }
    Ok(())
}
