//! What a person does becomes updates for the bot. The shapes are those of the Bot API's
//! documentation of Update and Message.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::stage::{CUP, Stage};

/// The newest update of the bot.
async fn last(stage: &Stage) -> Value {
    let updates = stage.bot("getUpdates", json!({})).await;
    let updates = updates.as_array().expect("a list");
    updates.last().expect("an update").clone()
}

async fn act(stage: &Stage, verb: &str, what: &str, body: Value) -> Value {
    let (status, answer) = stage
        .send(verb, &format!("/control/users/5/{what}"), body)
        .await;
    assert_eq!(status, if verb == "GET" { 200 } else { 201 }, "{answer}");
    answer
}

async fn album(stage: &Stage, files: &[&'static str], captions: Value) -> (u16, Value) {
    let mut form = Form::new().text("captions", captions.to_string());
    for name in files {
        let part = Part::bytes(CUP).file_name("cup.png");
        form = form.part(*name, part.mime_str("image/png").expect("a type"));
    }
    let url = stage.url("/control/users/5/albums");
    let response = stage.client.post(url).multipart(form).send().await;
    let response = response.expect("an answer");
    (
        response.status().as_u16(),
        response.json().await.expect("JSON"),
    )
}

#[tokio::test]
async fn each_kind_of_file_comes_with_the_fields_that_the_bot_api_requires() {
    let stage = Stage::new().await;
    stage.bot("getMe", json!({})).await;
    for (kind, fields) in [
        (
            "sticker",
            vec![
                "type",
                "width",
                "height",
                "is_animated",
                "is_video",
                "emoji",
            ],
        ),
        ("voice", vec!["duration", "mime_type"]),
        ("audio", vec!["duration", "file_name"]),
        ("video", vec!["duration", "width", "height", "mime_type"]),
        ("video_note", vec!["duration", "length"]),
        ("animation", vec!["duration", "width", "height"]),
        ("document", vec!["file_name", "mime_type"]),
    ] {
        let mut body = json!({ "duration": 7 });
        body[kind] = true.into();
        let shown = act(&stage, "POST", "messages", body).await;
        let message = last(&stage).await["message"].clone();
        let file = &message[kind];
        for field in ["file_id", "file_unique_id", "file_size"]
            .iter()
            .chain(&fields)
        {
            assert!(!file[field].is_null(), "{kind} has no {field}: {file}");
        }
        if fields.contains(&"duration") {
            assert_eq!(file["duration"], 7);
        }
        assert_eq!(message["text"], Value::Null);
        let id = json!({ "file_id": file["file_id"] });
        let found = stage.bot("getFile", id).await;
        assert_eq!(found["file_size"], file["file_size"]);
        let url = stage.url(shown[kind]["url"].as_str().expect("an address"));
        let bytes = stage.client.get(url).send().await.expect("an answer");
        let shown_as = &bytes.headers()["content-type"];
        // What a browser would run is never shown as what it is.
        assert_eq!(kind == "document", shown_as == "application/octet-stream");
        assert_eq!(bytes.content_length(), file["file_size"].as_u64(), "{kind}");
    }
}

#[tokio::test]
async fn places_contacts_dice_and_forwarded_messages_come_as_they_were_sent() {
    let stage = Stage::new().await;
    let place = json!({"latitude": 41.0, "longitude": 28.9});
    act(&stage, "POST", "messages", json!({ "location": place })).await;
    assert_eq!(last(&stage).await["message"]["location"], place);
    let contact = json!({"phone_number": "+1", "first_name": "Bo"});
    act(&stage, "POST", "messages", json!({ "contact": contact })).await;
    assert_eq!(last(&stage).await["message"]["contact"], contact);
    let dice = json!({"emoji": "🎲", "value": 3});
    let fields = json!({"fields": {"dice": dice}});
    act(&stage, "POST", "messages", fields).await;
    assert_eq!(last(&stage).await["message"]["dice"], dice);
    let body = json!({"text": "look", "forwarded_from": "Eva"});
    act(&stage, "POST", "messages", body).await;
    let origin = last(&stage).await["message"]["forward_origin"].clone();
    assert_eq!(
        (&origin["type"], &origin["sender_user_name"]),
        (&json!("hidden_user"), &json!("Eva"))
    );
    let (status, _) = stage
        .send("POST", "/control/users/5/messages", json!({}))
        .await;
    assert_eq!(status, 400, "nothing is no message");
}

#[tokio::test]
async fn an_album_is_one_message_a_file_with_one_media_group_id() {
    let stage = Stage::new().await;
    let (status, answer) = album(&stage, &["photo", "photo", "photo"], json!(["", "mine"])).await;
    assert_eq!(status, 201, "{answer}");
    let updates = stage.bot("getUpdates", json!({})).await;
    let messages: Vec<_> = (0..3).map(|at| &updates[at]["message"]).collect();
    let group = messages[0]["media_group_id"].as_str().expect("an id");
    assert!(messages.iter().all(|it| it["media_group_id"] == group));
    assert!(messages.iter().all(|it| it["photo"].is_array()));
    let captions: Vec<_> = messages.iter().map(|it| &it["caption"]).collect();
    assert_eq!(captions, [&Value::Null, &json!("mine"), &Value::Null]);
    let (_, other) = album(&stage, &["photo", "document"], json!([])).await;
    assert_ne!(other["messages"][0]["media_group_id"], group);
    for refused in [&["photo"][..], &["photo", "voice"], &["photo"; 11]] {
        assert_eq!(
            album(&stage, refused, json!([])).await.0,
            400,
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn an_edited_message_comes_as_it_is_now() {
    let stage = Stage::new().await;
    stage.says(5, "one").await;
    act(&stage, "PATCH", "messages/1", json!({"text": "two"})).await;
    let edited = last(&stage).await["edited_message"].clone();
    assert_eq!(
        (&edited["message_id"], &edited["text"]),
        (&json!(1), &json!("two"))
    );
    assert!(edited["edit_date"].is_i64());
    assert_eq!(stage.messages(5).await[0]["edited"], true);
    let (_, sent) = stage.sends(5, "photo", "cup.png", CUP).await;
    let before = last(&stage).await["message"]["photo"].clone();
    let path = format!("messages/{}", sent["message_id"]);
    act(&stage, "PATCH", &path, json!({"caption": "better"})).await;
    let edited = last(&stage).await["edited_message"].clone();
    assert_eq!(
        (&edited["caption"], &edited["photo"]),
        (&json!("better"), &before)
    );
    act(&stage, "PATCH", &path, json!({"caption": ""})).await;
    let edited = last(&stage).await["edited_message"].clone();
    assert_eq!(
        (&edited["caption"], &edited["photo"]),
        (&Value::Null, &before)
    );
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "mine"}))
        .await;
    for (id, text, why) in [(1, "", "a text stays"), (3, "x", "a message of the bot")] {
        let path = format!("/control/users/5/messages/{id}");
        let (status, _) = stage.send("PATCH", &path, json!({ "text": text })).await;
        assert_eq!(status, 400, "{why}");
    }
}

#[tokio::test]
async fn a_reaction_comes_only_to_a_bot_that_has_asked_for_them() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    act(
        &stage,
        "POST",
        "reactions",
        json!({"message_id": 1, "emoji": "👍"}),
    )
    .await;
    assert!(last(&stage).await["message_reaction"].is_null());
    let asked = json!({"allowed_updates": ["message", "message_reaction"]});
    stage.bot("getUpdates", asked).await;
    let thumb = json!([{"type": "emoji", "emoji": "👍"}]);
    act(
        &stage,
        "POST",
        "reactions",
        json!({"message_id": 1, "emoji": "🔥"}),
    )
    .await;
    let update = last(&stage).await["message_reaction"].clone();
    assert_eq!(update["old_reaction"], thumb);
    assert_eq!(update["new_reaction"][0]["emoji"], "🔥");
    assert_eq!(
        (&update["message_id"], &update["user"]["id"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(update["chat"]["type"], "private");
    let shown = act(
        &stage,
        "POST",
        "reactions",
        json!({"message_id": 1, "emoji": ""}),
    )
    .await;
    assert_eq!(shown["reactions"], json!([]));
    assert_eq!(
        last(&stage).await["message_reaction"]["new_reaction"],
        json!([])
    );
}

#[tokio::test]
async fn a_blocked_bot_may_not_write_until_it_is_unblocked() {
    let stage = Stage::new().await;
    stage.bot("getMe", json!({})).await;
    stage.says(5, "hi").await;
    act(&stage, "POST", "membership", json!({"status": "kicked"})).await;
    let update = last(&stage).await["my_chat_member"].clone();
    assert_eq!(
        (
            &update["old_chat_member"]["status"],
            &update["new_chat_member"]["status"]
        ),
        (&json!("member"), &json!("kicked"))
    );
    assert_eq!(update["new_chat_member"]["until_date"], 0);
    assert_eq!(
        (
            &update["from"]["id"],
            &update["new_chat_member"]["user"]["id"]
        ),
        (&json!(5), &json!(4242))
    );
    let text = json!({"chat_id": 5, "text": "?"});
    for (method, body) in [
        ("sendMessage", text.clone()),
        ("sendChatAction", json!({"chat_id": 5, "action": "typing"})),
        (
            "sendMessageDraft",
            json!({"chat_id": 5, "draft_id": 1, "text": "a"}),
        ),
    ] {
        let refusal = stage.refused(method, body).await;
        assert_eq!(
            refusal, "Forbidden: bot was blocked by the user",
            "{method}"
        );
    }
    let path = "/control/users/5/messages";
    assert_eq!(stage.send("POST", path, json!({"text": "x"})).await.0, 400);
    act(&stage, "POST", "membership", json!({"status": "member"})).await;
    let update = last(&stage).await["my_chat_member"].clone();
    assert_eq!(update["new_chat_member"]["status"], "member");
    stage.bot("sendMessage", text.clone()).await;
    act(
        &stage,
        "POST",
        "membership",
        json!({"status": "deactivated"}),
    )
    .await;
    let refusal = stage.refused("sendMessage", text).await;
    assert_eq!(refusal, "Forbidden: user is deactivated");
}

#[tokio::test]
async fn the_stop_button_of_a_draft_is_an_update_and_takes_the_draft_away() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let draft = |id: i64, more: Value| {
        let mut body = json!({"chat_id": 5, "draft_id": id, "text": "so far"});
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    stage.bot("sendMessageDraft", draft(7, json!({}))).await;
    let press = |id: i64| stage.send("POST", "/control/users/5/stops", json!({"draft_id": id}));
    assert_eq!(press(7).await.0, 400, "no such button");
    stage
        .bot("sendMessageDraft", draft(7, json!({"can_stop": true})))
        .await;
    assert_eq!(press(8).await.0, 400, "another draft");
    assert_eq!(press(7).await.0, 201);
    let update = last(&stage).await["stopped_message_generation"].clone();
    assert_eq!(
        (&update["draft_id"], &update["chat"]["id"]),
        (&json!(7), &json!(5))
    );
    assert_eq!(press(7).await.0, 400, "pressed already");
    let shown = async || act(&stage, "GET", "drafts", json!({})).await["drafts"].clone();
    assert_eq!(shown().await[1]["shown"], false);
    let stays = json!({"can_stop": true, "keep_on_stop": true});
    stage.bot("sendMessageDraft", draft(9, stays)).await;
    assert_eq!(press(9).await.0, 201);
    assert_eq!(shown().await[2]["shown"], true);
}

#[tokio::test]
async fn a_deep_link_is_a_start_command_with_its_payload() {
    let stage = Stage::new().await;
    stage.says(5, "/start ref_7-Z").await;
    let message = last(&stage).await["message"].clone();
    assert_eq!(message["text"], "/start ref_7-Z");
    let command = json!([{"type": "bot_command", "offset": 0, "length": 6}]);
    assert_eq!(message["entities"], command);
}

#[tokio::test]
async fn a_group_hears_commands_and_answers_alone_and_can_become_a_supergroup() {
    let stage = Stage::new().await;
    let group = async |what: &str, body: Value| {
        let path = format!("/control/groups/-77/{what}");
        let (status, answer) = stage.send("POST", &path, body).await;
        assert_eq!(status, 201, "{answer}");
        answer
    };
    group(
        "membership",
        json!({"user": 5, "status": "member", "title": "Cups"}),
    )
    .await;
    let update = last(&stage).await["my_chat_member"].clone();
    assert_eq!(
        (&update["chat"]["type"], &update["chat"]["title"]),
        (&json!("group"), &json!("Cups"))
    );
    for unheard in ["hello", "/start@another_bot"] {
        group("messages", json!({"user": 5, "text": unheard})).await;
        assert!(last(&stage).await["message"].is_null(), "{unheard}");
    }
    let text = "/start@sandbox_4242_bot";
    let command = group(
        "messages",
        json!({"user": 5, "first_name": "Bo", "text": text}),
    )
    .await;
    let message = last(&stage).await["message"].clone();
    assert_eq!(
        (&message["text"], &message["chat"]["id"]),
        (&json!(text), &json!(-77))
    );
    assert_eq!(
        (&message["from"]["id"], &message["from"]["first_name"]),
        (&json!(5), &json!("Bo"))
    );
    assert_eq!(message["entities"][0]["length"], text.len());
    let answer = json!({"chat_id": -77, "text": "Write to me", "reply_parameters": {"message_id": command["message_id"]}});
    let sent = stage.bot("sendMessage", answer).await;
    let reply = json!({"user": 6, "text": "why?", "reply_to_message_id": sent["message_id"]});
    group("messages", reply).await;
    assert_eq!(last(&stage).await["message"]["text"], "why?");
    let moved = group("migration", json!({"user": 5})).await["migrate_to_chat_id"].clone();
    let updates = stage.bot("getUpdates", json!({})).await;
    let [.., old, new] = updates.as_array().expect("a list").as_slice() else {
        panic!("two updates: {updates}");
    };
    assert_eq!(old["message"]["migrate_to_chat_id"], moved);
    assert_eq!(new["message"]["migrate_from_chat_id"], -77);
    assert_eq!(new["message"]["chat"]["type"], "supergroup");
    let body = json!({"chat_id": -77, "text": "?"});
    let path = format!("/telegram/bot{}/sendMessage", crate::stage::TOKEN);
    let (status, refusal) = stage.send("POST", &path, body).await;
    assert_eq!(status, 400);
    assert_eq!(refusal["parameters"]["migrate_to_chat_id"], moved);
    let body = json!({"chat_id": moved, "text": "here"});
    stage.bot("sendMessage", body.clone()).await;
    stage.bot("leaveChat", json!({"chat_id": moved})).await;
    assert_eq!(
        last(&stage).await["my_chat_member"]["new_chat_member"]["status"],
        "left"
    );
    let refusal = stage.refused("sendMessage", body).await;
    assert_eq!(
        refusal,
        "Forbidden: bot is not a member of the supergroup chat"
    );
}
