//! The Mini App of a bot: how it is launched, what it keeps in Telegram's cloud, messages prepared for it.
//! Sources: <https://core.telegram.org/bots/webapps>, <https://core.telegram.org/bots/api>.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

const APP: &str = "https://e.org/app/?v=2";

async fn with_app() -> Stage {
    let stage = Stage::new().await;
    let button = json!({"type": "web_app", "text": "Open", "web_app": {"url": APP}});
    stage
        .bot("setChatMenuButton", json!({ "menu_button": button }))
        .await;
    stage.says(5, "hi").await;
    stage
}

fn pairs(text: &str) -> HashMap<String, String> {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs.into_owned().collect()
}

/// The address before the `#`, the parameters behind it, and the fields of the init data among them.
async fn launched(
    stage: &Stage,
    query: &str,
) -> (String, HashMap<String, String>, HashMap<String, String>) {
    let launch = stage.get(&format!("/control/users/5/app?{query}")).await;
    let url = launch["url"].as_str().expect("an address");
    let (before, hash) = url.split_once('#').expect("a hash");
    let hash = pairs(hash);
    let data = pairs(&hash["tgWebAppData"]);
    (before.to_owned(), hash, data)
}

#[tokio::test]
async fn the_menu_button_launches_the_app_with_a_query_id_and_the_colours() {
    let stage = with_app().await;
    let (before, hash, data) = launched(&stage, "theme=dark").await;
    assert_eq!(before, APP);
    assert_eq!(
        (
            &*hash["tgWebAppVersion"],
            &*hash["tgWebAppPlatform"],
            hash.contains_key("tgWebAppStartParam")
        ),
        ("9.5", "weba", false)
    );
    let theme: Value = serde_json::from_str(&hash["tgWebAppThemeParams"]).expect("JSON");
    assert_eq!(theme["bg_color"], "#17212b");
    let mut fields: Vec<_> = data.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["auth_date", "hash", "query_id", "user"]);
    let (_, _, again) = launched(&stage, "").await;
    assert_ne!(data["query_id"], again["query_id"]);
}

#[tokio::test]
async fn a_link_launches_it_with_its_payload_in_the_signed_data_and_in_the_query() {
    let stage = with_app().await;
    let (before, hash, data) = launched(&stage, "start_param=ref_7&version=6.1").await;
    assert_eq!(before, format!("{APP}&tgWebAppStartParam=ref_7"));
    assert_eq!(
        (&*hash["tgWebAppStartParam"], &*hash["tgWebAppVersion"]),
        ("ref_7", "6.1")
    );
    assert_eq!(
        (&*data["start_param"], &*data["chat_type"]),
        ("ref_7", "private")
    );
    assert!(data.contains_key("chat_instance") && !data.contains_key("query_id"));
    let (before, _, data) = launched(&stage, "start_param=").await;
    assert_eq!(before, APP);
    assert!(data.contains_key("chat_instance") && !data.contains_key("start_param"));
}

