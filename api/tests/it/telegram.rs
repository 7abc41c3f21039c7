//! The bot's webhook.

use bot::jobs::{Notice, SendNotice};
use readings::jobs::FetchPhoto;
use readings::messages::AnnounceAnalysis;
use serde_json::{Value, json};
use testkit::pictures::{coffee_cup, drawn_cup};
use world::app::Answer;
use world::{TestApp, WEBHOOK_SECRET};

fn photo_update(update_id: i64) -> Value {
    let size = |id: &str, side: u32| json!({ "file_id": id, "file_unique_id": id, "width": side, "height": side, "file_size": 9 });
    json!({
        "update_id": update_id,
        "message": {
            "message_id": 5, "date": 1_760_000_000,
            "chat": { "id": 7, "type": "private", "first_name": "Ann" },
            "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
            "photo": [size("small", 90), size("large", 1280), size("middle", 320)],
            "caption": "will I travel?",
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_an_analysis_with_its_jobs() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(app.post_update(&photo_update(100)).await?.status, 200);
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 1);
    assert_eq!(app.enqueued::<AnnounceAnalysis>().await?.len(), 1);
    let right = "SELECT count(*) AS count FROM analysis_history
                 WHERE source_file_id = 'large' AND chat_id = 7 AND message_id = 5
                   AND user_text = 'will I travel?'";
    assert_eq!(app.count(right).await?, 1);
    Ok(())
}

/// `date_time` came with version 9.5 of the Bot API, and Telegram's apps put it on dates.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_details_of_a_later_bot_api_is_read_all_the_same() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut update = photo_update(100);
    update["message"]["caption_entities"] =
        json!([{ "type": "date_time", "offset": 0, "length": 4, "unix_time": 1_783_148_399 }]);
    update["message"]["forward_origin"] = json!({ "type": "novel" });
    assert_eq!(app.post_update(&update).await?.status, 200);
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 1);
    let with_words = "SELECT count(*) AS count FROM analysis_history
                      WHERE source_file_id = 'large' AND user_text = 'will I travel?'";
    assert_eq!(app.count(with_words).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_sends_is_answered_and_what_telegram_reports_of_the_chat_is_not()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (id, content) in ["pinned_message", "chat_background_set", "voice"]
        .iter()
        .enumerate()
    {
        let mut update = photo_update(200 + i64::try_from(id)?);
        let message = update["message"].as_object_mut().expect("a message");
        message.retain(|name, _| name != "photo" && name != "caption");
        message.insert((*content).to_owned(), json!({ "text": "x" }));
        assert_eq!(app.post_update(&update).await?.status, 200);
    }
    // The hint that answers the voice message.
    assert_eq!(app.enqueued::<SendNotice>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_update_twice_or_at_once_counts_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let update = photo_update(100);
    let (first, second) = tokio::join!(app.post_update(&update), app.post_update(&update));
    assert_eq!((first?.status, second?.status), (200, 200));
    assert_eq!(app.post_update(&update).await?.status, 200);
    assert_eq!(app.rows().await?, (1, 1, 2));
    Ok(())
}

/// What could not be stored is not remembered as taken either.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_could_not_be_taken_is_taken_when_it_comes_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let update = photo_update(100);
    app.sql("ALTER TABLE analysis_history RENAME TO away")
        .await?;
    assert!(app.post_update(&update).await?.status >= 500);
    app.sql("ALTER TABLE away RENAME TO analysis_history")
        .await?;
    assert_eq!(app.post_update(&update).await?.status, 200);
    assert_eq!(app.rows().await?, (1, 1, 2));
    Ok(())
}

/// Kinds of updates and contents that came after the types which others read them with.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_new_in_telegram_holds_up_what_comes_behind_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut id = 300;
    let kinds = [
        "guest_message",
        "managed_bot",
        "subscription",
        "stopped_message_generation",
        "novel",
    ];
    for kind in kinds {
        id += 1;
        let update = json!({ "update_id": id, (kind): { "novel": [{}] } });
        assert_eq!(app.post_update(&update).await?.status, 200, "{kind}");
    }
    let contents = [
        "migrate_to_chat_id",
        "forum_topic_created",
        "story",
        "external_reply",
        "gift",
    ];
    for content in contents {
        id += 1;
        let mut update = photo_update(id);
        update["message"][content] = json!({ "novel": true });
        update["message"]["photo"] = json!([]);
        assert_eq!(app.post_update(&update).await?.status, 200, "{content}");
    }
    app.post_update(&photo_update(100)).await?;
    assert_eq!(app.enqueued::<FetchPhoto>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_secret_nothing_is_taken() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let post = || app.request(reqwest::Method::POST, "/v1/webhooks/telegram");
    let none = Answer::of(post().json(&photo_update(1)).send().await?).await?;
    assert_eq!(none.refusal(), (401, "E202"));
    for wrong in [
        "",
        "guess",
        &format!("{WEBHOOK_SECRET}x"),
        &WEBHOOK_SECRET[1..],
    ] {
        let wrong = post().header("X-Telegram-Bot-Api-Secret-Token", wrong);
        let wrong = Answer::of(wrong.json(&photo_update(1)).send().await?).await?;
        assert_eq!(wrong.refusal(), (401, "E202"));
    }
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_cannot_be_read_does_not_block_those_behind_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(
        app.post_update(&json!({ "surprise": true })).await?.status,
        200
    );
    assert_eq!(
        app.post_update(&json!({ "update_id": 9, "novelty": {} }))
            .await?
            .status,
        200
    );
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn start_greets_by_name_in_the_persons_language_and_words_get_a_hint() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    let worker = app.worker()?;
    chat.waits_for(|text| text.starts_with("Здравствуйте, Ann!"))
        .await?;
    chat.says("hello?", "ru").await?;
    chat.waits_for(|text| text.contains("Пришлите фото вашей"))
        .await?;
    // Telegram tells us when they change the language of their app.
    chat.says("and now?", "zh").await?;
    chat.waits_for(|text| text.contains("请在光线充足处"))
        .await?;
    worker.stop().await;
    assert_eq!(app.states::<SendNotice>().await?.len(), 3);
    assert_eq!(serde_json::to_value(Notice::Greeting)?, "greeting");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_in_the_chat_is_announced_and_then_read_in_three_languages() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let people = [
        (7, "en", "Done: see below"),
        (8, "ru", "Готово — смотрите ниже"),
        (9, "zh", "好了，请看下面"),
    ];
    for (id, language, over) in people {
        let chat = app.world.chat(id);
        chat.sends_photo(coffee_cup(), language).await?;
        let reading = chat.waits_for(|text| text.chars().count() > 150).await?;
        let cyrillic = reading.chars().any(|c| ('а'..='я').contains(&c));
        let han = reading
            .chars()
            .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert_eq!(
            (cyrillic, han),
            (language == "ru", language == "zh"),
            "{reading}"
        );
        // The announcement, which has gone through its stages.
        chat.waits_for(|text| text.contains(over)).await?;
        assert_eq!(chat.bot_texts().await?.len(), 2);
        let actions = app.world.outside(&format!("/control/users/{id}/actions"));
        let actions = app.world.http.get(actions).send().await?.text().await?;
        assert!(actions.contains("typing"), "{actions}");
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_photo_is_answered_with_the_reason() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let mut cut = drawn_cup(3);
    cut.truncate(cut.len() / 2);
    for (id, file, why) in [
        (7, b"not a photo at all".to_vec(), "JPEG, PNG or WebP"),
        (8, cut, "arrived incomplete"),
    ] {
        let chat = app.world.chat(id);
        chat.sends_file(file, "en").await?;
        chat.waits_for(|text| text.contains(why)).await?;
    }
    worker.stop().await;
    let failed = "SELECT count(*) AS count FROM analysis_history
                  WHERE status = 'failed' AND error_code IN ('E101', 'E111')";
    assert_eq!(app.count(failed).await?, 2);
    Ok(())
}
