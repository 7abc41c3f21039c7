//! Charges without a page, of what a vendor has kept: the bank, CloudPayments, Comgate.

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};
use crate::{bank, cloudpayments, comgate};

/// A payment at the bank whose card is kept; its RebillId, as the shop is told it.
async fn kept_at_the_bank(stage: &Stage) -> Value {
    let mut shop = Listener::new().await;
    let more = json!({
        "Recurrent": "Y", "CustomerKey": "anna", "NotificationURL": shop.url(),
    });
    let id = bank::opened(stage, more).await;
    for _ in 0..2 {
        shop.answers(200, "OK");
    }
    assert_eq!(bank::acts(stage, &id, "pay").await, 200);
    let first = shop.next().await.update;
    let second = shop.next().await.update;
    assert_eq!(first["CustomerKey"], "anna");
    assert_eq!(first["RebillId"], second["RebillId"]);
    assert!(first["RebillId"].is_number(), "{first}");
    // Its owner decides how charges end, by the number that the card was kept with.
    assert_eq!(json!(id), json!(first["RebillId"].to_string()));
    first["RebillId"].clone()
}

/// A charge of an order at the bank; its answer.
async fn charged(stage: &Stage, order: &str, rebill: &Value) -> Value {
    let id = bank::opened(stage, json!({ "OrderId": order })).await;
    let body = json!({ "PaymentId": id, "RebillId": rebill });
    bank::call(stage, "Charge", body).await
}

#[tokio::test]
async fn a_card_that_the_bank_keeps_is_charged_without_a_page() {
    let stage = Stage::new().await;
    let rebill = kept_at_the_bank(&stage).await;
    let paid = charged(&stage, "o-2", &rebill).await;
    assert_eq!(
        (&paid["Success"], &paid["Status"], &paid["Amount"]),
        (&json!(true), &json!("CONFIRMED"), &json!(29900))
    );
    let again = json!({ "PaymentId": paid["PaymentId"], "RebillId": rebill });
    let again = bank::call(&stage, "Charge", again).await;
    assert_eq!(again["ErrorCode"], "8", "one payment is paid once");
    let unknown = charged(&stage, "o-3", &json!(1)).await;
    assert_eq!(
        (&unknown["Success"], &unknown["ErrorCode"]),
        (&json!(false), &json!("104"))
    );
}

#[tokio::test]
async fn charges_at_the_bank_are_refused_or_end_later_as_a_test_wants_it() {
    let stage = Stage::new().await;
    let rebill = kept_at_the_bank(&stage).await;
    let first = rebill.to_string();
    let path = format!("/control/bank/{first}");
    let refused = json!({ "act": "charges_refused", "error_code": "1054" });
    assert_eq!(stage.send("POST", &path, refused).await.0, 200);
    let answer = charged(&stage, "o-2", &rebill).await;
    assert_eq!(
        (&answer["Success"], &answer["Status"], &answer["ErrorCode"]),
        (&json!(false), &json!("REJECTED"), &json!("1054"))
    );
    assert_eq!(bank::acts(&stage, &first, "charges_late").await, 200);
    let answer = charged(&stage, "o-3", &rebill).await;
    assert_eq!(answer["Status"], "AUTHORIZING");
    let id = answer["PaymentId"].as_str().expect("a number");
    assert_eq!(bank::acts(&stage, id, "pay").await, 200);
    assert_eq!(bank::status(&stage, id).await, "CONFIRMED");
    assert_eq!(bank::acts(&stage, &first, "charges_pass").await, 200);
    let answer = charged(&stage, "o-4", &rebill).await;
    assert_eq!(answer["Status"], "CONFIRMED");
    assert_eq!(
        bank::acts(&stage, id, "charges_pass").await,
        409,
        "nothing was kept"
    );
}

#[tokio::test]
async fn by_sbp_no_card_is_kept() {
    let stage = Stage::new().await;
    let more = json!({ "Recurrent": "Y", "CustomerKey": "anna" });
    let id = bank::opened(&stage, more).await;
    assert_eq!(bank::acts(&stage, &id, "pay_sbp").await, 200);
    let payments = stage.get("/control/bank").await;
    assert_eq!(payments["payments"][0]["rebill_id"], Value::Null);
}

/// A charge whose answer is lost has taken the money.
#[tokio::test]
async fn a_charge_at_the_bank_can_lose_its_answer() {
    let stage = Stage::new().await;
    let rebill = kept_at_the_bank(&stage).await;
    let id = bank::opened(&stage, json!({ "OrderId": "o-2" })).await;
    let lost = json!({ "bank": { "methods": { "Charge": { "lost_reply_rate": 1, "times": 1 } } } });
    stage.faults(lost).await;
    let body = bank::signed(json!({ "PaymentId": id, "RebillId": rebill }));
    let call = stage
        .client
        .post(stage.url("/tinkoff/v2/Charge"))
        .json(&body);
    assert!(call.send().await.is_err());
    assert_eq!(bank::status(&stage, &id).await, "CONFIRMED");
}

