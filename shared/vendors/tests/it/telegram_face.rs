//! Telegram: pictures, links to the bot, and what people see of it before they write.
//!
//! Source: <https://core.telegram.org/bots/api>, and for the links <https://core.telegram.org/api/links>.

use bytes::Bytes;
use kernel::Language;
use serde_json::{Value, json};
use testkit::stub::Reply;
use vendors::messenger::{
    Action, BotCommand, BotProfile, Button, Inbox, Messenger, Outgoing, PhotoMessage,
};

use crate::telegram::{message, ok, outgoing, telegram};

fn me() -> Reply {
    ok(json!({ "id": 123_456, "is_bot": true, "first_name": "Symancy", "username": "a_bot" }))
}

fn button(action: Action) -> Button {
    Button {
        text: "Go".to_owned(),
        action,
    }
}

#[tokio::test]
async fn a_picture_is_uploaded_with_the_text_and_the_buttons_beneath_it() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message())]).await?;
    let with_button = Outgoing {
        keyboard: vec![vec![Button::press("I agree", "consent:agree")]],
        ..outgoing()
    };
    let picture = Bytes::from_static(b"the bytes of a picture");
    assert_eq!(telegram.send_photo(&with_button, picture).await?, 4242);
    let received = stub.only()?;
    assert!(received.path.ends_with("/sendPhoto"), "{}", received.path);
    let kind = received.header("content-type").to_owned();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let body = String::from_utf8_lossy(&received.body);
    for part in [
        "name=\"chat_id\"\r\n\r\n777\r\n",
        "name=\"caption\"\r\n\r\n<b>Love.</b>\r\n",
        "name=\"parse_mode\"\r\n\r\nHTML\r\n",
        "name=\"photo\"; filename=\"picture\"\r\n\r\nthe bytes of a picture\r\n",
        r#"{"inline_keyboard":[[{"text":"I agree","callback_data":"consent:agree"}]]}"#,
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_link_to_the_bot_has_its_name_which_is_asked_for_once() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![me(), ok(message()), ok(message())]).await?;
    let start = button(Action::Start("group".to_owned()));
    let share = button(Action::Share {
        argument: "ref_1".to_owned(),
        text: "Мой кофе & я".to_owned(),
    });
    for one in [start, share] {
        let keyboard = vec![vec![one]];
        telegram
            .send(&Outgoing {
                keyboard,
                ..outgoing()
            })
            .await?;
    }
    assert_eq!(telegram.name().await?, "a_bot");
    let urls: Vec<Value> = stub.received()[1..]
        .iter()
        .map(|call| Ok(call.json()?["reply_markup"]["inline_keyboard"][0][0]["url"].take()))
        .collect::<anyhow::Result<_>>()?;
    assert_eq!(urls[0], "https://t.me/a_bot?start=group");
    let share = url::Url::parse(urls[1].as_str().unwrap_or_default())?;
    let parts: Vec<(String, String)> = share.query_pairs().into_owned().collect();
    assert_eq!(
        (share.host_str(), share.path()),
        (Some("t.me"), "/share/url")
    );
    let expected = [
        ("url", "https://t.me/a_bot?start=ref_1"),
        ("text", "Мой кофе & я"),
    ];
    assert_eq!(
        parts,
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
    Ok(())
}

fn profile(language: Language) -> BotProfile {
    BotProfile {
        language,
        name: Some("Symancy".to_owned()),
        description: "Send me a cup.".to_owned(),
        short_description: "Cups.".to_owned(),
        commands: vec![BotCommand {
            name: "start".to_owned(),
            description: "Begin".to_owned(),
        }],
    }
}

