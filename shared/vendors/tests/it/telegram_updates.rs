//! Updates of the Bot API: what is read of them, and that nothing else matters.
//!
//! Source: <https://core.telegram.org/bots/api#update>, version 10.3. The details that the tests add
//! are those of versions after 9.1, with which readers of strict types have lost messages.

use serde_json::{Value, json};
use vendors::messenger::telegram_payment::{self, PaymentUpdate};
use vendors::messenger::telegram_update::{self, ChatEvent, Content, EventKind, Incoming, Photo};

/// Update of a message in the private chat of one person.
fn update(content: Value) -> Value {
    let mut message = json!({
        "message_id": 5, "date": 1_783_148_399,
        "from": { "id": 7, "is_bot": false, "first_name": "Anna", "last_name": "Ö.",
            "username": "anna", "language_code": "en", "is_premium": true },
        "chat": { "id": 7, "type": "private", "first_name": "Anna", "username": "anna" },
    });
    for (name, value) in content.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    json!({ "update_id": 1_100_000_001, "message": message })
}

fn text() -> Value {
    update(json!({ "text": "hello, see you on 12 March" }))
}

fn photo() -> Value {
    let size = |id: &str, side: u32| json!({ "file_id": id, "file_unique_id": id, "width": side, "height": side, "file_size": 9 });
    let sizes = [size("small", 90), size("large", 1280), size("middle", 320)];
    update(json!({ "photo": sizes, "caption": "on 12 March?", "media_group_id": "13000" }))
}

fn document(mime: Value) -> Value {
    update(
        json!({ "document": { "file_id": "d", "file_unique_id": "d", "file_name": "cup.png",
        "mime_type": mime, "file_size": 9 } }),
    )
}

fn parsed(update: &Value) -> Incoming {
    telegram_update::parse(update.to_string().as_bytes()).expect("an update")
}

fn event(update: &Value) -> Option<ChatEvent> {
    parsed(update).event
}

fn kind(update: &Value) -> Option<EventKind> {
    event(update).map(|event| event.kind)
}

fn words(text: &str) -> Option<EventKind> {
    Some(EventKind::Words(text.to_owned()))
}

fn shown(file: &str, caption: Option<&str>) -> Option<EventKind> {
    let (file_id, caption) = (file.to_owned(), caption.map(str::to_owned));
    Some(EventKind::Photo(Photo {
        file_id,
        caption,
        album: None,
    }))
}

#[test]
fn a_message_is_read_with_its_author() {
    let event = event(&text()).expect("a message of a person");
    assert_eq!((event.chat_id, event.message_id), (7, 5));
    assert_eq!(event.from.telegram_id, 7);
    let from = [
        event.from.first_name,
        event.from.last_name,
        event.from.username,
        event.from.language_code,
    ];
    let expected = ["Anna", "Ö.", "anna", "en"];
    assert_eq!(from, expected.map(|name| Some(name.to_owned())));
    assert_eq!(
        event.kind,
        words("hello, see you on 12 March").expect("words")
    );
    assert_eq!(parsed(&text()).update_id, 1_100_000_001);
}

#[test]
fn the_largest_size_of_a_photo_is_taken_with_its_caption() {
    let mut expected = shown("large", Some("on 12 March?"));
    if let Some(EventKind::Photo(photo)) = &mut expected {
        photo.album = Some("13000".to_owned());
    }
    assert_eq!(kind(&photo()), expected);
}

#[test]
fn an_image_that_is_sent_as_a_file_is_a_photo_however_its_type_is_written() {
    for mime in [
        json!("image/png"),
        json!("IMAGE/PNG"),
        json!("image"),
        // The name says it.
        json!(""),
        json!("application/octet-stream"),
        Value::Null,
    ] {
        assert_eq!(kind(&document(mime.clone())), shown("d", None), "{mime}");
    }
    let other = kind(&document(json!("application/pdf")));
    assert_eq!(other, Some(EventKind::Other(Content::File)));
    for mime in ["image/heic", "IMAGE/HEIF", "image/avif"] {
        let unreadable = Some(EventKind::Other(Content::UnreadableImage));
        assert_eq!(kind(&document(json!(mime))), unreadable, "{mime}");
    }
}

