//! Pages of the bot in a person's chat: messages with buttons, which a press turns into others.

use anyhow::Context;
use serde_json::{Value, json};
use testkit::eventually;

use crate::TestApp;
use crate::chat::Chat;

/// A message of the bot with buttons.
#[derive(Clone, Debug)]
pub struct Page {
    pub message_id: i64,
    pub text: String,
    /// What each button sends back, or the address that it opens.
    pub buttons: Vec<String>,
}

impl Page {
    /// The address of a button that opens one.
    pub fn address(&self) -> anyhow::Result<&str> {
        let mut buttons = self.buttons.iter();
        let address = buttons.find(|button| button.starts_with("http"));
        address.map(String::as_str).context("no address")
    }

    /// Whether a button sends this back.
    pub fn leads_to(&self, data: &str) -> bool {
        self.buttons.iter().any(|button| button == data)
    }
}

impl Chat<'_> {
    /// All messages of the bot with buttons, the oldest first.
    pub async fn pages(&self) -> anyhow::Result<Vec<Page>> {
        let call = self.http().get(self.url("messages")).send().await?;
        let answer: Value = call.error_for_status()?.json().await?;
        let messages = answer["messages"]
            .as_array()
            .context("no messages")?
            .clone();
        Ok(messages.iter().filter_map(page).collect())
    }

    /// Waits for a page of this text.
    pub async fn page(&self, text: &str) -> anyhow::Result<Page> {
        let found = eventually(async || {
            let mut pages = self.pages().await?.into_iter().rev();
            Ok(pages.find(|page| page.text.contains(text)))
        });
        match found.await {
            Ok(page) => Ok(page),
            Err(why) => Err(why.context(format!("{text}: {:?}", self.bot_texts().await?))),
        }
    }

    /// Presses the newest button that sends this back, and waits for a page of this text.
    pub async fn turns(&self, data: &str, text: &str) -> anyhow::Result<Page> {
        let mut pages = self.pages().await?.into_iter().rev();
        let under = pages.find(|page| page.leads_to(data));
        let under = under.with_context(|| format!("no button {data}"))?;
        self.presses_under(under.message_id, data).await?;
        self.page(text).await
    }
}

fn page(message: &Value) -> Option<Page> {
    let rows = message["buttons"].as_array()?.iter();
    let buttons = rows.flat_map(|row| row.as_array().into_iter().flatten());
    let leads = |button: &Value| {
        let data = button["callback_data"].as_str().or(button["url"].as_str());
        data.map(str::to_owned)
    };
    let buttons: Vec<String> = buttons.filter_map(leads).collect();
    (message["sender"] == "bot" && !buttons.is_empty()).then_some(Page {
        message_id: message["message_id"].as_i64()?,
        text: message["text"].as_str()?.to_owned(),
        buttons,
    })
}

impl TestApp {
    /// A press of person 7 on a button that no message has any more.
    pub async fn presses_an_old_button(&self, update_id: i64, data: &str) -> anyhow::Result<()> {
        self.presses_an_old_button_under(update_id, data, 1).await
    }

    /// The same under this message.
    pub async fn presses_an_old_button_under(
        &self,
        update_id: i64,
        data: &str,
        message_id: i64,
    ) -> anyhow::Result<()> {
        let update = json!({ "update_id": update_id, "callback_query": {
            "id": update_id.to_string(), "data": data, "chat_instance": "1",
            "from": { "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" },
            "message": { "message_id": message_id, "date": 1_760_000_000,
                "chat": { "id": 7, "type": "private", "first_name": "Ann" } },
        } });
        anyhow::ensure!(self.post_update(&update).await?.status == 200);
        Ok(())
    }
}