#[tokio::test]
async fn only_what_differs_of_the_profile_is_set() -> anyhow::Result<()> {
    let same = [
        ok(json!([{ "command": "start", "description": "Begin" }])),
        ok(json!({ "description": "Send me a cup." })),
        ok(json!({ "short_description": "Cups." })),
        ok(json!({ "name": "Symancy" })),
    ];
    let (stub, unchanged) = telegram(same.to_vec()).await?;
    unchanged.present(&profile(Language::Ru)).await?;
    assert_eq!(stub.received().len(), 4);

    let other = [
        ok(json!([])),
        ok(json!(true)),
        ok(json!({ "description": "" })),
        ok(json!(true)),
        ok(json!({ "short_description": "Tea." })),
        ok(json!(true)),
        ok(json!({ "name": "a_bot" })),
        ok(json!(true)),
    ];
    for (language, code) in [(Language::Ru, "ru"), (Language::En, "")] {
        let (stub, changed) = telegram(other.to_vec()).await?;
        changed.present(&profile(language)).await?;
        let calls = stub.received();
        let methods: Vec<&str> = calls
            .iter()
            .filter_map(|call| call.path.rsplit('/').next())
            .collect();
        let expected = [
            "getMyCommands",
            "setMyCommands",
            "getMyDescription",
            "setMyDescription",
            "getMyShortDescription",
            "setMyShortDescription",
            "getMyName",
            "setMyName",
        ];
        assert_eq!(methods, expected);
        let commands = json!({ "scope": { "type": "all_private_chats" }, "language_code": code,
            "commands": [{ "command": "start", "description": "Begin" }] });
        assert_eq!(calls[1].json()?, commands);
        let name = json!({ "language_code": code, "name": "Symancy" });
        assert_eq!(calls[7].json()?, name);
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_not_ours_to_set_is_left_alone() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![
        ok(json!([{ "command": "start", "description": "Begin" }])),
        ok(json!({ "description": "Send me a cup." })),
        ok(json!({ "short_description": "Cups." })),
    ])
    .await?;
    let without = BotProfile {
        name: None,
        ..profile(Language::En)
    };
    telegram.present(&without).await?;
    assert_eq!(stub.received().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_button_of_an_app_is_left_out_where_telegram_refuses_it() -> anyhow::Result<()> {
    let (stub, telegram) = telegram(vec![ok(message()), ok(message())]).await?;
    let app = url::Url::parse("https://e.org/app/?reading=1")?;
    for chat_id in [777, -777] {
        let message = Outgoing {
            chat_id,
            keyboard: vec![
                vec![Button::open_app("Open", app.clone())],
                vec![Button::press("Ask", "ask:1")],
            ],
            ..outgoing()
        };
        telegram.send(&message).await?;
    }
    let keyboards: Vec<Value> = stub
        .received()
        .iter()
        .map(|call| Ok(call.json()?["reply_markup"]["inline_keyboard"].take()))
        .collect::<anyhow::Result<_>>()?;
    let open = json!([{ "text": "Open", "web_app": { "url": "https://e.org/app/?reading=1" } }]);
    let ask = json!([{ "text": "Ask", "callback_data": "ask:1" }]);
    assert_eq!(keyboards, [json!([open, ask]), json!([ask])]);
    Ok(())
}

#[tokio::test]
async fn the_menu_button_is_set_where_it_differs() -> anyhow::Result<()> {
    let app = url::Url::parse("https://e.org/app/")?;
    let button =
        json!({ "type": "web_app", "text": "Cups", "web_app": { "url": "https://e.org/app/" } });
    let (stub, same) = telegram(vec![ok(button.clone())]).await?;
    same.offer_app("Cups", &app).await?;
    assert_eq!(stub.received().len(), 1);
    let (stub, other) = telegram(vec![ok(json!({ "type": "commands" })), ok(json!(true))]).await?;
    other.offer_app("Cups", &app).await?;
    let calls = stub.received();
    assert!(calls[1].path.ends_with("/setChatMenuButton"));
    assert_eq!(calls[1].json()?, json!({ "menu_button": button }));
    Ok(())
}

#[tokio::test]
async fn a_picture_is_prepared_for_a_person_to_send_to_chats_of_their_choice() -> anyhow::Result<()>
{
    let stored = json!({ "id": "AbC-1", "expiration_date": 1_764_500_000 });
    let (stub, telegram) = telegram(vec![me(), ok(stored)]).await?;
    let message = PhotoMessage {
        url: "https://api.example.org/v1/shares/1/card.jpg".to_owned(),
        caption: "My cup & <me>".to_owned(),
        button: button(Action::Start("ref_1".to_owned())),
    };
    let prepared = telegram.prepare_photo(777, &message).await?;
    assert_eq!(prepared.id, "AbC-1");
    assert_eq!(prepared.expires_at.timestamp(), 1_764_500_000);
    let received = &stub.received()[1];
    assert!(received.path.ends_with("/savePreparedInlineMessage"));
    let url = &message.url;
    let markup =
        json!({ "inline_keyboard": [[{ "text": "Go", "url": "https://t.me/a_bot?start=ref_1" }]] });
    assert_eq!(
        received.json()?,
        json!({
            "user_id": 777,
            "result": { "type": "photo", "id": "card", "photo_url": url, "thumbnail_url": url,
                "caption": "My cup & <me>", "reply_markup": markup },
            "allow_user_chats": true, "allow_group_chats": true, "allow_channel_chats": true,
        })
    );
    Ok(())
}
