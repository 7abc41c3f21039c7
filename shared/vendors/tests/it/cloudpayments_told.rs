//! CloudPayments: how its notifications are verified and read.
//!
//! Source: <https://developers.cloudpayments.ru/#uvedomleniya>. The signatures were made by the clients `cloudpayments`
//! 6.0.1 (Node) and `cloudpayments-sdk` (Python), which agree.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use url::Url;
use vendors::payment::{Disbelief, Gateway, Happened, Notification, Refusal, Said, Verdict};

use crate::cloudpayments::{client, order};
use crate::webhook;

const FORM: &str = "TransactionId=897738514&Amount=299.00&Currency=RUB&PaymentAmount=299.00&PaymentCurrency=RUB&DateTime=2026-11-21+10%3A00%3A00&CardFirstSix=411111&CardLastFour=1111&CardType=Visa&CardExpDate=12%2F29&TestMode=1&Status=Completed&OperationType=Payment&InvoiceId=0193a0b0-0000-7000-8000-000000000001&AccountId=1001&Description=%D0%A2%D0%B0%D1%80%D0%B8%D1%84+Basic&GatewayName=Test";
const FORM_PROOF: &str = "aglQF2c+hilbO38ZKITOCBl8ooxACL5riuyYYbdZ5Yk=";
/// Over the form decoded.
const DECODED_PROOF: &str = "eE7qYi9e/IpBsM0O+EShbY6XgL9oanOgf0PUjb30REE=";
const JSON: &str = r#"{"TransactionId":1,"Amount":299.0,"InvoiceId":"i-1"}"#;
const JSON_PROOF: &str = "rHl6H131Wz1QGEDilCzD62xRpQ9ZF3hjqgNZg1k4T3Q=";

fn vendor() -> anyhow::Result<Arc<dyn Gateway>> {
    client(&Url::parse("http://127.0.0.1:9/")?, Duration::from_secs(1))
}

/// What a notification says whose signature is right.
fn said(endpoint: &str, body: &str) -> anyhow::Result<Result<Said, &'static str>> {
    let read = vendor()?.read(endpoint, body.as_bytes());
    Ok(read.map(|call| call.says))
}

fn moved(endpoint: &str, body: &str) -> anyhow::Result<Notification> {
    match said(endpoint, body)? {
        Ok(Said::Moved(moved)) => Ok(*moved),
        other => anyhow::bail!("{other:?}"),
    }
}

#[test]
fn notifications_that_other_clients_have_signed_are_believed() -> anyhow::Result<()> {
    let proof = [
        ("content-hmac", FORM_PROOF),
        ("x-content-hmac", DECODED_PROOF),
    ];
    let call = webhook::told(&*vendor()?, "pay", &proof, FORM.as_bytes());
    let call = call.map_err(|why| anyhow::anyhow!("{why:?}"))?;
    assert_eq!(
        (call.event.as_deref(), call.kind.as_str()),
        (Some("pay 897738514 Completed"), "pay")
    );
    let Said::Moved(paid) = call.says else {
        panic!("{call:?}")
    };
    assert_eq!(
        (paid.order_id.as_str(), paid.external_id.as_str()),
        ("0193a0b0-0000-7000-8000-000000000001", "897738514")
    );
    assert_eq!(
        (
            paid.happened,
            paid.amount,
            paid.currency.as_str(),
            paid.status.as_str()
        ),
        (Happened::Paid, Decimal::new(299, 0), "RUB", "Completed")
    );
    let kept = paid.words.to_string();
    assert!(
        kept.contains("897738514") && kept.contains("Тариф Basic"),
        "{kept}"
    );
    for gone in ["411111", "\"1111\"", "12/29", "\"1001\""] {
        assert!(!kept.contains(gone), "{gone}: {kept}");
    }
    // Signed, and without its currency.
    let call = webhook::told(
        &*vendor()?,
        "pay",
        &[("content-hmac", JSON_PROOF)],
        JSON.as_bytes(),
    );
    assert_eq!(
        call.err(),
        None,
        "what has no order of ours does not matter"
    );
    let named = webhook::told(
        &*vendor()?,
        "check",
        &[("content-hmac", JSON_PROOF)],
        JSON.as_bytes(),
    );
    assert_eq!(
        named.err(),
        Some(Disbelief::Malformed("Currency is missing"))
    );
    Ok(())
}

