//! Methods with which a bot sends and changes messages. Shapes and refusals are those of the Bot
//! API's documentation.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::stage::{CUP, Listener, Stage, TOKEN};

/// A Bot API call with files, which has to succeed.
async fn upload(stage: &Stage, method: &str, fields: Value, files: &[&'static str]) -> Value {
    let mut form = Form::new();
    for (name, value) in fields.as_object().expect("an object") {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        form = form.text(name.clone(), text);
    }
    for name in files {
        let part = Part::bytes(CUP).file_name("cup.png");
        form = form.part(*name, part.mime_str("image/png").expect("a type"));
    }
    let url = stage.url(&format!("/telegram/bot{TOKEN}/{method}"));
    let response = stage.client.post(url).multipart(form).send().await;
    let answer: Value = response.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["ok"], true, "{method}: {answer}");
    answer["result"].clone()
}

#[tokio::test]
async fn files_of_each_kind_are_sent_from_an_upload_by_id_and_from_an_address() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    for (method, field) in [
        ("sendDocument", "document"),
        ("sendVoice", "voice"),
        ("sendAudio", "audio"),
        ("sendVideo", "video"),
        ("sendVideoNote", "video_note"),
        ("sendSticker", "sticker"),
        ("sendAnimation", "animation"),
    ] {
        let caption = json!({"chat_id": 5, "caption": "<b>c</b>", "parse_mode": "HTML"});
        let sent = upload(&stage, method, caption, &[field]).await;
        let captioned = !matches!(field, "video_note" | "sticker");
        assert_eq!(sent["caption"] == "c", captioned, "{sent}");
        let mut again = json!({ "chat_id": 5 });
        again[field] = sent[field]["file_id"].clone();
        let again = stage.bot(method, again).await;
        assert_eq!(again[field]["file_id"], sent[field]["file_id"]);
        let mut from = json!({ "chat_id": 5 });
        from[field] = stage.url("/sample.png").into();
        let from = stage.bot(method, from).await;
        assert_eq!(from[field]["file_size"], CUP.len());
        let mut wrong = json!({ "chat_id": 5 });
        wrong[field] = "nonsense".into();
        let refusal = stage.refused(method, wrong).await;
        assert_eq!(
            refusal,
            "Bad Request: wrong file identifier/HTTP URL specified"
        );
    }
    let from = json!({"chat_id": 5, "photo": stage.url("/sample.png")});
    assert_eq!(stage.bot("sendPhoto", from).await["photo"][2]["width"], 600);
    let gone = json!({"chat_id": 5, "photo": stage.url("/nowhere.png")});
    let refusal = stage.refused("sendPhoto", gone).await;
    assert_eq!(refusal, "Bad Request: failed to get HTTP URL content");
    let shown = &stage.messages(5).await[1];
    assert_eq!(shown["document"]["file_name"], "cup.png");
}

#[tokio::test]
async fn an_album_of_the_bot_is_a_list_of_messages() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let media = json!([
        {"type": "photo", "media": "attach://a", "caption": "*one*", "parse_mode": "Markdown"},
        {"type": "photo", "media": "attach://b"},
        {"type": "video", "media": stage.url("/sample.png")},
    ]);
    let fields = json!({"chat_id": 5, "media": media, "reply_parameters": {"message_id": 1}});
    let sent = upload(&stage, "sendMediaGroup", fields, &["a", "b"]).await;
    let sent = sent.as_array().expect("a list");
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|it| it["media_group_id"] == sent[0]["media_group_id"])
    );
    assert!(sent[0]["media_group_id"].is_string());
    assert_eq!(sent[0]["caption_entities"][0]["type"], "bold");
    assert_eq!(sent[2]["reply_to_message"]["text"], "hi");
    assert!(sent[2]["video"].is_object());
    for media in [json!([]), json!([{"type": "photo", "media": "x"}])] {
        stage
            .refused("sendMediaGroup", json!({"chat_id": 5, "media": media}))
            .await;
    }
    assert_eq!(stage.messages(5).await.len(), 4);
}