#[test]
fn a_command_is_read_with_its_argument() {
    let command = |name: &str, argument: Option<&str>| {
        let (name, argument) = (name.to_owned(), argument.map(str::to_owned));
        Some(EventKind::Command { name, argument })
    };
    for (text, expected) in [
        ("/start", command("start", None)),
        ("/start ref_12", command("start", Some("ref_12"))),
        (
            "/start@symancy_bot ref_12",
            command("start", Some("ref_12")),
        ),
        ("/START\n a b ", command("start", Some("a b"))),
        ("/delete_me", command("delete_me", None)),
        ("/", words("/")),
        ("/1/2", words("/1/2")),
        ("look: /start", words("look: /start")),
    ] {
        assert_eq!(kind(&update(json!({ "text": text }))), expected, "{text}");
    }
}

#[test]
fn in_a_group_a_command_that_names_the_bot_is_read_and_nothing_else() {
    let in_group = |content: Value| {
        let mut update = update(content);
        update["message"]["chat"] = json!({ "id": -7, "type": "supergroup", "title": "Cups" });
        kind(&update)
    };
    let start = EventKind::InGroup {
        name: "start".to_owned(),
        bot: "symancy_bot".to_owned(),
    };
    assert_eq!(
        in_group(json!({ "text": "/start@symancy_bot" })),
        Some(start)
    );
    assert_eq!(in_group(json!({ "text": "/start" })), None);
    assert_eq!(in_group(json!({ "text": "hello" })), None);
    assert_eq!(in_group(photo()["message"].clone()), None);
}

fn of_user(field: &str, content: Value) -> Option<EventKind> {
    let user = json!({ "id": 7, "is_bot": false, "first_name": "Anna", "language_code": "en" });
    let chat = json!({ "id": 7, "type": "private", "first_name": "Anna" });
    let mut update =
        json!({ "update_id": 9, field: { "chat": chat, "user": user, "from": user, "date": 1 } });
    for (name, value) in content.as_object().into_iter().flatten() {
        update[field][name] = value.clone();
    }
    kind(&update)
}

#[test]
fn edits_reactions_and_blocks_are_events_of_their_own() {
    let edited = |photo: Option<Photo>, text: Option<&str>| {
        let text = text.map(str::to_owned);
        Some(EventKind::Edited { photo, text })
    };
    let found = of_user(
        "edited_message",
        json!({ "message_id": 5, "text": "no", "edit_date": 2 }),
    );
    assert_eq!(found, edited(None, Some("no")));
    let size = json!({ "file_id": "p", "file_unique_id": "p", "width": 9, "height": 9 });
    let found =
        json!({ "message_id": 5, "photo": [size], "caption": "love?", "media_group_id": "1" });
    let photo = Photo {
        file_id: "p".to_owned(),
        caption: Some("love?".to_owned()),
        album: Some("1".to_owned()),
    };
    assert_eq!(of_user("edited_message", found), edited(Some(photo), None));

    let reaction = json!({ "message_id": 5, "old_reaction": [], "new_reaction": [
        { "type": "emoji", "emoji": "👍" }, { "type": "custom_emoji", "custom_emoji_id": "1" }] });
    let emoji = vec!["👍".to_owned()];
    assert_eq!(
        of_user("message_reaction", reaction),
        Some(EventKind::Reacted { emoji })
    );

    for (status, expected) in [
        ("kicked", Some(true)),
        ("member", Some(false)),
        ("left", None),
    ] {
        let change = json!({ "old_chat_member": { "status": "member" }, "new_chat_member": { "status": status } });
        let expected = expected.map(EventKind::Blocked);
        assert_eq!(of_user("my_chat_member", change), expected, "{status}");
    }
}

