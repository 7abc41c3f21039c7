//! Acting as the user, and keeping the world between runs.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::{CUP, Stage, TOKEN};

/// The fields of init data; its signature is checked beside the code that makes it, against a
/// vector, and by the product's own tests.
fn fields(answer: &Value) -> HashMap<String, String> {
    let init_data = answer["init_data"].as_str().expect("text");
    url::form_urlencoded::parse(init_data.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn init_data_names_the_person_and_the_present_time() {
    let stage = Stage::new().await;
    stage.bot("getMe", json!({})).await;
    let path = "/control/users/77/init-data?first_name=%D0%90%D0%BD%D0%BD%D0%B0";
    let fields = fields(&stage.get(path).await);
    let user: Value = serde_json::from_str(&fields["user"]).expect("JSON");
    assert_eq!(
        (&user["id"], &user["first_name"]),
        (&json!(77), &json!("Анна"))
    );
    let signed: i64 = fields["auth_date"].parse().expect("seconds");
    assert!((chrono::Utc::now().timestamp() - signed).abs() < 60);
    assert_eq!(fields["hash"].len(), 64);
}

#[tokio::test]
async fn init_data_can_be_old_or_of_another_bot() {
    let stage = Stage::new().await;
    let of = async |token: &str| {
        let path = format!("/control/users/77/init-data?token={token}&auth_date=1700000000");
        fields(&stage.get(&path).await)
    };
    let (one, other) = (of("9:one").await, of("9:other").await);
    assert_eq!(one["auth_date"], "1700000000");
    assert_ne!(one["hash"], other["hash"]);
}

#[tokio::test]
async fn without_a_bot_there_is_no_token_to_sign_with() {
    let stage = Stage::new().await;
    let (status, answer) = stage
        .send("GET", "/control/users/77/init-data", json!({}))
        .await;
    assert_eq!(status, 409, "{answer}");
}

#[tokio::test]
async fn an_unknown_chat_is_an_empty_list() {
    let stage = Stage::new().await;
    assert!(stage.messages(404).await.is_empty());
}

#[tokio::test]
async fn two_bots_have_separate_chats_and_the_newest_is_the_default() {
    let stage = Stage::new().await;
    stage
        .send("POST", "/telegram/bot1:first/getMe", json!({}))
        .await;
    stage.says(5, "to the first").await;
    stage
        .send("POST", "/telegram/bot2:second/getMe", json!({}))
        .await;
    assert!(stage.messages(5).await.is_empty());
    let chat = stage.get("/control/users/5/messages?token=1:first").await;
    assert_eq!(chat["messages"][0]["text"], "to the first");
}

#[tokio::test]
async fn a_restart_shows_the_old_chat_and_its_photo() {
    let mut stage = Stage::new().await;
    stage.restart().await;
    stage.bot("getMe", json!({})).await;
    stage.sends(5, "photo", "cup.png", CUP).await;
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "seen"}))
        .await;
    stage.restart().await;
    let messages = stage.messages(5).await;
    assert_eq!(messages[1]["text"], "seen");
    let photo = stage.url(messages[0]["photo_url"].as_str().expect("an address"));
    let response = stage.client.get(photo).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(
        response
            .bytes()
            .await
            .expect("bytes")
            .starts_with(&[0xff, 0xd8])
    );
}

