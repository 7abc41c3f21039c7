//! Money: invoices in Stars, and the bank.

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

fn invoice(prices: Value) -> Value {
    json!({
        "title": "A month", "description": "Of everything.", "payload": "order-1",
        "provider_token": "", "currency": "XTR", "prices": prices,
    })
}

#[tokio::test]
async fn an_invoice_is_paid_once_the_bot_has_said_yes() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    let prices = json!([{ "label": "A month", "amount": 150 }]);
    let link = stage.bot("createInvoiceLink", invoice(prices)).await;
    let pay = json!({ "invoice": link });
    let answer = async {
        let query = bot.next().await.update["pre_checkout_query"].clone();
        assert_eq!(query["invoice_payload"], "order-1");
        assert_eq!(
            (&query["currency"], &query["total_amount"]),
            (&json!("XTR"), &json!(150))
        );
        let yes = json!({ "pre_checkout_query_id": query["id"], "ok": true });
        stage.bot("answerPreCheckoutQuery", yes).await;
        bot.next().await.update["message"]["successful_payment"].clone()
    };
    let (paid, told) = tokio::join!(stage.send("POST", "/control/users/5/payments", pay), answer);
    assert_eq!(paid.0, 201, "{}", paid.1);
    let charge = &paid.1["telegram_payment_charge_id"];
    assert_eq!(&told["telegram_payment_charge_id"], charge);
    assert_eq!(told["invoice_payload"], "order-1");
    assert!(
        stage.messages(5).await[0]["text"]
            .as_str()
            .expect("text")
            .contains("150")
    );
    let back = json!({ "user_id": 5, "telegram_payment_charge_id": charge });
    stage.bot("refundStarPayment", back.clone()).await;
    let told = bot.next().await.update["message"]["refunded_payment"].clone();
    assert_eq!(&told["telegram_payment_charge_id"], charge);
    let twice = stage.refused("refundStarPayment", back).await;
    assert!(twice.contains("CHARGE_ALREADY_REFUNDED"), "{twice}");
}

#[tokio::test]
async fn what_the_bot_says_instead_of_yes_is_told_and_no_money_is_taken() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    let prices = json!([{ "label": "A month", "amount": 150 }]);
    let link = stage.bot("createInvoiceLink", invoice(prices)).await;
    let answer = async {
        let id = bot.next().await.update["pre_checkout_query"]["id"].clone();
        let no = json!({ "pre_checkout_query_id": id, "ok": false, "error_message": "Sold out" });
        stage.bot("answerPreCheckoutQuery", no).await;
    };
    let pay = json!({ "invoice": link });
    let (paid, ()) = tokio::join!(stage.send("POST", "/control/users/5/payments", pay), answer);
    assert_eq!(paid, (409, json!({ "error": "Sold out" })));
    assert!(stage.messages(5).await.is_empty());
    assert!(bot.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn invoices_that_telegram_would_refuse_are_refused() {
    let stage = Stage::new().await;
    let one = json!({ "label": "a", "amount": 1 });
    for prices in [
        json!([]),
        json!([one, one]),
        json!([{ "label": "a", "amount": 0 }]),
    ] {
        let why = stage.refused("createInvoiceLink", invoice(prices)).await;
        assert!(why.contains("STARS_INVOICE_INVALID"), "{why}");
    }
    let mut roubles = invoice(json!([one]));
    roubles["currency"] = json!("RUB");
    stage.refused("createInvoiceLink", roubles).await;
}

#[tokio::test]
async fn the_bank_takes_only_what_is_signed_for_its_terminal() {
    let stage = Stage::new().await;
    let body =
        json!({ "TerminalKey": "SandboxDEMO", "Amount": 29900, "OrderId": "1", "Token": "x" });
    let (status, answer) = stage.send("POST", "/tinkoff/v2/Init", body).await;
    assert_eq!(
        (status, &answer["Success"], &answer["ErrorCode"]),
        (200, &json!(false), &json!("204"))
    );
    assert_eq!(stage.get("/control/bank").await, json!({ "payments": [] }));
}
