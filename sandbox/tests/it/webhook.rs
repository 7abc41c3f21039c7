//! Deliveries to the bot.

use serde_json::json;

use crate::stage::{Listener, Stage};

#[tokio::test]
async fn an_update_arrives_with_the_secret_and_is_not_repeated_once_taken() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage
        .bot(
            "setWebhook",
            json!({"url": bot.url(), "secret_token": "s3cret"}),
        )
        .await;
    stage.says(5, "one").await;
    stage.says(5, "two").await;
    let first = bot.next().await;
    assert_eq!(first.secret.as_deref(), Some("s3cret"));
    assert_eq!(first.update["message"]["text"], "one");
    let second = bot.next().await;
    assert_eq!(second.update["message"]["text"], "two");
    let id = |d: &crate::stage::Delivery| d.update["update_id"].as_i64().expect("an id");
    assert_eq!(id(&second), id(&first) + 1);
    assert!(bot.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn a_refused_update_comes_again_before_the_next_one() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    bot.answers(500, "");
    bot.answers(403, "");
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    stage.says(5, "one").await;
    stage.says(5, "two").await;
    for expected in ["one", "one", "one", "two"] {
        assert_eq!(bot.next().await.update["message"]["text"], expected);
    }
    let info = stage.bot("getWebhookInfo", json!({})).await;
    assert_eq!(
        info["last_error_message"],
        "Wrong response from the webhook: 403"
    );
}

#[tokio::test]
async fn what_was_written_before_any_bot_came_is_delivered_to_the_first_one() {
    let stage = Stage::new().await;
    stage.says(5, "early").await;
    assert_eq!(stage.messages(5).await.len(), 1);
    let mut bot = Listener::new().await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    assert_eq!(bot.next().await.update["message"]["text"], "early");
    assert_eq!(stage.messages(5).await.len(), 1);
}

#[tokio::test]
async fn kinds_that_are_not_allowed_stay_away_and_an_omitted_list_keeps_the_last() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    let body = json!({"url": bot.url(), "allowed_updates": ["callback_query"]});
    stage.bot("setWebhook", body).await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    stage.says(5, "unheard").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    let body = json!({"chat_id": 5, "text": "?", "reply_markup": keyboard});
    stage.bot("sendMessage", body).await;
    let tap = json!({"message_id": 2, "data": "y"});
    stage.send("POST", "/control/users/5/callbacks", tap).await;
    assert_eq!(bot.next().await.update["callback_query"]["data"], "y");
}

#[tokio::test]
async fn a_method_in_the_answer_is_carried_out() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    bot.answers(
        200,
        r#"{"method": "sendMessage", "chat_id": 5, "text": "from the answer"}"#,
    );
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    stage.says(5, "one").await;
    bot.next().await;
    // The second delivery follows the first one's answer, so the message is there by then.
    stage.says(5, "two").await;
    bot.next().await;
    let texts: Vec<_> = stage
        .messages(5)
        .await
        .iter()
        .map(|m| m["text"].clone())
        .collect();
    assert!(texts.contains(&json!("from the answer")), "{texts:?}");
}

#[tokio::test]
async fn get_updates_conflicts_with_a_webhook_and_confirms_by_offset() {
    let stage = Stage::new().await;
    stage
        .bot("setWebhook", json!({"url": "http://127.0.0.1:1/nobody"}))
        .await;
    let refusal = stage.refused("getUpdates", json!({})).await;
    assert!(
        refusal.starts_with("Conflict: can't use getUpdates"),
        "{refusal}"
    );
    stage.bot("deleteWebhook", json!({})).await;
    stage.says(5, "one").await;
    stage.says(5, "two").await;
    let updates = stage.bot("getUpdates", json!({})).await;
    let next = updates[0]["update_id"].as_i64().expect("an id") + 1;
    let rest = stage.bot("getUpdates", json!({"offset": next})).await;
    assert_eq!(rest.as_array().expect("a list").len(), 1);
    assert_eq!(rest[0]["message"]["text"], "two");
}

#[tokio::test]
async fn faults_duplicate_and_reorder_deliveries() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage.says(5, "one").await;
    stage.says(5, "two").await;
    stage
        .faults(json!({"webhook": {"duplicate_rate": 1.0, "reorder": true}}))
        .await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    for expected in ["two", "two", "one", "one"] {
        assert_eq!(bot.next().await.update["message"]["text"], expected);
    }
}

#[tokio::test]
async fn a_lost_reply_brings_the_same_update_again() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage
        .faults(json!({"webhook": {"lost_reply_rate": 1.0, "times": 1}}))
        .await;
    stage.bot("setWebhook", json!({"url": bot.url()})).await;
    stage.says(5, "one").await;
    let (first, second) = (bot.next().await, bot.next().await);
    assert_eq!(first.update, second.update);
}
