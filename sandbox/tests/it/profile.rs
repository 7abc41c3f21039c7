//! What a bot shows of itself, and what of that a person sees.

use serde_json::{Value, json};

use crate::stage::Stage;

/// The bot as the app of person 5 shows it.
async fn seen(stage: &Stage, language: &str) -> Value {
    stage
        .get(&format!("/control/users/5/bot?language_code={language}"))
        .await
}

fn list(name: &str) -> Value {
    json!([{"command": name, "description": "What it does"}])
}

#[tokio::test]
async fn commands_are_kept_by_scope_and_language_and_shown_in_telegrams_order() {
    let stage = Stage::new().await;
    let private = json!({"type": "all_private_chats"});
    let own = json!({"type": "chat", "chat_id": 5});
    let shown =
        async |language: &str| seen(&stage, language).await["commands"][0]["command"].clone();
    for (name, more) in [
        ("default", json!({})),
        ("default_ru", json!({"language_code": "ru"})),
        ("private", json!({ "scope": private })),
        (
            "private_zh",
            json!({"scope": private, "language_code": "zh"}),
        ),
    ] {
        let mut body = json!({ "commands": list(name) });
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        stage.bot("setMyCommands", body).await;
        let kept = stage.bot("getMyCommands", more).await;
        assert_eq!(kept, list(name));
    }
    assert_eq!(shown("en").await, "private");
    assert_eq!(
        shown("ru").await,
        "private",
        "a narrower scope goes before a language"
    );
    assert_eq!(shown("zh").await, "private_zh");
    stage
        .bot(
            "setMyCommands",
            json!({"commands": list("own"), "scope": own}),
        )
        .await;
    assert_eq!(shown("zh").await, "own");
    stage.bot("deleteMyCommands", json!({ "scope": own })).await;
    stage
        .bot("deleteMyCommands", json!({ "scope": private }))
        .await;
    assert_eq!(shown("ru").await, "default_ru");
    let none = json!({"scope": {"type": "all_group_chats"}});
    assert_eq!(stage.bot("getMyCommands", none).await, json!([]));
}

#[tokio::test]
async fn commands_that_telegram_would_refuse_are_refused() {
    let stage = Stage::new().await;
    let many: Vec<_> = (0..101)
        .map(|n| json!({"command": format!("c{n}"), "description": "x"}))
        .collect();
    for (body, why) in [
        (json!({"commands": list("Start")}), "BOT_COMMAND_INVALID"),
        (
            json!({"commands": list(&"x".repeat(33))}),
            "BOT_COMMAND_INVALID",
        ),
        (json!({ "commands": many }), "BOT_COMMANDS_TOO_MUCH"),
        (
            json!({"commands": [{"command": "a", "description": ""}]}),
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            json!({"commands": list("a"), "language_code": "english"}),
            "invalid language code specified",
        ),
        (
            json!({"commands": list("a"), "scope": {"type": "moon"}}),
            "can't parse BotCommandScope",
        ),
    ] {
        let refusal = stage.refused("setMyCommands", body).await;
        assert_eq!(refusal, format!("Bad Request: {why}"));
    }
}

#[tokio::test]
async fn names_and_descriptions_are_kept_by_language() {
    let stage = Stage::new().await;
    for (method, field, most) in [
        ("MyName", "name", 64),
        ("MyDescription", "description", 512),
        ("MyShortDescription", "short_description", 120),
    ] {
        let set = async |language: &str, text: &str| {
            let mut body = json!({ "language_code": language });
            body[field] = text.into();
            stage.bot(&format!("set{method}"), body).await
        };
        set("", "for all").await;
        set("ru", "по-русски").await;
        let get = async |language: &str| {
            let body = json!({ "language_code": language });
            stage.bot(&format!("get{method}"), body).await[field].clone()
        };
        assert_eq!(
            (get("ru").await, get("zh").await),
            (json!("по-русски"), json!("for all"))
        );
        assert_eq!(seen(&stage, "ru").await[field], "по-русски");
        set("ru", "").await;
        assert_eq!(seen(&stage, "ru").await[field], "for all");
        let mut long = json!({});
        long[field] = "x".repeat(most + 1).into();
        stage.refused(&format!("set{method}"), long).await;
    }
    assert_eq!(stage.bot("getMe", json!({})).await["first_name"], "for all");
    stage.bot("setMyName", json!({"name": ""})).await;
    assert_eq!(
        stage.bot("getMyName", json!({})).await["name"],
        "Sandbox bot"
    );
}

#[tokio::test]
async fn the_menu_button_of_a_chat_goes_before_that_of_all() {
    let stage = Stage::new().await;
    let of = async |body: Value| stage.bot("getChatMenuButton", body).await["type"].clone();
    assert_eq!(of(json!({})).await, "commands");
    let app = json!({"type": "web_app", "text": "Open", "web_app": {"url": "https://e.org/app"}});
    stage
        .bot("setChatMenuButton", json!({ "menu_button": app }))
        .await;
    let own = json!({"chat_id": 5, "menu_button": {"type": "commands"}});
    stage.bot("setChatMenuButton", own).await;
    assert_eq!(
        (of(json!({"chat_id": 5})).await, of(json!({})).await),
        (json!("commands"), json!("web_app"))
    );
    let usual = json!({"chat_id": 5, "menu_button": {"type": "default"}});
    stage.bot("setChatMenuButton", usual).await;
    assert_eq!(seen(&stage, "en").await["menu_button"], app);
    let odd = json!({"menu_button": {"type": "web_app"}});
    stage.refused("setChatMenuButton", odd).await;
}

#[tokio::test]
async fn a_restart_keeps_what_a_bot_shows() {
    let mut stage = Stage::new().await;
    stage.restart().await;
    stage
        .bot("setMyCommands", json!({ "commands": list("start") }))
        .await;
    stage
        .bot("setMyDescription", json!({"description": "It reads cups."}))
        .await;
    stage.restart().await;
    let bot = seen(&stage, "en").await;
    assert_eq!(bot["description"], "It reads cups.");
    assert_eq!(bot["commands"], list("start"));
}
