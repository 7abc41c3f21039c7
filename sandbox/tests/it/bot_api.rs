//! Methods of the Bot API.

use serde_json::json;

use crate::stage::{CUP, Stage, TOKEN};

#[tokio::test]
async fn get_me_answers_in_any_spelling_verb_and_body() {
    let stage = Stage::new().await;
    let me = stage.bot("getMe", json!({})).await;
    assert_eq!(me["id"], 4242);
    assert_eq!(me["is_bot"], true);
    let path = stage.url(&format!("/telegram/bot{TOKEN}/GETME"));
    let response = stage.client.get(path).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    stage.says(7, "hi").await;
    let path = stage.url(&format!("/telegram/bot{TOKEN}/sendMessage"));
    let form = [("chat_id", "7"), ("text", "form")];
    let response = stage
        .client
        .post(&path)
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    let parts = reqwest::multipart::Form::new()
        .text("chat_id", "7")
        .text("text", "parts");
    let response = stage
        .client
        .post(&path)
        .multipart(parts)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    let response = stage
        .client
        .get(&path)
        .query(&[("chat_id", "7"), ("text", "query")])
        .send();
    assert_eq!(response.await.expect("an answer").status(), 200);
    let texts: Vec<_> = stage
        .messages(7)
        .await
        .iter()
        .map(|m| m["text"].clone())
        .collect();
    assert_eq!(texts, ["hi", "form", "parts", "query"]);
}

#[tokio::test]
async fn a_malformed_token_is_unauthorized_and_an_unknown_method_not_found() {
    let stage = Stage::new().await;
    let (status, answer) = stage
        .send("POST", "/telegram/botnonsense/getMe", json!({}))
        .await;
    assert_eq!(
        (status, &answer["description"]),
        (401, &json!("Unauthorized"))
    );
    let (status, answer) = stage
        .send("POST", &format!("/telegram/bot{TOKEN}/getMoon"), json!({}))
        .await;
    assert_eq!((status, &answer["error_code"]), (404, &json!(404)));
}

#[tokio::test]
async fn a_bot_cannot_write_to_someone_who_has_never_written_to_it() {
    let stage = Stage::new().await;
    let refusal = stage
        .refused("sendMessage", json!({"chat_id": 5, "text": "hello"}))
        .await;
    assert_eq!(refusal, "Bad Request: chat not found");
}

#[tokio::test]
async fn a_message_with_buttons_and_a_reply_shows_up_in_the_chat() {
    let stage = Stage::new().await;
    let mine = stage.says(5, "hello").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    let sent = stage
        .bot(
            "sendMessage",
            json!({
                "chat_id": 5, "text": "<b>Hi</b>", "parse_mode": "HTML", "reply_markup": keyboard,
                "reply_parameters": {"message_id": mine["message_id"]},
            }),
        )
        .await;
    assert_eq!(sent["text"], "Hi");
    assert_eq!(sent["entities"][0]["type"], "bold");
    assert_eq!(sent["reply_to_message"]["text"], "hello");
    let shown = &stage.messages(5).await[1];
    assert_eq!(shown["sender"], "bot");
    assert_eq!(shown["html"], "<b>Hi</b>");
    assert_eq!(
        shown["buttons"],
        json!([[{"text": "Yes", "callback_data": "y"}]])
    );
    assert_eq!(shown["reply_to_message_id"], mine["message_id"]);
}

#[tokio::test]
async fn editing_keeps_telegrams_rules() {
    let stage = Stage::new().await;
    stage.says(5, "hello").await;
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "one"}))
        .await;
    let edit = |id: i64, text: &str| json!({"chat_id": 5, "message_id": id, "text": text});
    let edited = stage.bot("editMessageText", edit(2, "two")).await;
    assert!(edited["edit_date"].is_i64());
    assert_eq!(stage.messages(5).await[1]["edited"], true);
    let same = stage.refused("editMessageText", edit(2, "two")).await;
    assert_eq!(
        same,
        "Bad Request: message is not modified: specified new message content and reply markup \
         are exactly the same as a current content and reply markup of the message"
    );
    let gone = stage.refused("editMessageText", edit(9, "x")).await;
    assert_eq!(gone, "Bad Request: message to edit not found");
    let foreign = stage.refused("editMessageText", edit(1, "x")).await;
    assert_eq!(foreign, "Bad Request: message can't be edited");
    let keyboard = json!({"inline_keyboard": [[{"text": "A", "url": "https://e.org"}]]});
    let body = json!({"chat_id": 5, "message_id": 2, "reply_markup": keyboard});
    stage.bot("editMessageReplyMarkup", body).await;
    assert_eq!(
        stage.messages(5).await[1]["buttons"][0][0]["url"],
        "https://e.org"
    );
    stage
        .bot("deleteMessage", json!({"chat_id": 5, "message_id": 2}))
        .await;
    assert_eq!(stage.messages(5).await.len(), 1);
}

