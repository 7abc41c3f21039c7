//! Telegram: what is asked, and how an answer is read.
//!
//! Source: <https://core.telegram.org/bots/api>. Names of methods are case-insensitive there.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;
use vendors::messenger;
use vendors::messenger::telegram::Telegram;
use vendors::messenger::{Button, Inbox, Messenger, MessengerConfig, Outgoing};

use testkit::stub::{Received, Reply, Stub};

pub const TOKEN: &str = "123456:AAE0123456789-secret_of_the_bot";
/// The part behind the colon is the secret one: it must be in no error.
pub const SECRETS: &[&str] = &["AAE0123456789-secret_of_the_bot", "secret-of-the-webhook"];

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<Telegram>> {
    Ok(messenger::build(&MessengerConfig {
        bot_token: TOKEN.to_owned(),
        api_url: server.clone(),
        webhook_url: Some(Url::parse("https://symancy.example/v1/webhooks/telegram")?),
        webhook_secret: Some("secret-of-the-webhook".to_owned()),
        webhook_secret_also: None,
        timeout,
        drafts: true,
    })?)
}

/// A server with these answers, and a client of it.
pub async fn telegram(replies: Vec<Reply>) -> anyhow::Result<(Stub, Arc<Telegram>)> {
    let stub = Stub::start(replies).await?;
    let client = client(&stub.url, Duration::from_secs(5))?;
    Ok((stub, client))
}

pub fn ok(result: Value) -> Reply {
    Reply::json(200, &json!({ "ok": true, "result": result }))
}

pub fn message() -> Value {
    json!({
        "message_id": 4242,
        "from": { "id": 123_456, "is_bot": true, "first_name": "Symancy", "username": "a_bot" },
        "chat": { "id": 777, "first_name": "Anna", "type": "private" },
        "date": 1_767_225_600,
        "text": "Love.",
    })
}

pub fn outgoing() -> Outgoing {
    Outgoing {
        chat_id: 777,
        html: "<b>Love.</b>".to_owned(),
        reply_to: None,
        keyboard: Vec::new(),
    }
}

pub fn file(more: Value) -> Reply {
    let mut file = json!({ "file_id": "AgACAgI", "file_unique_id": "AQADAgAT" });
    if let (Some(file), Value::Object(more)) = (file.as_object_mut(), more) {
        file.extend(more);
    }
    ok(file)
}

fn assert_calls(received: &Received, method: &str) {
    assert_eq!(received.method, "POST");
    assert_eq!(
        received.path.to_lowercase(),
        format!("/bot{TOKEN}/{method}").to_lowercase()
    );
    assert_eq!(received.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_message_is_sent_as_html_and_its_id_comes_back() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message())]).await?;
    assert_eq!(telegram.send(&outgoing()).await?, 4242);
    let received = stub.only()?;
    assert_calls(&received, "sendMessage");
    let body = json!({ "chat_id": 777, "text": "<b>Love.</b>", "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true } });
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn an_answer_is_sent_even_if_what_it_answers_is_gone() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message())]).await?;
    telegram
        .send(&Outgoing {
            reply_to: Some(41),
            ..outgoing()
        })
        .await?;
    let reply = stub.only()?.json()?["reply_parameters"].take();
    assert_eq!(
        reply,
        json!({ "message_id": 41, "allow_sending_without_reply": true })
    );
    Ok(())
}

#[tokio::test]
async fn a_text_that_is_still_being_written_is_shown() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(json!(true))]).await?;
    telegram.draft(777, 42, "<b>Lo").await?;
    let received = stub.only()?;
    assert_calls(&received, "sendMessageDraft");
    let body = json!({ "chat_id": 777, "draft_id": 42, "text": "<b>Lo", "parse_mode": "HTML" });
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn a_text_is_replaced() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message())]).await?;
    assert!(
        telegram
            .edit(4242, &Outgoing::new(777, "<i>Luck.</i>"))
            .await?
    );
    let received = stub.only()?;
    assert_calls(&received, "editMessageText");
    let text = "<i>Luck.</i>";
    let body = json!({ "chat_id": 777, "message_id": 4242, "text": text, "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true } });
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn a_text_that_reads_so_already_counts_as_replaced() -> anyhow::Result<()> {
    let description = "Bad Request: message is not modified: specified new message content and \
                       reply markup are exactly the same as a current content and reply markup of \
                       the message";
    let body = json!({ "ok": false, "error_code": 400, "description": description });
    let (_stub, telegram) = telegram(vec![Reply::json(400, &body)]).await?;
    assert!(
        telegram
            .edit(4242, &Outgoing::new(777, "<i>Luck.</i>"))
            .await?
    );
    Ok(())
}

#[tokio::test]
async fn typing_is_a_chat_action() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(json!(true))]).await?;
    telegram.typing(777).await?;
    let received = stub.only()?;
    assert_calls(&received, "sendChatAction");
    assert_eq!(
        received.json()?,
        json!({ "chat_id": 777, "action": "typing" })
    );
    Ok(())
}

