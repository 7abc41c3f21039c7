//! One conversation: what the person does, and what the bot answers, as a text.

use std::path::PathBuf;

use anyhow::Context;
use bot::moments;
use chrono::{Days, NaiveTime, Utc};
use kernel::Language;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::drawn_cup;
use world::{BOT_TOKEN, TestApp};

const PERSON: i64 = 7;

/// Jobs of persons that run or are about to.
const DUE: &str =
    "SELECT count(*) AS count FROM jobs WHERE subject_id IS NOT NULL AND (state = 'running'
    OR state = 'queued' AND run_at < now() + interval '5 seconds')";

/// What an announcement says in the end. A reading that was there before its announcement could be sent has none,
/// so the conversations leave it out.
const ANNOUNCED: [&str; 3] = [
    "☕ Done: see below.",
    "☕ Готово — смотрите ниже.",
    "☕ 好了，请看下面。",
];

/// A conversation in one language.
pub(super) struct Talk<'a> {
    pub app: &'a TestApp,
    language: Language,
    written: String,
    /// The bot's messages as they were read last.
    seen: Vec<(i64, String)>,
}

impl<'a> Talk<'a> {
    pub(super) fn new(app: &'a TestApp, language: Language) -> Self {
        let (written, seen) = (String::new(), Vec::new());
        Self {
            app,
            language,
            written,
            seen,
        }
    }

    /// The words of the conversation's language, of English, Russian and Chinese.
    pub(super) fn own<'w>(&self, [en, ru, zh]: [&'w str; 3]) -> &'w str {
        match self.language {
            Language::En => en,
            Language::Ru => ru,
            Language::Zh => zh,
        }
    }

    pub(super) async fn writes_in(&mut self, words: [&str; 3]) -> anyhow::Result<()> {
        self.writes(self.own(words)).await
    }

    pub(super) async fn writes(&mut self, text: &str) -> anyhow::Result<()> {
        let chat = self.app.world.chat(PERSON);
        chat.says(text, self.language.code()).await?;
        self.note("Ann", text);
        self.note_answers().await
    }

    /// The person sends a photo, with these words or none.
    pub(super) async fn sends_a_cup(&mut self, words: &str) -> anyhow::Result<()> {
        let (chat, language) = (self.app.world.chat(PERSON), self.language.code());
        match words {
            "" => chat.sends_photo(drawn_cup(1), language).await?,
            _ => {
                chat.sends_photo_saying(drawn_cup(1), words, language)
                    .await?
            }
        }
        self.note("Ann", format!("(a photo) {words}").trim());
        self.note_answers().await
    }

    /// The person presses the newest button whose data begins so.
    pub(super) async fn presses(&mut self, data: &str) -> anyhow::Result<()> {
        let is_right = |button: &Value| {
            let own = button["callback_data"].as_str();
            own.is_some_and(|own| own.starts_with(data))
        };
        let (message_id, button) = self.button(is_right).await.context(data.to_owned())?;
        let body = json!({ "message_id": message_id, "data": button["callback_data"] });
        let url = self.app.world.chat(PERSON).url("callbacks");
        let call = self.app.world.http.post(url).json(&body);
        call.send().await?.error_for_status()?;
        self.note("Ann", &name_of(&button));
        self.note_answers().await
    }

    /// The person pays the newest invoice; returns Telegram's number of the charge.
    pub(super) async fn pays(&mut self) -> anyhow::Result<String> {
        let (_, button) = self.button(|button| button["url"].is_string()).await?;
        let link = button["url"].as_str().unwrap_or_default();
        let charge = self.app.world.chat(PERSON).pays(link).await?;
        let charge = charge.map_err(anyhow::Error::msg)?;
        self.note("Ann", &format!("{} (and pays)", name_of(&button)));
        self.note_answers().await?;
        Ok(charge)
    }

    /// Something happens outside of the chat.
    pub(super) async fn meanwhile(
        &mut self,
        what: &str,
        event: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        event.await?;
        self.note("", &format!("({what})"));
        self.note_answers().await
    }

    /// Compares the conversation with its file, or writes it.
    pub(super) fn ends(self, name: &str) -> anyhow::Result<()> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/conversations");
        let path = PathBuf::from(folder).join(format!("{name}.{}.txt", self.language.code()));
        if std::env::var_os("WRITE_CONVERSATIONS").is_some() {
            return Ok(std::fs::write(path, self.written)?);
        }
        let known = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        assert_eq!(self.written, known, "{}", path.display());
        Ok(())
    }

    /// The newest button that is right, and the id of its message.
    async fn button(&self, is_right: impl Fn(&Value) -> bool) -> anyhow::Result<(i64, Value)> {
        for message in self.app.world.chat(PERSON).messages().await?.iter().rev() {
            let found = buttons(message)
                .into_iter()
                .flatten()
                .find(|one| is_right(one));
            if let Some(button) = found {
                return Ok((
                    message["message_id"].as_i64().context("no id")?,
                    button.clone(),
                ));
            }
        }
        anyhow::bail!("there is no such button:\n{}", self.written)
    }

    /// Waits until nothing is on its way, and notes what the bot has written or changed.
    async fn note_answers(&mut self) -> anyhow::Result<()> {
        let app = self.app;
        eventually(async || {
            let bots = app.world.http.get(app.world.outside("/control/bots"));
            let bots: Value = bots.send().await?.json().await?;
            let mut all = bots["bots"].as_array().into_iter().flatten();
            let own = all.find(|bot| bot["token"] == BOT_TOKEN);
            let is_quiet = own.is_some_and(|bot| bot["pending_update_count"] == 0);
            Ok((is_quiet && app.count(DUE).await? == 0).then_some(()))
        })
        .await?;
        for message in app.world.chat(PERSON).messages().await? {
            let is_announcement = ANNOUNCED.iter().any(|text| message["text"] == *text);
            if message["sender"] != "bot" || is_announcement {
                continue;
            }
            let id = message["message_id"].as_i64().context("no id")?;
            let text = without_days(&shown(&message), self.language);
            let known = self.seen.iter_mut().find(|(seen, _)| *seen == id);
            let (who, is_new) = match known {
                Some((_, known)) => ("bot*", std::mem::replace(known, text.clone()) != text),
                None => {
                    self.seen.push((id, text.clone()));
                    ("bot", true)
                }
            };
            if is_new {
                self.note(who, &text);
            }
        }
        Ok(())
    }

    /// Writes who does what; `bot*` changes a message.
    fn note(&mut self, who: &str, text: &str) {
        for (at, line) in text.lines().enumerate() {
            let who = if at == 0 { who } else { "" };
            self.written += format!("{who:<6}{line}").trim_end();
            self.written += "\n";
        }
        self.written += "\n";
    }
}

