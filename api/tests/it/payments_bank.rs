//! T-Bank: its page and its notifications.

use std::collections::BTreeMap;

use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::eventually;
use world::{TestApp, World};

use crate::payments::{months_left, statuses};

/// A notification, signed as <https://developer.tbank.ru/eacq/intro/developer/token> has it.
pub(crate) fn notification(order: &str, number: i64, status: &str, kopecks: i64) -> Value {
    let mut body = json!({
        "TerminalKey": "SandboxDEMO", "OrderId": order, "Success": status != "REJECTED",
        "Status": status, "PaymentId": number, "ErrorCode": "0", "Amount": kopecks,
        "Pan": "430000******0777", "ExpDate": "1122", "DATA": { "Phone": "+70000000000" },
    });
    sign(&mut body, "sandbox-password");
    body
}

fn sign(body: &mut Value, password: &str) {
    let scalars = body.as_object().expect("an object").iter();
    let scalars =
        scalars.filter(|(name, value)| !value.is_object() && !value.is_null() && *name != "Token");
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut pairs: BTreeMap<&str, String> = scalars
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    pairs.insert("Password", password.to_owned());
    let all: String = pairs.into_values().collect();
    let digest = Sha256::digest(all);
    let token: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    body["Token"] = token.into();
}

async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