#[tokio::test]
async fn a_webhook_is_registered_with_its_secret_and_every_kind_of_update() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(json!(true))]).await?;
    telegram.register_webhook().await?;
    let received = stub.only()?;
    assert_eq!(
        received.path.to_lowercase(),
        format!("/bot{TOKEN}/setWebhook").to_lowercase()
    );
    // Telegram takes JSON and forms alike; in both, these words must be there.
    let body = String::from_utf8_lossy(&received.body);
    for word in [
        "https://symancy.example/v1/webhooks/telegram",
        "secret-of-the-webhook",
        r#"["message","edited_message","callback_query","message_reaction","my_chat_member","pre_checkout_query"]"#,
    ] {
        assert!(body.contains(word), "{word} is not in {body}");
    }
    Ok(())
}

#[tokio::test]
async fn without_an_address_no_webhook_is_registered() -> anyhow::Result<()> {
    let stub = Stub::start([]).await?;
    let telegram = messenger::build(&MessengerConfig {
        bot_token: TOKEN.to_owned(),
        api_url: stub.url.clone(),
        webhook_url: None,
        webhook_secret: None,
        webhook_secret_also: None,
        timeout: Duration::from_secs(5),
        drafts: true,
    })?;
    telegram.register_webhook().await?;
    assert!(stub.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_file_is_looked_up_and_downloaded() -> anyhow::Result<()> {
    let photo: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
    let found = file(json!({ "file_size": 100_000, "file_path": "photos/file_0.jpg" }));
    let (stub, telegram) = telegram(vec![found, Reply::new(200, photo.clone())]).await?;
    let bytes = telegram.download("AgACAgI", 100_000).await?;
    assert!(bytes.is_some_and(|bytes| bytes == photo), "not the photo");
    let [lookup, download] = &stub.received()[..] else {
        anyhow::bail!("not two requests")
    };
    assert_calls(lookup, "getFile");
    assert_eq!(lookup.json()?, json!({ "file_id": "AgACAgI" }));
    assert_eq!(download.method, "GET");
    let path = download.path.replace("%2F", "/");
    assert_eq!(path, format!("/file/bot{TOKEN}/photos/file_0.jpg"));
    Ok(())
}

#[tokio::test]
async fn a_file_without_a_size_is_downloaded() -> anyhow::Result<()> {
    let found = file(json!({ "file_path": "photos/file_0.jpg" }));
    let (_stub, telegram) = telegram(vec![found, Reply::new(200, "a photo")]).await?;
    assert_eq!(
        telegram.download("AgACAgI", 7).await?.as_deref(),
        Some(&b"a photo"[..])
    );
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_too_large_by_its_own_word_is_not_downloaded() -> anyhow::Result<()> {
    let found = file(json!({ "file_size": 101, "file_path": "photos/file_0.jpg" }));
    let (stub, telegram) = telegram(vec![found]).await?;
    assert_eq!(telegram.download("AgACAgI", 100).await?, None);
    stub.only()?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_turns_out_too_large_is_dropped() -> anyhow::Result<()> {
    let found = file(json!({ "file_size": 100, "file_path": "photos/file_0.jpg" }));
    let (_stub, telegram) = telegram(vec![found, Reply::new(200, vec![0; 101])]).await?;
    assert_eq!(telegram.download("AgACAgI", 100).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_button_is_an_inline_keyboard_and_a_press_is_answered() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message()), ok(json!(true))]).await?;
    let button = Button::press("I agree", "consent:agree");
    let asking = Outgoing {
        keyboard: vec![vec![button]],
        ..outgoing()
    };
    telegram.send(&asking).await?;
    telegram.answer_press("77").await?;
    let received = stub.received();
    assert_eq!(
        received[0].json()?["reply_markup"],
        json!({ "inline_keyboard": [[{ "text": "I agree", "callback_data": "consent:agree" }]] })
    );
    assert!(received[1].path.ends_with("/answerCallbackQuery"));
    assert_eq!(received[1].json()?, json!({ "callback_query_id": "77" }));
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_gone_is_not_replaced() -> anyhow::Result<()> {
    for gone in ["message to edit not found", "message can't be edited"] {
        let body = json!({ "ok": false, "error_code": 400, "description": format!("Bad Request: {gone}") });
        let (stub, telegram) =
            telegram(vec![Reply::json(400, &body), Reply::json(400, &body)]).await?;
        assert!(!telegram.edit(4242, &Outgoing::new(777, "x")).await?);
        assert!(
            !telegram
                .edit_keyboard(
                    777,
                    4242,
                    &vec![vec![Button::open("Pay", "https://t.me/$x")]]
                )
                .await?
        );
        let asked = stub.received()[1].json()?;
        assert_eq!(
            asked,
            json!({ "chat_id": 777, "message_id": 4242,
            "reply_markup": { "inline_keyboard": [[{ "text": "Pay", "url": "https://t.me/$x" }]] } })
        );
    }
    Ok(())
}