#[tokio::test]
async fn another_button_launches_its_own_address_and_no_bot_launches_nothing() {
    let stage = with_app().await;
    let other = "url=https%3A%2F%2Fe.org%2Fother%23own%3D1";
    let (before, hash, _) = launched(&stage, other).await;
    assert_eq!((&*before, &*hash["own"]), ("https://e.org/other", "1"));
    stage
        .bot(
            "setChatMenuButton",
            json!({"menu_button": {"type": "commands"}}),
        )
        .await;
    let path = "/control/users/5/app";
    let (status, why) = stage.send("GET", path, json!({})).await;
    assert_eq!(status, 404, "{why}");
    let (status, _) = Stage::new().await.send("GET", path, json!({})).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn the_cloud_keeps_what_each_person_saves_through_a_restart() {
    let mut stage = with_app().await;
    stage.restart().await;
    let call = async |stage: &Stage, user: i64, method: &str, params: Value| {
        let body = json!({ "method": method, "params": params });
        let path = format!("/control/users/{user}/app/methods");
        stage.send("POST", &path, body).await.1
    };
    stage.bot("getMe", json!({})).await;
    let save = |key: &str, value: &str| json!({ "key": key, "value": value });
    for (key, value) in [("draft", "a bird"), ("x", "1")] {
        let saved = call(&stage, 5, "saveStorageValue", save(key, value)).await;
        assert_eq!(saved, json!({ "result": true }));
    }
    let removed = call(&stage, 5, "deleteStorageValues", json!({"keys": "x"})).await;
    assert_eq!(removed, json!({ "result": true }));
    stage.restart().await;
    let read = json!({"keys": ["draft", "x"]});
    let values = call(&stage, 5, "getStorageValues", read.clone()).await;
    assert_eq!(values, json!({"result": {"draft": "a bird", "x": ""}}));
    let keys = call(&stage, 5, "getStorageKeys", json!({})).await;
    assert_eq!(keys, json!({"result": ["draft"]}));
    let of_another = call(&stage, 6, "getStorageValues", read).await;
    assert_eq!(of_another["result"]["draft"], "");
    for (method, params, why) in [
        ("saveStorageValue", save("a key", "1"), "KEY_INVALID"),
        (
            "saveStorageValue",
            save("k", &"x".repeat(4097)),
            "VALUE_INVALID",
        ),
        ("getStorageValues", json!({}), "KEY_INVALID"),
        ("fly", json!({}), "METHOD_INVALID"),
    ] {
        let refused = call(&stage, 5, method, params).await;
        assert_eq!(refused, json!({ "error": why }));
    }
}

fn card(picture: &str) -> Value {
    json!({
        "user_id": 5, "allow_user_chats": true, "result": {
            "type": "photo", "id": "1", "photo_url": picture, "thumbnail_url": picture,
            "caption": "<b>My cup</b>", "parse_mode": "HTML",
            "reply_markup": {"inline_keyboard": [[{"text": "Mine too", "url": "https://t.me/a_bot"}]]},
        },
    })
}

#[tokio::test]
async fn a_prepared_message_is_shown_and_sent_once_its_person_says_so() {
    let stage = with_app().await;
    let mut bot = Listener::new().await;
    let hook = json!({"url": bot.url(), "drop_pending_updates": true});
    stage.bot("setWebhook", hook).await;
    let picture = stage.url("/sample.png");
    let prepared = stage.bot("savePreparedInlineMessage", card(&picture)).await;
    assert!(prepared["expiration_date"].as_i64() > Some(chrono::Utc::now().timestamp()));
    let id = prepared["id"].as_str().expect("an id");
    let shown = stage.get(&format!("/control/users/5/prepared/{id}")).await;
    assert_eq!(
        (&shown["html"], &shown["photo_url"]),
        (&json!("<b>My cup</b>"), &json!(picture))
    );
    let path = format!("/control/users/5/prepared/{id}");
    let (status, sent) = stage.send("POST", &path, json!({})).await;
    assert_eq!(
        (status, &sent["sender"], &sent["caption"]),
        (201, &json!("user"), &json!("My cup"))
    );
    assert!(sent["via_bot"]["is_bot"] == true && sent["photo_url"].is_string());
    assert_eq!(sent["buttons"][0][0]["text"], "Mine too");
    stage.says(5, "and now").await;
    let heard = bot.next().await.update;
    assert_eq!(
        heard["message"]["text"], "and now",
        "the bot hears nothing of it"
    );
    let other = format!("/control/users/6/prepared/{id}");
    assert_eq!(stage.send("GET", &other, json!({})).await.0, 404);
    assert_eq!(stage.send("POST", &other, json!({})).await.0, 400);
}

#[tokio::test]
async fn what_cannot_be_prepared_is_refused() {
    let stage = with_app().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = card("https://e.org/a.jpg");
        change(&mut body);
        body
    };
    for (body, why) in [
        (with(&|it| it["user_id"] = 99.into()), "user not found"),
        (
            with(&|it| it["allow_user_chats"] = false.into()),
            "PEER_TYPES_INVALID",
        ),
        (
            with(&|it| it["result"]["id"] = "".into()),
            "RESULT_ID_INVALID",
        ),
        (
            with(&|it| it["result"]["type"] = "game".into()),
            "RESULT_TYPE_INVALID",
        ),
        (
            with(&|it| it["result"]["photo_url"] = Value::Null),
            "PHOTO_CONTENT_URL_EMPTY",
        ),
        (
            with(&|it| it["result"] = json!({"type": "article", "id": "1", "title": "A cup"})),
            "message text is empty",
        ),
    ] {
        let refusal = stage.refused("savePreparedInlineMessage", body).await;
        assert_eq!(refusal, format!("Bad Request: {why}"));
    }
    let article = json!({"type": "article", "id": "1", "title": "A cup",
        "input_message_content": {"message_text": "I had a bird."}});
    let body = with(&|it| it["result"] = article.clone());
    stage.bot("savePreparedInlineMessage", body).await;
}

#[tokio::test]
async fn a_button_of_an_app_stands_in_private_chats_alone() {
    let stage = with_app().await;
    let join = json!({"user": 5, "status": "member"});
    stage
        .send("POST", "/control/groups/-7/membership", join)
        .await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Open", "web_app": {"url": APP}}]]});
    let body = |chat: i64| json!({"chat_id": chat, "text": "?", "reply_markup": keyboard});
    stage.bot("sendMessage", body(5)).await;
    let refusal = stage.refused("sendMessage", body(-7)).await;
    assert_eq!(refusal, "Bad Request: BUTTON_TYPE_INVALID");
}

#[tokio::test]
async fn a_link_to_an_invoice_is_one_that_mini_apps_open() {
    let stage = with_app().await;
    let body = json!({
        "title": "A month", "description": "Of everything.", "payload": "order-1",
        "currency": "XTR", "prices": [{"label": "A month", "amount": 150}],
    });
    let link = stage.bot("createInvoiceLink", body).await;
    let slug = link
        .as_str()
        .and_then(|link| link.strip_prefix("https://t.me/$"));
    let path = format!("/control/users/5/invoice?invoice={}", slug.expect("a link"));
    assert_eq!(stage.get(&path).await["amount"], 150);
}