async fn number_of(app: &TestApp, order: &str) -> anyhow::Result<i64> {
    let query = format!("SELECT external_id::BIGINT AS count FROM payments WHERE id = '{order}'");
    app.count(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_the_bank_becomes_a_plan() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("ADVANCED", "sbp_tinkoff").await?;
    let shown = app.world.http.get(&page).send().await?.text().await?;
    assert!(shown.contains("599,00 ₽"), "{shown}");
    app.at_the_bank(&page, "pay").await?;
    let now = becomes(&app, "ADVANCED").await?;
    assert!(months_left(&now, 1), "{now}");
    app.at_the_bank(&page, "refund").await?;
    becomes(&app, "FREE").await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_that_come_twice_late_and_in_the_wrong_order_grant_once() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let faults = json!({ "webhook": { "methods": { "tinkoff":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    let authorized = "SELECT count(*) AS count FROM payment_reports WHERE status = 'AUTHORIZED'";
    eventually(async || Ok((app.count(authorized).await? == 1).then_some(()))).await?;
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_what_the_bank_says_leads_to_the_same_end() -> anyhow::Result<()> {
    let stories: [(&[&str], &str, &str); 9] = [
        (&["AUTHORIZED"], "FREE", "pending"),
        (&["CONFIRMED", "AUTHORIZED"], "BASIC", "succeeded"),
        (&["CONFIRMED", "REJECTED"], "BASIC", "succeeded"),
        (&["REJECTED", "CONFIRMED"], "BASIC", "succeeded"),
        (&["DEADLINE_EXPIRED", "CONFIRMED"], "BASIC", "succeeded"),
        (&["CONFIRMED", "PARTIAL_REFUNDED"], "BASIC", "succeeded"),
        (&["CONFIRMED", "REFUNDED", "CONFIRMED"], "FREE", "refunded"),
        (&["REFUNDED", "CONFIRMED"], "FREE", "refunded"),
        (&["CANCELED", "AUTHORIZED"], "FREE", "canceled"),
    ];
    let app = TestApp::start().await?;
    for (story, tier, status) in stories {
        app.sql("DELETE FROM payments; DELETE FROM subscriptions")
            .await?;
        let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
        let number = number_of(&app, &order).await?;
        for word in story {
            let body = notification(&order, number, word, 29_900);
            assert_eq!(app.notify(&body).await?, (200, "OK".to_owned()));
        }
        assert_eq!(app.subscription().await?["tier"], tier, "{story:?}");
        assert_eq!(statuses(&app, status).await?, 1, "{story:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_confirmations_at_once_grant_once_also_before_the_order_has_its_number()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    // As if the bank's answer to our order had been lost.
    app.sql("UPDATE payments SET external_id = NULL").await?;
    let body = notification(&order, 123, "CONFIRMED", 29_900);
    let all = futures_util::future::join_all((0..6).map(|_| app.notify(&body))).await;
    for answer in all {
        assert_eq!(answer?, (200, "OK".to_owned()));
    }
    let now = app.subscription().await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(number_of(&app, &order).await?, 123);
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_the_bank_did_not_sign_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let good = notification(&order, 1, "CONFIRMED", 29_900);
    let mut foreign = good.clone();
    sign(&mut foreign, "another-password");
    let mut changed = good.clone();
    changed["Amount"] = json!(1);
    let mut cut = good.clone();
    cut["Token"] = json!(&good["Token"].as_str().expect("text")[..10]);
    let mut other = good.clone();
    other["TerminalKey"] = json!("AnotherTerminal");
    sign(&mut other, "sandbox-password");
    let mut unsigned = good.clone();
    unsigned.as_object_mut().expect("an object").remove("Token");
    for (body, status, code) in [
        (&foreign, 401, "E202"),
        (&changed, 401, "E202"),
        (&cut, 401, "E202"),
        (&other, 401, "E202"),
        (&unsigned, 400, "E105"),
        (&json!([]), 400, "E105"),
    ] {
        let (given, text) = app.notify(body).await?;
        assert_eq!(given, status, "{body}");
        assert!(text.contains(code), "{text}");
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_is_not_granted_and_the_bank_is_not_asked_to_come_again()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("PREMIUM", "sbp_tinkoff").await?;
    let number = number_of(&app, &order).await?;
    let body = notification(&order, number, "CONFIRMED", 100);
    assert_eq!(app.notify(&body).await?, (200, "OK".to_owned()));
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let kept = "SELECT count(*) AS count FROM payment_reports
                WHERE outcome = 'mismatched' AND amount = 1.00 AND currency = 'RUB'";
    assert_eq!(
        (app.count(kept).await?, statuses(&app, "failed").await?),
        (1, 1)
    );
    // The right sum, under the same word of the bank, is another report.
    let body = notification(&order, number, "CONFIRMED", 119_900);
    assert_eq!(app.notify(&body).await?, (200, "OK".to_owned()));
    assert_eq!(app.subscription().await?["tier"], "PREMIUM");
    let granted = "SELECT count(*) AS count FROM payment_reports
                   WHERE outcome = 'granted' AND amount = 1199.00 AND status = 'CONFIRMED'";
    assert_eq!((app.count(kept).await?, app.count(granted).await?), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parts_of_one_payment_that_go_back_are_two_reports_without_the_card()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    becomes(&app, "BASIC").await?;
    for kopecks in [10_000, 5_000] {
        app.gives_back(&page, kopecks).await?;
    }
    let parts = "SELECT count(*) AS count FROM payment_reports
                 WHERE status = 'PARTIAL_REFUNDED' AND amount IN (100.00, 50.00)";
    eventually(async || Ok((app.count(parts).await? == 2).then_some(()))).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'payment_partly_refunded'";
    assert_eq!(app.count(noted).await?, 2);
    let told = "SELECT count(*) AS count FROM payment_reports
                WHERE body ->> 'Status' = status AND body ->> 'Pan' = '...' AND body ->> 'ExpDate' = '...'
                  AND body ->> 'DATA' = '...' AND body ->> 'Token' = '...'";
    eventually(async || Ok((app.count(told).await? == 4).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_refusal_is_told_in_the_persons_language() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    for (bank, code, words) in [
        ("1051", "E403", "Недостаточно средств."),
        ("1054", "E406", "Срок действия карты истёк."),
        ("1005", "E407", "Банк, выпустивший карту, отклонил платёж."),
        ("101", "E408", "Платёж не подтверждён в банке (3-D Secure)."),
        ("1099", "E401", "Платёж не прошёл. Попробуйте ещё раз."),
    ] {
        let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
        let number = number_of(&app, &order).await?;
        let mut body = notification(&order, number, "REJECTED", 29_900);
        body["ErrorCode"] = json!(bank);
        sign(&mut body, "sandbox-password");
        assert_eq!(app.notify(&body).await?, (200, "OK".to_owned()));
        let path = format!("/v1/payments/{order}");
        let shown = app.as_seven(Method::GET, &path, Value::Null).await?.body;
        assert_eq!(shown["status"], "failed", "{shown}");
        assert_eq!(shown["error"], json!({ "code": code, "message": words }));
        app.drain_jobs().await?;
        let told = chat.bot_texts().await?;
        let last = told.last().expect("a message");
        assert_eq!(last.contains(words), code != "E401", "{last}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nobody_pays_in_roubles_and_nobody_notifies() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("TINKOFF_TERMINAL_KEY", "");
    world.set("TINKOFF_SECRET_KEY", "");
    world.set("CLOUDPAYMENTS_PUBLIC_ID", "");
    world.set("CLOUDPAYMENTS_API_SECRET", "");
    let app = TestApp::start_in(world).await?;
    for provider in ["sbp_tinkoff", "cloudpayments"] {
        let body = json!({ "tier": "BASIC", "provider": provider });
        let answer = app.as_seven(Method::POST, "/v1/subscriptions/purchase", body);
        assert_eq!(answer.await?.refusal(), (400, "E404"));
    }
    let body = notification("x", 1, "CONFIRMED", 29_900);
    assert_eq!(app.notify(&body).await?.0, 401);
    let of_no_vendor = app.request(Method::POST, "/v1/webhooks/payments/unknown");
    assert_eq!(of_no_vendor.json(&body).send().await?.status(), 401);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM payments").await?,
        0
    );
    Ok(())
}

/// Null is left out of what the bank signs, as what is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_whose_success_is_null_is_a_confirmation() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (success, tier) in [(json!(false), "FREE"), (Value::Null, "BASIC")] {
        let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
        let number = number_of(&app, &order).await?;
        let mut body = notification(&order, number, "CONFIRMED", 29_900);
        body["Success"] = success;
        sign(&mut body, "sandbox-password");
        assert_eq!(app.notify(&body).await?, (200, "OK".to_owned()));
        assert_eq!(app.subscription().await?["tier"], tier, "{body}");
    }
    Ok(())
}
