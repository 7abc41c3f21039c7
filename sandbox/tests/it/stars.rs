//! Stars: invoices in the chat, subscriptions, the list of transactions.

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

fn invoice(amount: i64) -> Value {
    json!({
        "chat_id": 5, "title": "A month", "description": "Of everything.", "payload": "order-1",
        "currency": "XTR", "prices": [{"label": "A month", "amount": amount}],
    })
}

/// Pays as person 5; the bot says yes. Gives the charge and the SuccessfulPayment.
async fn pay(stage: &Stage, bot: &mut Listener, what: Value) -> (String, Value) {
    let answer = async {
        let query = bot.next().await.update["pre_checkout_query"].clone();
        let yes = json!({"pre_checkout_query_id": query["id"], "ok": true});
        stage.bot("answerPreCheckoutQuery", yes).await;
        bot.next().await.update["message"]["successful_payment"].clone()
    };
    let paid = stage.send("POST", "/control/users/5/payments", what);
    let ((status, charge), payment) = tokio::join!(paid, answer);
    assert_eq!(status, 201, "{charge}");
    let charge = charge["telegram_payment_charge_id"].as_str().expect("text");
    (charge.to_owned(), payment)
}

async fn bot_of(stage: &Stage) -> Listener {
    let bot = Listener::new().await;
    stage.says(5, "hi").await;
    let body = json!({"url": bot.url(), "drop_pending_updates": true});
    stage.bot("setWebhook", body).await;
    bot
}

#[tokio::test]
async fn an_invoice_in_the_chat_is_paid_by_its_button() {
    let stage = Stage::new().await;
    let mut bot = bot_of(&stage).await;
    let sent = stage.bot("sendInvoice", invoice(150)).await;
    let shown = json!({
        "title": "A month", "description": "Of everything.", "start_parameter": "",
        "currency": "XTR", "total_amount": 150,
    });
    assert_eq!(sent["invoice"], shown);
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["pay"], true);
    let id = sent["message_id"].clone();
    let path = format!("/control/users/5/invoice?message_id={id}");
    assert_eq!(stage.get(&path).await["payload"], "order-1");
    let (charge, payment) = pay(&stage, &mut bot, json!({ "message_id": id })).await;
    assert_eq!(payment["telegram_payment_charge_id"], charge);
    assert_eq!(payment["provider_payment_charge_id"], "5_0");
    assert_eq!(payment["is_recurring"], Value::Null);
    assert_eq!(
        stage.bot("getMyStarBalance", json!({})).await["amount"],
        150
    );
    let keyboard = json!({"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]});
    let mut odd = invoice(150);
    odd["reply_markup"] = keyboard;
    stage.refused("sendInvoice", odd).await;
    let other = json!({"message_id": 1});
    let path = "/control/users/5/payments";
    assert_eq!(stage.send("POST", path, other).await.0, 409, "no invoice");
}

#[tokio::test]
async fn transactions_list_payments_and_refunds_under_one_id() {
    let stage = Stage::new().await;
    let mut bot = bot_of(&stage).await;
    let link = stage.bot("createInvoiceLink", invoice(150)).await;
    let (first, _) = pay(&stage, &mut bot, json!({ "invoice": link })).await;
    let (second, _) = pay(&stage, &mut bot, json!({ "invoice": link })).await;
    assert_ne!(first, second, "one invoice can be paid twice");
    let back = json!({"user_id": 5, "telegram_payment_charge_id": first});
    stage.bot("refundStarPayment", back).await;
    let all = stage.bot("getStarTransactions", json!({})).await;
    let all = all["transactions"].as_array().expect("a list").clone();
    assert_eq!(all.len(), 3);
    let of_first: Vec<_> = all.iter().filter(|it| it["id"] == first.as_str()).collect();
    let source = of_first.iter().find(|it| it["source"].is_object());
    let source = &source.expect("a payment")["source"];
    assert_eq!(
        (
            &source["type"],
            &source["transaction_type"],
            &source["user"]["id"]
        ),
        (&json!("user"), &json!("invoice_payment"), &json!(5))
    );
    assert!(of_first.iter().any(|it| it["receiver"].is_object()));
    let page = json!({"offset": 1, "limit": 1});
    let page = stage.bot("getStarTransactions", page).await;
    assert_eq!(page["transactions"].as_array().expect("a list").len(), 1);
    assert_eq!(
        stage.bot("getMyStarBalance", json!({})).await["amount"],
        150
    );
}

#[tokio::test]
async fn a_subscription_is_renewed_until_either_side_ends_it() {
    let stage = Stage::new().await;
    let mut bot = bot_of(&stage).await;
    let mut body = invoice(200);
    body["subscription_period"] = 86_400.into();
    let refusal = stage.refused("createInvoiceLink", body.clone()).await;
    assert_eq!(refusal, "Bad Request: SUBSCRIPTION_PERIOD_INVALID");
    body["subscription_period"] = 2_592_000.into();
    let link = stage.bot("createInvoiceLink", body).await;
    let (charge, payment) = pay(&stage, &mut bot, json!({ "invoice": link })).await;
    assert_eq!(
        (&payment["is_recurring"], &payment["is_first_recurring"]),
        (&json!(true), &json!(true))
    );
    let until = payment["subscription_expiration_date"]
        .as_i64()
        .expect("a time");
    let turn = async |event: &str| {
        let body = json!({"telegram_payment_charge_id": charge, "event": event});
        stage
            .send("POST", "/control/users/5/subscriptions", body)
            .await
    };
    let (status, next) = turn("renew").await;
    assert_eq!(status, 201, "{next}");
    let renewal = bot.next().await.update["message"]["successful_payment"].clone();
    assert_eq!(renewal["subscription_expiration_date"], until + 2_592_000);
    assert_eq!(renewal["is_first_recurring"], Value::Null);
    assert_eq!(renewal["invoice_payload"], "order-1");
    assert_ne!(renewal["telegram_payment_charge_id"], charge.as_str());
    for (event, state) in [
        ("fail", "failed"),
        ("cancel", "canceled"),
        ("resume", "active"),
    ] {
        turn(event).await;
        let update = bot.next().await.update["subscription"].clone();
        assert_eq!(
            (&update["state"], &update["user"]["id"]),
            (&json!(state), &json!(5))
        );
    }
    let end = json!({"user_id": 5, "telegram_payment_charge_id": charge, "is_canceled": true});
    stage.bot("editUserStarSubscription", end.clone()).await;
    assert_eq!(turn("renew").await.0, 400, "the bot has ended it");
    let mut other = end;
    other["user_id"] = 6.into();
    let refusal = stage.refused("editUserStarSubscription", other).await;
    assert_eq!(refusal, "Bad Request: CHARGE_NOT_FOUND");
}