fn buttons(message: &Value) -> Vec<Vec<&Value>> {
    let rows = message["buttons"].as_array().into_iter().flatten();
    rows.map(|row| row.as_array().into_iter().flatten().collect())
        .collect()
}

fn name_of(button: &Value) -> String {
    format!("[{}]", button["text"].as_str().unwrap_or_default())
}

/// A message as a person sees it, with its buttons beneath.
fn shown(message: &Value) -> String {
    let parts = [&message["text"], &message["caption"]];
    let text = parts
        .iter()
        .filter_map(|part| part.as_str())
        .find(|text| !text.is_empty());
    let mut shown = text.unwrap_or_default().to_owned();
    if message["photo_url"].is_string() {
        shown = format!("(a picture)\n{shown}");
    }
    for row in buttons(message) {
        let names: Vec<String> = row.into_iter().map(name_of).collect();
        shown += &format!("\n{}", names.join(" "));
    }
    shown
}

/// The text as on every day: without the days and midnights of the next months, and without the clock of today.
fn without_days(text: &str, language: Language) -> String {
    let now = Utc::now().naive_utc();
    let days = (0..70).filter_map(|day| now.date().pred_opt()?.checked_add_days(Days::new(day)));
    let mut masked: Vec<(String, &str)> = Vec::new();
    for day in days {
        let midnight = moments::moment(day.and_time(NaiveTime::MIN), now, language);
        masked.push((midnight, "{midnight}"));
        let with_year = match language {
            Language::En => "%-d %B %Y",
            Language::Ru => "%d.%m.%Y",
            Language::Zh => "%Y年%-m月%-d日",
        };
        masked.push((day.format(with_year).to_string(), "{day}"));
        masked.push((moments::day(day, language), "{day}"));
    }
    // The longer first: "1 May" is the end of "11 May".
    masked.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let mut text = text.to_owned();
    for (name, instead) in masked {
        text = text.replace(&name, instead);
    }
    let clock = moments::moment(now, now, language);
    let today = clock.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
    match text.split_once(today) {
        Some((before, after)) if after.is_char_boundary("00:00".len()) => {
            format!("{before}{{now}}{}", &after["00:00".len()..])
        }
        _ => text,
    }
}