#[tokio::test]
async fn places_and_contacts_are_sent_and_wrong_ones_refused() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let place = json!({"chat_id": 5, "latitude": 41.5, "longitude": "28.5"});
    let sent = stage.bot("sendLocation", place).await;
    assert_eq!(
        sent["location"],
        json!({"latitude": 41.5, "longitude": 28.5})
    );
    let wrong = json!({"chat_id": 5, "latitude": 91, "longitude": 0});
    stage.refused("sendLocation", wrong).await;
    let contact = json!({"chat_id": 5, "phone_number": "+1", "first_name": "Bo"});
    let sent = stage.bot("sendContact", contact).await;
    assert_eq!(sent["contact"]["first_name"], "Bo");
    stage
        .refused("sendContact", json!({"chat_id": 5, "phone_number": "+1"}))
        .await;
}

#[tokio::test]
async fn what_a_request_says_of_its_message_comes_back_with_it() {
    let stage = Stage::new().await;
    stage.says(5, "one two three").await;
    let keyboard = json!({"inline_keyboard": [[
        {"text": "No", "callback_data": "n", "style": "danger"},
    ]]});
    let body = json!({
        "chat_id": 5, "text": "x", "protect_content": true, "reply_markup": keyboard,
        "reply_parameters": {"message_id": 1, "quote": "two", "quote_position": 4},
    });
    let sent = stage.bot("sendMessage", body).await;
    assert_eq!(sent["has_protected_content"], true);
    assert_eq!(sent["reply_markup"], keyboard);
    let quote = json!({"text": "two", "position": 4, "is_manual": true});
    assert_eq!(sent["quote"], quote);
    let wrong =
        json!({"chat_id": 5, "text": "x", "reply_parameters": {"message_id": 1, "quote": "four"}});
    let refusal = stage.refused("sendMessage", wrong).await;
    assert_eq!(refusal, "Bad Request: QUOTE_TEXT_INVALID");
    let odd = json!({"inline_keyboard": [[{"text": "x", "callback_data": "y", "style": "pink"}]]});
    stage
        .refused(
            "sendMessage",
            json!({"chat_id": 5, "text": "x", "reply_markup": odd}),
        )
        .await;
    let body = json!({"chat_id": 5, "text": ">quoted\n>twice\nplain", "parse_mode": "MarkdownV2"});
    let sent = stage.bot("sendMessage", body).await;
    assert_eq!(sent["text"], "quoted\ntwice\nplain");
    assert_eq!(sent["entities"][0]["type"], "blockquote");
}

#[tokio::test]
async fn captions_and_media_are_edited_and_only_where_there_are_some() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let sent = upload(&stage, "sendPhoto", json!({"chat_id": 5}), &["photo"]).await;
    let id = &sent["message_id"];
    let body = json!({"chat_id": 5, "message_id": id, "caption": "new"});
    let edited = stage.bot("editMessageCaption", body.clone()).await;
    assert_eq!(edited["caption"], "new");
    assert!(edited["edit_date"].is_i64());
    let refusal = stage.refused("editMessageCaption", body).await;
    assert!(refusal.contains("message is not modified"), "{refusal}");
    let text = json!({"chat_id": 5, "message_id": id, "text": "t"});
    let refusal = stage.refused("editMessageText", text).await;
    assert_eq!(
        refusal,
        "Bad Request: there is no text in the message to edit"
    );
    let media = json!({"type": "document", "media": "attach://it", "caption": "file"});
    let fields = json!({"chat_id": 5, "message_id": id, "media": media});
    let edited = upload(&stage, "editMessageMedia", fields, &["it"]).await;
    assert_eq!(
        (&edited["photo"], &edited["caption"]),
        (&Value::Null, &json!("file"))
    );
    assert_eq!(edited["document"]["file_name"], "cup.png");
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "words"}))
        .await;
    let body = json!({"chat_id": 5, "message_id": 3, "caption": "c"});
    let refusal = stage.refused("editMessageCaption", body).await;
    assert_eq!(
        refusal,
        "Bad Request: there is no caption in the message to edit"
    );
}

#[tokio::test]
async fn messages_are_deleted_in_one_call_and_missing_ones_passed_over() {
    let stage = Stage::new().await;
    for text in ["one", "two", "three"] {
        stage.says(5, text).await;
    }
    let body = json!({"chat_id": 5, "message_ids": [1, 3, 9]});
    assert_eq!(stage.bot("deleteMessages", body).await, true);
    let left = stage.messages(5).await;
    assert_eq!((left.len(), &left[0]["text"]), (1, &json!("two")));
    let refusal = stage
        .refused("deleteMessages", json!({"chat_id": 5, "message_ids": []}))
        .await;
    assert_eq!(
        refusal,
        "Bad Request: message identifiers are not specified"
    );
}

