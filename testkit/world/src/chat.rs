//! A person's chat with the bot, in the sandbox.

use anyhow::Context;
use serde_json::Value;
use testkit::eventually;

use crate::world::{BOT_TOKEN, World};

impl World {
    /// The chat of the person with this Telegram id.
    pub fn chat(&self, telegram_id: i64) -> Chat<'_> {
        Chat {
            world: self,
            telegram_id,
        }
    }
}

/// One person's side of the chat with the bot.
#[derive(Clone, Copy)]
pub struct Chat<'a> {
    world: &'a World,
    telegram_id: i64,
}

impl Chat<'_> {
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.world.http
    }

    pub(crate) fn telegram_id(&self) -> i64 {
        self.telegram_id
    }

    /// Where the bot of this world calls a method of the Bot API.
    pub fn bot_url(&self, method: &str) -> String {
        let base = &self.world.env["TELEGRAM_API_URL"];
        format!("{base}/bot{BOT_TOKEN}/{method}")
    }

    /// The address of a control call of the sandbox about this chat.
    pub fn url(&self, what: &str) -> String {
        self.world.outside(&format!(
            "/control/users/{}/{what}?token={BOT_TOKEN}",
            self.telegram_id
        ))
    }

    /// Sends a text.
    pub async fn says(&self, text: &str, language: &str) -> anyhow::Result<()> {
        let body = serde_json::json!({
            "text": text, "first_name": "Ann", "language_code": language, "consent": "ask",
        });
        let call = self.world.http.post(self.url("messages")).json(&body);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Sends a photo.
    pub async fn sends_photo(&self, photo: Vec<u8>, language: &str) -> anyhow::Result<()> {
        self.sends("photo", photo, language, None).await
    }

    /// Sends a photo with a caption.
    pub async fn sends_photo_saying(
        &self,
        photo: Vec<u8>,
        caption: &str,
        language: &str,
    ) -> anyhow::Result<()> {
        self.sends("photo", photo, language, Some(caption)).await
    }

    /// Sends any bytes as a file named like an image.
    pub async fn sends_file(&self, bytes: Vec<u8>, language: &str) -> anyhow::Result<()> {
        self.sends("document", bytes, language, None).await
    }

    async fn sends(
        &self,
        kind: &'static str,
        bytes: Vec<u8>,
        language: &str,
        caption: Option<&str>,
    ) -> anyhow::Result<()> {
        let part = reqwest::multipart::Part::bytes(bytes)
            .file_name("cup.png")
            .mime_str("image/png")?;
        let mut form = reqwest::multipart::Form::new()
            .text("first_name", "Ann")
            .text("consent", "ask")
            .text("language_code", language.to_owned())
            .part(kind, part);
        if let Some(caption) = caption {
            form = form.text("caption", caption.to_owned());
        }
        let call = self.world.http.post(self.url("messages")).multipart(form);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// Presses the button under the bot's last message.
    pub async fn presses(&self) -> anyhow::Result<()> {
        let call = self.http().get(self.url("messages")).send().await?;
        let answer: Value = call.error_for_status()?.json().await?;
        let messages = answer["messages"]
            .as_array()
            .context("no list of messages")?;
        let with = messages
            .iter()
            .rfind(|message| !message["buttons"][0].is_null());
        let under = with.context("no message with a button")?;
        let body = serde_json::json!({
            "message_id": under["message_id"], "data": under["buttons"][0][0]["callback_data"],
        });
        let call = self.http().post(self.url("callbacks")).json(&body);
        call.send().await?.error_for_status()?;
        Ok(())
    }

    /// The texts of the bot's messages, oldest first, after edits; of a picture what stands beneath it.
    pub async fn bot_texts(&self) -> anyhow::Result<Vec<String>> {
        let call = self
            .world
            .http
            .get(self.url("messages"))
            .send()
            .await?
            .error_for_status()?;
        let answer: Value = call.json().await?;
        let messages = answer["messages"]
            .as_array()
            .context("no list of messages")?
            .clone();
        let of_bot = messages.iter().filter(|message| message["sender"] == "bot");
        Ok(of_bot
            .filter_map(|message| {
                let text = message["caption"].as_str().or(message["text"].as_str());
                Some(text?.to_owned())
            })
            .collect())
    }

    /// The newest message of the bot, as the sandbox shows it.
    pub async fn last(&self) -> anyhow::Result<Value> {
        let call = self.http().get(self.url("messages")).send().await?;
        let answer: Value = call.error_for_status()?.json().await?;
        let messages = answer["messages"].as_array();
        let of_bot = messages
            .into_iter()
            .flatten()
            .rfind(|message| message["sender"] == "bot");
        of_bot.cloned().context("the bot has sent nothing")
    }

    /// Another program sends this by the bot's token; returns the id of the message.
    pub async fn sent_by_bot(&self, text: &str) -> anyhow::Result<i64> {
        let body = serde_json::json!({ "chat_id": self.telegram_id, "text": text });
        let call = self.http().post(self.bot_url("sendMessage")).json(&body);
        let answer: Value = call.send().await?.error_for_status()?.json().await?;
        answer["result"]["message_id"].as_i64().context("no id")
    }

    /// Waits for a text of the bot that `accepts` returns true for.
    pub async fn waits_for(&self, accepts: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        let found = eventually(async || {
            let texts = self.bot_texts().await?;
            Ok(texts.into_iter().find(|text| accepts(text)))
        });
        match found.await {
            Ok(text) => Ok(text),
            Err(why) => Err(why.context(format!("the bot has sent {:?}", self.bot_texts().await?))),
        }
    }

    /// Valid `initData` of a Mini App that this person has just opened.
    pub async fn init_data(&self) -> anyhow::Result<String> {
        self.init_data_with("").await
    }

    /// The same with more parameters of the sandbox, such as `&auth_date=1`.
    pub async fn init_data_with(&self, more: &str) -> anyhow::Result<String> {
        let url = format!("{}{more}", self.url("init-data"));
        let answer: Value = self
            .world
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(answer["init_data"]
            .as_str()
            .context("no init_data")?
            .to_owned())
    }

    /// Id and text of all drafts that were shown in this chat, oldest first.
    pub async fn drafts(&self) -> anyhow::Result<Vec<(i64, String)>> {
        let call = self.http().get(self.url("drafts")).send().await?;
        let answer: Value = call.error_for_status()?.json().await?;
        let drafts = answer["drafts"].as_array().context("no list of drafts")?;
        let read = |draft: &Value| {
            let id = draft["draft_id"].as_i64().context("no id")?;
            let text = draft["text"].as_str().context("no text")?;
            Ok((id, text.to_owned()))
        };
        drafts.iter().map(read).collect()
    }
}