/// Details of a message that the types of Bot API 9.1 do not know, or that no version documents.
fn details() -> Vec<(&'static str, Value)> {
    let date = json!({ "type": "date_time", "offset": 3, "length": 8, "unix_time": 1_783_148_399,
        "date_time_format": "wDT" });
    let no_url = json!({ "type": "text_link", "offset": 0, "length": 5, "url": "" });
    let novel = json!({ "type": "novel", "date": 1 });
    let button =
        json!({ "text": "Go", "style": "primary", "icon_custom_emoji_id": "1", "novel": {} });
    let answered = json!({ "message_id": 4, "date": 1, "novel": 1, "novelty": { "type": "novel" },
        "chat": { "id": 7, "type": "novel" }, "entities": [date] });
    vec![
        ("entities", json!([date])),
        ("entities", json!([no_url])),
        (
            "entities",
            json!([{ "type": "novel", "offset": 0, "length": 1 }]),
        ),
        ("caption_entities", json!([date, no_url])),
        (
            "quote",
            json!({ "text": "x", "position": 0, "entities": [date] }),
        ),
        ("forward_origin", novel.clone()),
        (
            "external_reply",
            json!({ "origin": novel, "rich_message": {} }),
        ),
        ("reply_markup", json!({ "inline_keyboard": [[button]] })),
        ("reply_to_message", answered),
        ("reply_to_story", json!({ "id": "not a number" })),
        ("reply_to_checklist_task_id", json!(3)),
        ("reply_to_poll_option_id", json!("a")),
        ("link_preview_options", json!({ "url": "not a URL" })),
        ("suggested_post_info", json!({ "state": "novel" })),
        ("guest_bot_caller_user", json!({ "id": 1 })),
        ("ephemeral_message_id", json!(4)),
        ("receiver_user", json!({})),
        ("sender_tag", json!("tag")),
        ("via_bot", json!({ "id": 1 })),
        ("live_photo", json!({ "file_id": "l", "duration": 2 })),
        (
            "rich_message",
            json!({ "blocks": [{ "type": "novel" }], "is_rtl": true }),
        ),
        ("novel", json!([{ "deep": [[[{}]]] }])),
    ]
}

#[test]
fn a_detail_of_a_later_version_takes_neither_words_nor_photo_away() {
    for (name, value) in details() {
        for whole in [text(), photo()] {
            let mut with = whole.clone();
            with["message"][name] = value.clone();
            assert_eq!(event(&with), event(&whole), "{name}: {value}");
        }
    }
}

#[test]
fn content_that_is_not_understood_is_told_apart_from_what_telegram_reports() {
    for name in [
        "animation",
        "audio",
        "checklist",
        "contact",
        "dice",
        "game",
        "live_photo",
        "location",
        "paid_media",
        "poll",
        "rich_message",
        "sticker",
        "story",
        "venue",
        "video",
        "video_note",
        "voice",
    ] {
        let found = kind(&update(json!({ name: { "type": "novel" } })));
        assert!(matches!(found, Some(EventKind::Other(_))), "{name}");
    }
    for name in [
        "boost_added",
        "chat_background_set",
        "checklist_tasks_done",
        "community_chat_added",
        "connected_website",
        "gift",
        "managed_bot_created",
        "message_auto_delete_timer_changed",
        "new_chat_title",
        "paid_message_price_changed",
        "pinned_message",
        "poll_option_added",
        "proximity_alert_triggered",
        "suggested_post_paid",
        "users_shared",
        "web_app_data",
        "write_access_allowed",
        "novel",
    ] {
        assert_eq!(
            kind(&update(json!({ name: { "text": "x" } }))),
            None,
            "{name}"
        );
    }
}

#[test]
fn what_is_no_message_of_a_person_in_their_chat_is_passed_over() {
    let mut of_bot = text();
    of_bot["message"]["from"]["is_bot"] = json!(true);
    let mut in_group = text();
    in_group["message"]["chat"]["type"] = json!("supergroup");
    let mut of_nobody = text();
    of_nobody["message"]["from"] = Value::Null;
    for other in [of_bot, in_group, of_nobody] {
        assert_eq!(event(&other), None, "{other}");
    }
    for kind in [
        "channel_post",
        "business_message",
        "guest_message",
        "managed_bot",
        "subscription",
        "stopped_message_generation",
        "novel",
    ] {
        let other = json!({ "update_id": 3, kind: text()["message"] });
        assert_eq!(
            parsed(&other),
            Incoming {
                update_id: 3,
                event: None
            },
            "{kind}"
        );
    }
}

#[test]
fn what_is_no_update_is_an_error_that_quotes_nothing() {
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "{\"update_id\":\"a secret\"}",
        "\u{0}",
    ] {
        let why = telegram_update::parse(body.as_bytes()).expect_err(body);
        assert!(why.contains("line 1") && !why.contains("secret"), "{why}");
    }
}