#[tokio::test]
async fn a_forwarded_message_names_its_author_and_a_copy_does_not() {
    let stage = Stage::new().await;
    let (_, sent) = stage.sends(5, "photo", "cup.png", CUP).await;
    stage.says(6, "hi").await;
    let what = json!({"chat_id": 6, "from_chat_id": 5, "message_id": sent["message_id"]});
    let forwarded = stage.bot("forwardMessage", what.clone()).await;
    assert_eq!(forwarded["forward_origin"]["sender_user"]["id"], 5);
    assert_eq!(forwarded["caption"], "my cup");
    let copy = stage.bot("copyMessage", what).await;
    assert_eq!(copy, json!({"message_id": 3}));
    let again = json!({"chat_id": 5, "from_chat_id": 6, "message_id": 2, "caption": "other"});
    stage.bot("copyMessage", again).await;
    let copied = stage.messages(5).await[1].clone();
    assert_eq!(
        (&copied["caption"], &copied["forward_origin"]),
        (&json!("other"), &Value::Null)
    );
    let gone = json!({"chat_id": 6, "from_chat_id": 5, "message_id": 99});
    let refusal = stage.refused("forwardMessage", gone).await;
    assert_eq!(refusal, "Bad Request: message to forward not found");
}

#[tokio::test]
async fn a_bot_reacts_with_one_emoji_of_telegrams_list() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let with = |emoji: &str| json!({"chat_id": 5, "message_id": 1, "reaction": [{"type": "emoji", "emoji": emoji}]});
    stage.bot("setMessageReaction", with("👀")).await;
    let shown = json!([{"emoji": "👀", "by": "bot"}]);
    assert_eq!(stage.messages(5).await[0]["reactions"], shown);
    let refusal = stage.refused("setMessageReaction", with("☕")).await;
    assert_eq!(refusal, "Bad Request: REACTION_INVALID");
    let none = json!({"chat_id": 5, "message_id": 1});
    stage.bot("setMessageReaction", none).await;
    assert_eq!(stage.messages(5).await[0]["reactions"], json!([]));
    let gone = json!({"chat_id": 5, "message_id": 9});
    let refusal = stage.refused("setMessageReaction", gone).await;
    assert_eq!(refusal, "Bad Request: message to react not found");
}

#[tokio::test]
async fn a_chat_and_its_members_can_be_asked_for_although_the_bot_is_blocked() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let status = json!({"status": "kicked"});
    stage
        .send("POST", "/control/users/5/membership", status)
        .await;
    assert_eq!(stage.bot("getChat", json!({"chat_id": 5})).await["id"], 5);
    let member = async |user: i64| {
        let body = json!({"chat_id": 5, "user_id": user});
        stage.bot("getChatMember", body).await["status"].clone()
    };
    assert_eq!(
        (member(5).await, member(4242).await),
        (json!("member"), json!("kicked"))
    );
    let body = json!({"chat_id": 5, "user_id": 6});
    let refusal = stage.refused("getChatMember", body).await;
    assert_eq!(refusal, "Bad Request: member not found");
    let photos = stage
        .bot("getUserProfilePhotos", json!({"user_id": 5}))
        .await;
    assert_eq!(photos, json!({"total_count": 0, "photos": []}));
}

#[tokio::test]
async fn a_pressed_button_brings_the_message_it_is_under() {
    let stage = Stage::new().await;
    let mut bot = Listener::new().await;
    stage.says(5, "hi").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]});
    let fields = json!({"chat_id": 5, "caption": "c", "reply_markup": keyboard});
    let sent = upload(&stage, "sendPhoto", fields, &["photo"]).await;
    stage
        .bot(
            "setWebhook",
            json!({"url": bot.url(), "drop_pending_updates": true}),
        )
        .await;
    let press = json!({"message_id": sent["message_id"], "data": "y"});
    stage
        .send("POST", "/control/users/5/callbacks", press)
        .await;
    let query = bot.next().await.update["callback_query"].clone();
    assert_eq!(query["message"], sent);
    assert_eq!(query["from"]["id"], 5);
}
