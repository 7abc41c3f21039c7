//! Many people who write at once, and what each of them should find in their chat afterwards.

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use testkit::pictures::drawn_cup;

use crate::world::World;

/// What one person sends, besides a photo before and after.
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

const PHOTOS: usize = 2;

/// How many people write at the same moment.
const AT_ONCE: usize = 16;

/// People with Telegram ids in a row.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// The Telegram id of the first.
    pub first: i64,
    pub people: i64,
}

impl Crowd {
    /// The updates of one person.
    pub const EACH: usize = MESSAGES.len() + PHOTOS;

    /// The updates that the bot remembers: what Telegram reports by itself is not.
    pub fn remembered(self) -> i64 {
        self.people * (ANSWERS.len() + PHOTOS) as i64
    }

    /// SQL that counts their jobs which are not done, without those that look after a minute whether a reading still
    /// takes longer.
    pub fn unfinished(self) -> String {
        format!(
            "SELECT count(*) AS count FROM jobs JOIN users ON users.id = jobs.subject_id
             WHERE telegram_id BETWEEN {} AND {} AND jobs.state <> 'done'
               AND kind <> 'notifications.tell_delay.v1'",
            self.first,
            self.first + self.people - 1
        )
    }

    /// Everyone sends everything. Telegram orders, doubles and delays it as its faults say.
    ///
    /// # Errors
    /// Those of the sandbox.
    pub async fn acts(self, world: &World) -> anyhow::Result<()> {
        let people = stream::iter(self.ids()).map(|person| acts(world, person));
        people.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Compares each chat with what it should be: an answer to each message, and to each photo its reading.
    ///
    /// # Errors
    /// The first chat that is not so, or those of the sandbox.
    pub async fn has_its_answers(self, world: &World) -> anyhow::Result<()> {
        let people = stream::iter(self.ids()).map(|person| has_answers(world, person));
        people.buffer_unordered(AT_ONCE).try_collect().await
    }

    fn ids(self) -> std::ops::Range<i64> {
        self.first..self.first + self.people
    }
}

async fn acts(world: &World, person: i64) -> anyhow::Result<()> {
    let chat = world.chat(person);
    chat.sends_photo(drawn_cup(1), "en").await?;
    for message in MESSAGES {
        let mut body: Value = serde_json::from_str(message)?;
        body["first_name"] = json!("Ann");
        body["language_code"] = json!("en");
        let call = world.http.post(chat.url("messages")).json(&body);
        call.send().await?.error_for_status()?;
    }
    chat.sends_photo(drawn_cup(2), "en").await
}

async fn has_answers(world: &World, person: i64) -> anyhow::Result<()> {
    let messages = world.chat(person).messages().await?;
    are_answered(&messages).with_context(|| format!("{person}: {messages:#?}"))
}

fn are_answered(messages: &[Value]) -> anyhow::Result<()> {
    let (of_bot, own): (Vec<&Value>, Vec<&Value>) = messages
        .iter()
        .partition(|message| message["sender"] == "bot");
    let photos: Vec<&Value> = (own.into_iter())
        .filter(|message| message["photo_url"].is_string())
        .collect();
    ensure!(photos.len() == PHOTOS, "{} photos", photos.len());
    for photo in photos {
        let answers = of_bot
            .iter()
            .filter(|one| one["reply_to_message_id"] == photo["message_id"]);
        let (readings, others): (Vec<&&Value>, Vec<&&Value>) =
            answers.partition(|one| one["buttons"].to_string().contains("rate:"));
        ensure!(readings.len() == 1, "{} readings", readings.len());
        // A reading that is there before its announcement could be sent needs none.
        ensure!(others.len() <= 1, "{} announcements", others.len());
    }
    let others: Vec<&str> = (of_bot.iter())
        .filter(|message| message["reply_to_message_id"].is_null())
        .filter_map(|message| message["text"].as_str())
        .collect();
    ensure!(others.len() == ANSWERS.len(), "{others:#?}");
    for answer in ANSWERS {
        let found = others.iter().filter(|text| text.contains(answer)).count();
        ensure!(found == 1, "{answer}: {others:#?}");
    }
    Ok(())
}