/// A page at CloudPayments that is paid; the token that the shop is told.
async fn kept_at_cloudpayments(stage: &Stage) -> Value {
    let mut shop = Listener::new().await;
    cloudpayments::tells(stage, &shop).await;
    for _ in 0..2 {
        shop.answers(200, r#"{"code":0}"#);
    }
    let body = json!({
        "Amount": 299, "Currency": "RUB", "Description": "x", "InvoiceId": "o-1", "AccountId": "anna",
    });
    let opened = cloudpayments::asked(stage, "orders/create", body).await;
    let id = opened["Model"]["Id"].as_str().expect("a number");
    let (paid, _) = tokio::join!(
        cloudpayments::acts(stage, id, json!({ "act": "pay" })),
        async {
            assert_eq!(shop.next().await.update["Token"], Value::Null, "Check");
        }
    );
    assert_eq!(paid, 200);
    let token = shop.next().await.update["Token"].clone();
    assert!(token.is_string(), "{token}");
    token
}

#[tokio::test]
async fn a_token_of_cloudpayments_is_charged_for_its_account_alone() {
    let stage = Stage::new().await;
    let token = kept_at_cloudpayments(&stage).await;
    let body = |account: &str| {
        json!({
            "Amount": 299, "Currency": "RUB", "AccountId": account, "Token": token, "InvoiceId": "o-2",
            "Description": "x", "TrInitiatorCode": 0, "PaymentScheduled": 1,
        })
    };
    let method = "payments/tokens/charge";
    let other = cloudpayments::asked(&stage, method, body("boris")).await;
    assert_eq!(other["Message"], "Token was not found");
    let with =
        |key: &str| cloudpayments::call(&stage, method, &body("anna")).header("X-Request-ID", key);
    let paid = cloudpayments::answered(with("k-1")).await;
    assert_eq!(
        (&paid["Success"], &paid["Model"]["Status"]),
        (&json!(true), &json!("Completed"))
    );
    assert_eq!(cloudpayments::answered(with("k-1")).await, paid, "once");
    let found = cloudpayments::asked(&stage, "payments/find", json!({ "InvoiceId": "o-2" })).await;
    assert_eq!(
        found["Model"]["TransactionId"],
        paid["Model"]["TransactionId"]
    );
    let refuse = json!({ "charges": "refuse", "reason_code": 5054 });
    stage.send("PUT", "/control/cloudpayments", refuse).await;
    let refused = cloudpayments::answered(with("k-2")).await;
    assert_eq!(
        (&refused["Success"], &refused["Model"]["ReasonCode"]),
        (&json!(false), &json!(5054))
    );
    let confirm = json!({ "charges": "authenticate" });
    stage.send("PUT", "/control/cloudpayments", confirm).await;
    let asked = cloudpayments::answered(with("k-3")).await;
    assert_eq!(asked["Success"], false);
    assert!(asked["Model"]["AcsUrl"].is_string(), "{asked}");
}

/// A payment at Comgate that can be repeated; its number.
async fn kept_at_comgate(stage: &Stage) -> String {
    let mut body = comgate::payment();
    body["initRecurring"] = json!(true);
    let (code, answer) = comgate::call(stage, "POST", "payment.json", body).await;
    assert_eq!(code, 0, "{answer}");
    let id = answer["transId"].as_str().expect("a number").to_owned();
    assert_eq!(
        comgate::acts(stage, &id, json!({ "act": "pay" })).await,
        200
    );
    id
}

async fn repeated(stage: &Stage, first: &str) -> (i64, Value) {
    let body = json!({
        "initRecurringId": first, "price": 9900, "curr": "CZK", "label": "A month", "refId": "o-2", "test": false,
    });
    comgate::call(stage, "POST", "recurring.json", body).await
}

#[tokio::test]
async fn a_payment_at_comgate_is_repeated_without_a_page_and_each_call_is_a_charge() {
    let stage = Stage::new().await;
    let first = kept_at_comgate(&stage).await;
    let mut numbers = Vec::new();
    for (act, status) in [
        ("charges_pass", "PAID"),
        ("charges_pass", "PAID"),
        ("charges_refused", "CANCELLED"),
        ("charges_late", "PENDING"),
    ] {
        assert_eq!(
            comgate::acts(&stage, &first, json!({ "act": act })).await,
            200
        );
        let (code, answer) = repeated(&stage, &first).await;
        assert_eq!((code, &answer["redirect"]), (0, &Value::Null), "{answer}");
        let id = answer["transId"].as_str().expect("a number").to_owned();
        assert_eq!(comgate::status(&stage, &id).await, status);
        numbers.push(id);
    }
    assert_ne!(numbers[0], numbers[1]);
    assert_eq!(
        comgate::acts(&stage, &numbers[3], json!({ "act": "pay" })).await,
        200
    );
    assert_eq!(comgate::status(&stage, &numbers[3]).await, "PAID");
    // What was not made to be repeated is not.
    let plain = comgate::made(&stage).await;
    comgate::acts(&stage, &plain, json!({ "act": "pay" })).await;
    assert_eq!(repeated(&stage, &plain).await.0, 1316);
}