/// An update of each form that comes here, as Telegram documents them.
fn recorded() -> Vec<Value> {
    let user = json!({ "id": 7, "is_bot": false, "first_name": "Anna", "language_code": "en" });
    let charge = json!({ "currency": "XTR", "total_amount": 150, "invoice_payload": "order",
        "telegram_payment_charge_id": "c", "provider_payment_charge_id": "" });
    let mut updates: Vec<Value> = details()
        .into_iter()
        .flat_map(|(name, value)| {
            [text(), photo()].map(|mut update| {
                update["message"][name] = value.clone();
                update
            })
        })
        .collect();
    updates.extend([
        document(json!("image/png")),
        update(json!({ "text": "/start ref_12", "entities": [
            { "type": "bot_command", "offset": 0, "length": 6 }] })),
        update(
            json!({ "sticker": { "file_id": "s", "file_unique_id": "s", "type": "regular",
            "width": 512, "height": 512, "is_animated": false, "is_video": false } }),
        ),
        update(json!({ "pinned_message": text()["message"] })),
        update(json!({ "successful_payment": charge })),
        update(json!({ "refunded_payment": charge })),
        json!({ "update_id": 2, "edited_message": text()["message"] }),
        json!({ "update_id": 3, "callback_query": { "id": "q", "from": user, "data": "x",
            "chat_instance": "1", "message": text()["message"] } }),
        json!({ "update_id": 4, "pre_checkout_query": { "id": "q", "from": user,
            "currency": "XTR", "total_amount": 150, "invoice_payload": "order" } }),
        json!({ "update_id": 5, "my_chat_member": { "chat": { "id": 7, "type": "private" },
            "from": user, "date": 1, "old_chat_member": { "status": "member", "user": user },
            "new_chat_member": { "status": "kicked", "user": user, "until_date": 0 } } }),
    ]);
    updates
}

/// Strings of a closed set, where they are read: a change of them changes what is meant.
const MEANT: [&str; 9] = [
    "/my_chat_member/chat/type",
    "/my_chat_member/new_chat_member/status",
    "/edited_message/chat/type",
    "/callback_query/message/chat/type",
    "/pre_checkout_query/currency",
    "/message/chat/type",
    "/message/document/mime_type",
    "/message/successful_payment/currency",
    "/message/refunded_payment/currency",
];

/// Places of objects, and of strings of a closed set.
fn places(value: &Value, at: &str, objects: &mut Vec<String>, words: &mut Vec<String>) {
    if let Value::Object(fields) = value {
        objects.push(at.to_owned());
        for (name, inner) in fields {
            places(inner, &format!("{at}/{name}"), objects, words);
        }
    }
    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
        places(inner, &format!("{at}/{index}"), objects, words);
    }
    let closed = ["type", "status", "state", "style", "currency", "mime_type"];
    let name = at.rsplit('/').next().unwrap_or_default();
    if value.is_string() && closed.contains(&name) && !MEANT.contains(&at) {
        words.push(at.to_owned());
    }
}

/// The update with something new at one place each.
fn renewed(update: &Value) -> Vec<Value> {
    let (mut objects, mut words) = (Vec::new(), Vec::new());
    places(update, "", &mut objects, &mut words);
    let changed = |at: &String, change: &dyn Fn(&mut Value)| {
        let mut copy = update.clone();
        change(copy.pointer_mut(at).expect("a place of it"));
        copy
    };
    let field =
        |value: &mut Value| value["a_novelty"] = json!({ "type": "novel", "of": [{}, 1, null] });
    let word = |value: &mut Value| *value = json!("a_novelty");
    let fields = objects.iter().map(|at| changed(at, &field));
    fields
        .chain(words.iter().map(|at| changed(at, &word)))
        .collect()
}

#[test]
fn nothing_that_may_be_new_in_an_update_changes_what_is_read_of_it() {
    let read = |update: &Value| {
        let body = update.to_string();
        let event = telegram_update::parse(body.as_bytes());
        let mut payment = telegram_payment::parse(body.as_bytes());
        if let Some(PaymentUpdate::Moved(moved)) = &mut payment {
            // Kept as it came.
            moved.words = Value::Null;
        }
        (event, payment)
    };
    let mut checked = 0;
    for update in recorded() {
        for renewed in renewed(&update) {
            assert_eq!(read(&renewed), read(&update), "{renewed}");
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
}
