//! The talk in a person's chat: messages with their buttons, and what is done to them.

use anyhow::Context;
use serde_json::{Value, json};
use testkit::eventually;

use crate::app::TestApp;
use crate::chat::Chat;

impl Chat<'_> {
    /// All messages of the chat as the sandbox has them, oldest first.
    pub async fn messages(&self) -> anyhow::Result<Vec<Value>> {
        let call = self.http().get(self.url("messages")).send().await?;
        let answer: Value = call.error_for_status()?.json().await?;
        let messages = answer["messages"].as_array();
        Ok(messages.context("no list of messages")?.clone())
    }

    /// Waits for a button whose data begins so, the newest if there are several: its message, and its data.
    pub async fn button(&self, data: &str) -> anyhow::Result<(i64, String)> {
        let found = eventually(async || {
            let messages = self.messages().await?;
            let mut buttons = messages.iter().rev().flat_map(|message| {
                let id = message["message_id"].as_i64().unwrap_or_default();
                let rows = message["buttons"].as_array().into_iter().flatten();
                let buttons = rows.flat_map(|row| row.as_array().into_iter().flatten());
                buttons.filter_map(move |one| Some((id, one["callback_data"].as_str()?.to_owned())))
            });
            Ok(buttons.find(|(_, own)| own.starts_with(data)))
        });
        match found.await {
            Ok(button) => Ok(button),
            Err(why) => Err(why.context(format!("no {data} in {:?}", self.messages().await?))),
        }
    }

    /// Waits for a button whose data begins so, and presses it.
    pub async fn presses_on(&self, data: &str) -> anyhow::Result<()> {
        let (message_id, data) = self.button(data).await?;
        self.presses_under(message_id, &data).await
    }

    /// Presses the button of this data under a message.
    pub async fn presses_under(&self, message_id: i64, data: &str) -> anyhow::Result<()> {
        let body = json!({ "message_id": message_id, "data": data });
        let call = self.http().post(self.url("callbacks")).json(&body);
        call.send().await?.error_for_status()?;
        Ok(())
    }
}

impl TestApp {
    /// An update of person 7, whose chat with the bot has the same id: a kind, and its content besides the
    /// person and the chat.
    pub async fn update(&self, id: i64, kind: &str, content: Value) -> anyhow::Result<()> {
        let person =
            json!({ "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" });
        let mut content = content;
        let who = if kind == "message_reaction" {
            "user"
        } else {
            "from"
        };
        content[who] = person;
        content["chat"] = json!({ "id": 7, "type": "private", "first_name": "Ann" });
        content["date"] = json!(1_760_000_000);
        let answer = self
            .post_update(&json!({ "update_id": id, kind: content }))
            .await?;
        anyhow::ensure!(answer.status == 200, "{answer:?}");
        Ok(())
    }
}