/// What the sandbox wrote before it knew groups, files of all kinds and profiles.
#[tokio::test]
async fn a_snapshot_of_an_older_sandbox_is_read() {
    let mut stage = Stage::new().await;
    let message = json!({
        "id": 1, "from_bot": false, "date": 1_700_000_000, "edited": null, "text": "old",
        "entities": [], "photo": [], "document": null, "reply_to": null, "payment": null,
        "markup": null,
    });
    let person = json!({
        "id": 5, "first_name": "Anna", "language_code": "en", "username": null,
        "reads_terms": false,
    });
    let chat = json!({"person": person, "messages": [message], "last_id": 1, "actions": []});
    let invoice = json!({"title": "a", "description": "b", "payload": "c", "amount": 1});
    let bot = json!({
        "token": TOKEN, "webhook": null, "allowed_updates": null, "pending": [], "next_update": 5,
        "chats": {"5": chat}, "files": {}, "paths": [], "callbacks": {}, "commands": [],
        "invoices": {}, "charges": {"stx1": {"user": 5, "invoice": invoice, "refunded": false}},
    });
    let mut bots = json!({});
    bots[TOKEN] = bot;
    let state = json!({"bots": bots, "newest": TOKEN, "last_file": 0});
    let path = stage.config.data_dir.join("telegram.json");
    std::fs::write(path, state.to_string()).expect("writes");
    stage.restart().await;
    assert_eq!(stage.messages(5).await[0]["text"], "old");
    let next = json!({"chat_id": 5, "text": "new"});
    assert_eq!(stage.bot("sendMessage", next).await["message_id"], 2);
}

#[tokio::test]
async fn reset_clears_chats_faults_and_calls() {
    let stage = Stage::new().await;
    stage.bot("getMe", json!({})).await;
    stage.says(5, "hi").await;
    stage.faults(json!({"ai": {"down": true}})).await;
    stage.send("POST", "/control/reset", json!({})).await;
    assert!(stage.messages(5).await.is_empty());
    assert_eq!(stage.get("/control/faults").await["ai"], json!({}));
    assert_eq!(stage.get("/control/calls").await["counts"], json!({}));
    stage.says(5, "again").await;
}

#[tokio::test]
async fn the_event_stream_tells_of_each_message() {
    let stage = Stage::new().await;
    stage.bot("getMe", json!({})).await;
    let request = stage.client.get(stage.url("/control/users/5/events"));
    let mut stream = request.send().await.expect("a stream");
    let mut heard = String::new();
    let mut read = async |until: &str| {
        while !heard.contains(until) {
            let chunk = stream.chunk().await.expect("a chunk").expect("more");
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    read("event: hello").await;
    stage.says(5, "psst").await;
    read("psst").await;
    stage
        .bot("sendChatAction", json!({"chat_id": 5, "action": "typing"}))
        .await;
    read("event: typing").await;
}

#[tokio::test]
async fn health_answers() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/control/health").await["status"], "ok");
}

#[tokio::test]
async fn each_vendor_stands_under_its_name_and_none_outside_of_it() {
    let stage = Stage::new().await;
    let urls = stage.sandbox.as_ref().expect("running").vendor_urls();
    assert_eq!(urls.len(), 21, "{urls:?}");
    for (name, url) in &urls {
        assert_eq!(
            *url == stage.url(&format!("/{name}")),
            !["s3", "smtp"].contains(name),
            "{url}"
        );
    }
    for path in [
        "/v1/chat/completions",
        "/bot1:a/getMe",
        "/v2/Init",
        "/s3/photos",
        "/openaiv1",
    ] {
        assert_eq!(stage.send("POST", path, json!({})).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_restart_keeps_the_payments_of_the_bank() {
    let mut stage = Stage::new().await;
    stage.restart().await;
    // The bank's signature: the values by name, and the password (its documentation, "Token").
    let values = ["29900", "1", "sandbox-password", "SandboxDEMO"].concat();
    let token = hex::encode(Sha256::digest(values));
    let body =
        json!({"TerminalKey": "SandboxDEMO", "Amount": 29900, "OrderId": "1", "Token": token});
    let (_, answer) = stage.send("POST", "/tinkoff/v2/Init", body).await;
    let page = answer["PaymentURL"].as_str().expect("a page").to_owned();
    let path = page
        .split_once("/tinkoff/")
        .expect("its base path")
        .1
        .to_owned();
    stage.restart().await;
    let page = stage
        .client
        .get(stage.url(&format!("/tinkoff/{path}")))
        .send();
    assert_eq!(page.await.expect("an answer").status(), 200);
    let payments = stage.get("/control/bank").await;
    assert_eq!(payments["payments"][0]["order_id"], "1");
    stage.send("POST", "/control/reset", json!({})).await;
    assert_eq!(stage.get("/control/bank").await, json!({"payments": []}));
}
