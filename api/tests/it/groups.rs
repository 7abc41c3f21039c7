//! Groups: one command is answered, and nothing is kept.

use serde_json::{Value, json};
use testkit::eventually;
use testkit::stub::{Received, Reply, Stub};
use world::{TestApp, World};

const GROUP: i64 = -1_001_234_567;

fn in_group(update_id: i64, text: &str) -> Value {
    json!({
        "update_id": update_id,
        "message": {
            "message_id": 5, "date": 1_760_000_000, "text": text,
            "chat": { "id": GROUP, "type": "supergroup", "title": "Cups" },
            "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "ru" },
        },
    })
}

/// Telegram, with a bot of the name `cup_bot`.
fn telegram(call: &Received) -> Reply {
    let result = match call.path.rsplit('/').next() {
        Some("getMe") => {
            json!({ "id": 1, "is_bot": true, "first_name": "x", "username": "cup_bot" })
        }
        Some("sendMessage") => json!({ "message_id": 6 }),
        _ => json!(true),
    };
    Reply::json(200, &json!({ "ok": true, "result": result }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_names_the_bot_is_answered_with_a_way_to_the_private_chat()
-> anyhow::Result<()> {
    let stub = Stub::answering(telegram).await?;
    let mut world = World::new().await?;
    world.set("TELEGRAM_API_URL", &stub.url);
    let app = TestApp::start_in(world).await?;
    for (id, text) in [
        "/start",
        "/help@cup_bot",
        "hello",
        "/start@other_bot",
        "/start@Cup_Bot",
        "/start@Cup_Bot",
    ]
    .iter()
    .enumerate()
    {
        // The last comes twice.
        let update_id = i64::try_from(id.min(4))?;
        assert_eq!(
            app.post_update(&in_group(update_id, text)).await?.status,
            200
        );
    }
    let sent = || {
        let calls = stub.received().into_iter();
        let messages = calls.filter(|call| call.path.ends_with("/sendMessage"));
        messages
            .map(|call| call.json())
            .collect::<anyhow::Result<Vec<Value>>>()
    };
    eventually(async || Ok((!sent()?.is_empty()).then_some(()))).await?;
    let [message] = &sent()?[..] else {
        anyhow::bail!("{:?}", sent()?)
    };
    assert_eq!(message["chat_id"], GROUP);
    let text = message["text"].as_str().unwrap_or_default();
    assert!(text.contains("в личной переписке"), "{text}");
    let button = &message["reply_markup"]["inline_keyboard"][0][0];
    assert_eq!(button["url"], "https://t.me/cup_bot?start=group");
    assert_eq!(app.rows().await?, (0, 0, 0), "nothing of it is stored");
    Ok(())
}