#[test]
fn a_notification_with_any_change_is_rejected() -> anyhow::Result<()> {
    let upper = FORM_PROOF.to_uppercase();
    let cut = &FORM_PROOF[..20];
    for (body, headers) in [
        (FORM.to_owned(), vec![]),
        (FORM.to_owned(), vec![("x-content-hmac", FORM_PROOF)]),
        (FORM.to_owned(), vec![("x-content-hmac", DECODED_PROOF)]),
        (FORM.to_owned(), vec![("content-hmac", DECODED_PROOF)]),
        (FORM.to_owned(), vec![("content-hmac", JSON_PROOF)]),
        (FORM.to_owned(), vec![("content-hmac", "")]),
        (FORM.to_owned(), vec![("content-hmac", "no base64!")]),
        (FORM.to_owned(), vec![("content-hmac", upper.as_str())]),
        (FORM.to_owned(), vec![("content-hmac", cut)]),
        (
            FORM.replace("299.00", "1.00"),
            vec![("content-hmac", FORM_PROOF)],
        ),
        (
            FORM.replace("Completed", "Declined"),
            vec![("content-hmac", FORM_PROOF)],
        ),
        (FORM.replace('+', "%20"), vec![("content-hmac", FORM_PROOF)]),
        (
            format!("{FORM}&Amount=1"),
            vec![("content-hmac", FORM_PROOF)],
        ),
        (format!("{FORM} "), vec![("content-hmac", FORM_PROOF)]),
        (String::new(), vec![("content-hmac", FORM_PROOF)]),
    ] {
        let judged = webhook::told(&*vendor()?, "pay", &headers, body.as_bytes());
        assert_eq!(judged.err(), Some(Disbelief::Forged), "{headers:?} {body}");
    }
    Ok(())
}

#[test]
fn check_asks_whether_the_money_may_be_taken_and_each_answer_has_its_code() -> anyhow::Result<()> {
    let check = FORM
        .replace("&GatewayName=Test", "")
        .replace("299.00", "299.90");
    let Ok(Said::MayPay(money)) = said("check", &check)? else {
        panic!("a question")
    };
    assert_eq!(
        (money.order_id, money.amount, money.currency.as_str()),
        (order().id.to_string(), Decimal::new(29_990, 2), "RUB")
    );
    for (verdict, body) in [
        (Verdict::Taken, "{\"code\":0}"),
        (Verdict::NoOrder, "{\"code\":10}"),
        (Verdict::WrongSum, "{\"code\":12}"),
    ] {
        let receipt = vendor()?.answer(verdict);
        assert_eq!(
            (receipt.content_type, receipt.body),
            ("application/json", body)
        );
    }
    Ok(())
}

/// It is signed alike, and has all fields of Pay but those of the bank.
#[test]
fn a_check_that_is_brought_to_the_address_of_pay_grants_nothing() -> anyhow::Result<()> {
    let check = FORM.replace("&GatewayName=Test", "");
    for address in ["pay", "confirm"] {
        let Ok(Said::Changed(sought)) = said(address, &check)? else {
            panic!("{address}: the vendor is asked")
        };
        assert_eq!(
            (sought.id, sought.external_id.as_deref()),
            (order().id, Some("897738514"))
        );
        for of_the_bank in ["GatewayName=Test", "AuthCode=A1B2C3", "Rrn=1"] {
            let pay = format!("{check}&{of_the_bank}");
            assert_eq!(moved(address, &pay)?.happened, Happened::Paid);
        }
    }
    Ok(())
}

#[test]
fn forms_and_json_say_the_same() -> anyhow::Result<()> {
    let json = r#"{"TransactionId":897738514,"Amount":299.00,"Currency":"RUB","Status":"Completed",
        "OperationType":"Payment","InvoiceId":"0193a0b0-0000-7000-8000-000000000001","GatewayName":"Test",
        "Email":null,"Data":{"a":1}}"#;
    let (form, json) = (moved("pay", FORM)?, moved("pay", json)?);
    let in_short = |one: &Notification| {
        (
            one.order_id.clone(),
            one.external_id.clone(),
            one.happened,
            one.amount,
            one.currency.clone(),
        )
    };
    assert_eq!(in_short(&form), in_short(&json));
    Ok(())
}

#[test]
fn each_status_means_what_it_says_and_an_unknown_one_waits() -> anyhow::Result<()> {
    for (address, status, happened) in [
        ("pay", "Completed", Happened::Paid),
        ("pay", "Authorized", Happened::Underway),
        ("pay", "AwaitingAuthentication", Happened::Underway),
        ("pay", "SomethingNew", Happened::Underway),
        ("confirm", "Completed", Happened::Paid),
    ] {
        let body = FORM.replace("Completed", status);
        assert_eq!(
            moved(address, &body)?.happened,
            happened,
            "{address} {status}"
        );
    }
    Ok(())
}

