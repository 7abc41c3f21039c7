//! Many people at once, updates twice and in any order, and a messenger that asks to wait: each person has
//! exactly the answers that they should.

use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::drawn_cup;
use world::TestApp;

use crate::worker;

const PEOPLE: i64 = 50;

/// What one person sends, besides a photo before and after: ten updates in all.
const MESSAGES: [&str; 8] = [
    r#"{"text": "/start"}"#,
    r#"{"text": "thank you"}"#,
    r#"{"fields": {"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 9, "height": 9,
        "is_animated": false, "is_video": false}}}"#,
    r#"{"text": "/help"}"#,
    r#"{"text": "/terms"}"#,
    r#"{"fields": {"new_chat_title": "x"}}"#,
    r#"{"fields": {"delete_chat_photo": true}}"#,
    r#"{"fields": {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}}"#,
];

/// A part of each answer to them, in the order in which they are sent. Telegram's own reports get none.
const ANSWERS: [&str; 5] = [
    "Hello, Ann!",
    "pleasure",
    "A nice one!",
    "/history",
    "version",
];

async fn acts(app: &TestApp, person: i64) -> anyhow::Result<()> {
    let chat = app.world.chat(person);
    chat.sends_photo(drawn_cup(1), "en").await?;
    for message in MESSAGES {
        let mut body: Value = serde_json::from_str(message)?;
        body["first_name"] = json!("Ann");
        body["language_code"] = json!("en");
        let call = app.world.http.post(chat.url("messages")).json(&body);
        call.send().await?.error_for_status()?;
    }
    chat.sends_photo(drawn_cup(2), "en").await
}

/// The chat of one person: an answer to each message, and to each photo its reading.
async fn check(app: &TestApp, person: i64) -> anyhow::Result<()> {
    let messages = app.world.chat(person).messages().await?;
    let (of_bot, own): (Vec<&Value>, Vec<&Value>) = messages
        .iter()
        .partition(|message| message["sender"] == "bot");
    let photos: Vec<&Value> = (own.into_iter())
        .filter(|message| message["photo_url"].is_string())
        .collect();
    assert_eq!(photos.len(), 2);
    for photo in photos {
        let answers = of_bot
            .iter()
            .filter(|one| one["reply_to_message_id"] == photo["message_id"]);
        let (readings, others): (Vec<&&Value>, Vec<&&Value>) =
            answers.partition(|one| one["buttons"].to_string().contains("rate:"));
        assert_eq!(readings.len(), 1, "{person}: {messages:#?}");
        // A reading that is there before its announcement could be sent needs none.
        assert!(others.len() <= 1, "{person}: {messages:#?}");
    }
    let others: Vec<&str> = (of_bot.iter())
        .filter(|message| message["reply_to_message_id"].is_null())
        .filter_map(|message| message["text"].as_str())
        .collect();
    assert_eq!(others.len(), ANSWERS.len(), "{person}: {others:#?}");
    for answer in ANSWERS {
        let found = others.iter().filter(|text| text.contains(answer)).count();
        assert_eq!(found, 1, "{person} {answer}: {others:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_people_gets_exactly_their_answers_whatever_telegram_does()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let storm = json!({ "rate_limit": { "retry_after": 1 }, "times": 60 });
    app.world
        .faults(json!({
            "webhook": { "duplicate_rate": 0.3, "reorder": true, "error_rate": 0.05 },
            "telegram": { "methods": { "sendMessage": storm, "editMessageText": storm, "sendPhoto": storm } },
        }))
        .await?;
    let workers = [worker(&app.world)?, worker(&app.world)?];
    let all = (1..=PEOPLE).map(|person| acts(&app, person));
    futures_util::future::try_join_all(all).await?;
    let updates = "SELECT count(*) AS count FROM telegram_updates";
    // What Telegram reports by itself is not remembered.
    let expected = PEOPLE * (ANSWERS.len() as i64 + 2);
    // Without those that look after a minute whether a reading still takes longer.
    let live = "SELECT count(*) AS count FROM jobs WHERE subject_id IS NOT NULL AND state IN ('queued', 'running')
                AND kind <> 'notifications.tell_delay.v1'";
    // Each person's part takes its own time.
    for part in 1..=10 {
        eventually(async || Ok((app.count(updates).await? * 10 >= expected * part).then_some(())))
            .await?;
    }
    let mut left = i64::MAX;
    while left > 0 {
        left = eventually(async || {
            let now = app.count(live).await?;
            Ok((now < left).then_some(now))
        })
        .await?;
    }
    assert_eq!(app.count(updates).await?, expected);
    let dead = "SELECT count(*) AS count FROM jobs WHERE state = 'dead'";
    assert_eq!(app.count(dead).await?, 0);
    for person in 1..=PEOPLE {
        check(&app, person).await?;
    }
    for worker in workers {
        worker.kill().await?;
    }
    Ok(())
}