#[tokio::test]
async fn a_photo_comes_in_sizes_that_can_be_downloaded() {
    let stage = Stage::new().await;
    let (status, message) = stage.sends(5, "photo", "cup.png", CUP).await;
    assert_eq!(status, 201, "{message}");
    assert_eq!(message["caption"], "my cup");
    let updates = stage.bot("getUpdates", json!({})).await;
    let photo = updates[0]["message"]["photo"]
        .as_array()
        .expect("sizes")
        .clone();
    assert_eq!(photo.len(), 3);
    assert_eq!(
        (&photo[2]["width"], &photo[2]["height"]),
        (&json!(600), &json!(400))
    );
    for size in &photo {
        let file = stage
            .bot("getFile", json!({"file_id": size["file_id"]}))
            .await;
        let path = file["file_path"].as_str().expect("a path");
        let url = stage.url(&format!("/telegram/file/bot{TOKEN}/{path}"));
        let bytes = stage
            .client
            .get(url)
            .send()
            .await
            .expect("an answer")
            .bytes()
            .await;
        let bytes = bytes.expect("bytes");
        assert_eq!(
            bytes.len() as u64,
            size["file_size"].as_u64().expect("a size")
        );
        assert!(bytes.starts_with(&[0xff, 0xd8, 0xff]), "JPEG");
    }
}

#[tokio::test]
async fn any_bytes_can_be_sent_as_a_document_but_only_pictures_as_a_photo() {
    let stage = Stage::new().await;
    let (status, refusal) = stage.sends(5, "photo", "cup.png", b"not a picture").await;
    assert_eq!(status, 400, "{refusal}");
    let (status, _) = stage
        .sends(5, "document", "cup.png", b"not a picture")
        .await;
    assert_eq!(status, 201);
    let updates = stage.bot("getUpdates", json!({})).await;
    let document = &updates[0]["message"]["document"];
    assert_eq!(
        (&document["file_name"], &document["mime_type"]),
        (&json!("cup.png"), &json!("image/png"))
    );
    let file = stage
        .bot("getFile", json!({"file_id": document["file_id"]}))
        .await;
    let url = stage.url(&format!(
        "/telegram/file/bot{TOKEN}/{}",
        file["file_path"].as_str().expect("path")
    ));
    let bytes = stage
        .client
        .get(url)
        .send()
        .await
        .expect("an answer")
        .bytes()
        .await;
    assert_eq!(bytes.expect("bytes").as_ref(), b"not a picture");
}

#[tokio::test]
async fn a_file_above_twenty_megabytes_cannot_be_fetched_by_the_bot() {
    let stage = Stage::new().await;
    let big = vec![7; 20 * 1024 * 1024 + 1];
    let (status, _) = stage.sends(5, "document", "big.bin", &big).await;
    assert_eq!(status, 201);
    let updates = stage.bot("getUpdates", json!({})).await;
    let id = &updates[0]["message"]["document"]["file_id"];
    let refusal = stage.refused("getFile", json!({"file_id": id})).await;
    assert_eq!(refusal, "Bad Request: file is too big");
}

#[tokio::test]
async fn files_outside_the_store_cannot_be_reached() {
    let stage = Stage::new().await;
    std::fs::write(stage.config.data_dir.join("secret"), "x").expect("writes");
    for path in ["../secret", "..%2fsecret", "photos/../../secret"] {
        let url = stage.url(&format!("/telegram/file/bot{TOKEN}/{path}"));
        assert_eq!(
            stage
                .client
                .get(url)
                .send()
                .await
                .expect("an answer")
                .status(),
            404
        );
    }
}

#[tokio::test]
async fn a_chat_action_is_recorded() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    stage
        .bot("sendChatAction", json!({"chat_id": 5, "action": "typing"}))
        .await;
    let refusal = stage
        .refused("sendChatAction", json!({"chat_id": 5, "action": "dance"}))
        .await;
    assert_eq!(refusal, "Bad Request: wrong parameter action in request");
    let actions = stage.get("/control/users/5/actions").await;
    assert_eq!(actions["actions"].as_array().expect("a list").len(), 1);
    assert_eq!(actions["actions"][0]["action"], "typing");
}

#[tokio::test]
async fn a_tapped_button_can_be_answered_once() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    let body = json!({"chat_id": 5, "text": "?", "reply_markup": keyboard});
    stage.bot("sendMessage", body).await;
    let tap = json!({"message_id": 2, "data": "y"});
    let (status, tapped) = stage.send("POST", "/control/users/5/callbacks", tap).await;
    assert_eq!(status, 201, "{tapped}");
    let wrong = json!({"message_id": 2, "data": "n"});
    assert_eq!(
        stage
            .send("POST", "/control/users/5/callbacks", wrong)
            .await
            .0,
        400
    );
    let updates = stage.bot("getUpdates", json!({})).await;
    let query = &updates[1]["callback_query"];
    assert_eq!(
        (&query["data"], &query["message"]["message_id"]),
        (&json!("y"), &json!(2))
    );
    let answer = json!({"callback_query_id": query["id"], "text": "ok"});
    stage.bot("answerCallbackQuery", answer.clone()).await;
    let again = stage.refused("answerCallbackQuery", answer).await;
    assert!(again.contains("query is too old"), "{again}");
}