#[test]
fn a_refusal_has_its_reason() -> anyhow::Result<()> {
    for (code, refusal) in [
        ("5051", Some(Refusal::InsufficientFunds)),
        ("5054", Some(Refusal::CardExpired)),
        ("5207", Some(Refusal::NotConfirmed)),
        ("5057", Some(Refusal::ByIssuer)),
        ("5091", None),
        ("3001", None),
        ("", None),
    ] {
        let body = FORM.replace("Status=Completed", &format!("Reason=x&ReasonCode={code}"));
        let failed = moved("fail", &body)?;
        assert_eq!(
            (failed.happened, failed.status.as_str(), failed.refusal),
            (Happened::Refused, "Declined", refusal),
            "{code}"
        );
    }
    Ok(())
}

#[test]
fn what_lacks_a_currency_or_a_sum_is_asked_for() -> anyhow::Result<()> {
    let refund = "TransactionId=568&PaymentTransactionId=897738514&Amount=100.00&DateTime=2026-11-21+11%3A00%3A00&OperationType=Refund&InvoiceId=0193a0b0-0000-7000-8000-000000000001";
    let failed_refund = FORM.replace("Payment&", "Refund&");
    for (address, body, number) in [
        ("refund", refund, "568"),
        (
            "cancel",
            &refund.replace("OperationType=Refund&", ""),
            "568",
        ),
        // A refund that failed after all is no refusal of the payment.
        ("fail", &failed_refund, "897738514"),
    ] {
        let Ok(Said::Changed(sought)) = said(address, body)? else {
            panic!("{address}: the vendor is asked")
        };
        assert_eq!(
            (sought.id, sought.external_id.as_deref()),
            (order().id, Some(number)),
            "{address}"
        );
    }
    let foreign = refund.replace("0193a0b0-0000-7000-8000-000000000001", "shop-7");
    assert_eq!(said("refund", &foreign)?, Ok(Said::Nothing));
    Ok(())
}

#[test]
fn two_refunds_of_the_same_sum_are_two_events_and_a_repetition_is_none() -> anyhow::Result<()> {
    let event = |number: &str| -> anyhow::Result<Option<String>> {
        let body = format!("TransactionId={number}&PaymentTransactionId=1&Amount=5.00&InvoiceId=x");
        let call = vendor()?.read("refund", body.as_bytes());
        Ok(call.map_err(anyhow::Error::msg)?.event)
    };
    assert_eq!(event("568")?, event("568")?);
    assert_ne!(event("568")?, event("569")?);
    Ok(())
}

#[test]
fn money_of_no_order_is_told_and_what_is_no_money_is_passed_over() -> anyhow::Result<()> {
    let by_link = FORM.replace("InvoiceId=0193a0b0-0000-7000-8000-000000000001&", "");
    assert_eq!(moved("pay", &by_link)?.order_id, "");
    let payout = FORM.replace("=Payment&", "=CardPayout&");
    for (address, body) in [
        ("pay", payout.as_str()),
        (
            "recurrent",
            "Id=sc_8cf8a9338fb8ebf7202b08d09c938&Status=PastDue",
        ),
        ("receipt", r#"{"Id":"x"}"#),
    ] {
        assert_eq!(said(address, body)?, Ok(Said::Nothing), "{address}");
    }
    Ok(())
}

#[test]
fn what_is_no_notification_is_an_error() -> anyhow::Result<()> {
    let without = |name: &str| {
        let all = FORM.split('&').filter(|pair| !pair.starts_with(name));
        all.collect::<Vec<_>>().join("&")
    };
    for (address, body) in [
        ("pay", String::new()),
        ("pay", "{".to_owned()),
        ("pay", "{}".to_owned()),
        ("pay", "[]".to_owned()),
        ("pay", without("TransactionId=")),
        ("pay", without("Amount=")),
        ("pay", without("Currency=")),
        ("pay", without("Status=")),
        ("pay", FORM.replace("Amount=299.00", "Amount=much")),
        ("pay", FORM.replace("Amount=299.00", "Amount=-299.00")),
        ("refund", without("TransactionId=")),
        ("", FORM.to_owned()),
        ("kkt", FORM.to_owned()),
        ("Pay", FORM.to_owned()),
    ] {
        assert!(said(address, &body)?.is_err(), "{address} {body}");
    }
    Ok(())
}
