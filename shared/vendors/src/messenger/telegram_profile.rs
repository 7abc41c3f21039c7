//! The profile of a bot of Telegram. Each of its parts is read before it is written: Telegram limits how often it
//! may be written. Source: <https://core.telegram.org/bots/api#setmycommands>.

use kernel::Language;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use url::Url;

use super::telegram::Telegram;
use super::{BotCommand, BotProfile};
use crate::ProviderError;

/// A part of the profile: how it is read and written, and its field.
struct Part {
    get: &'static str,
    set: &'static str,
    field: &'static str,
}

const NAME: Part = Part {
    get: "getMyName",
    set: "setMyName",
    field: "name",
};
const DESCRIPTION: Part = Part {
    get: "getMyDescription",
    set: "setMyDescription",
    field: "description",
};
const SHORT_DESCRIPTION: Part = Part {
    get: "getMyShortDescription",
    set: "setMyShortDescription",
    field: "short_description",
};

impl Telegram {
    pub(super) async fn set_profile(&self, profile: &BotProfile) -> Result<(), ProviderError> {
        let language = profile.language;
        self.set_commands(language, &profile.commands).await?;
        let short = &profile.short_description;
        self.set_text(language, DESCRIPTION, &profile.description)
            .await?;
        self.set_text(language, SHORT_DESCRIPTION, short).await?;
        match &profile.name {
            Some(name) => self.set_text(language, NAME, name).await,
            None => Ok(()),
        }
    }

    async fn set_commands(
        &self,
        language: Language,
        commands: &[BotCommand],
    ) -> Result<(), ProviderError> {
        let mut body =
            json!({ "scope": { "type": "all_private_chats" }, "language_code": code(language) });
        let known: Value = self.call("getMyCommands", &body).await?;
        let line =
            |one: &BotCommand| json!({ "command": one.name, "description": one.description });
        let wanted: Value = commands.iter().map(line).collect();
        if known == wanted {
            return Ok(());
        }
        body["commands"] = wanted;
        self.write("setMyCommands", &body).await
    }

    async fn set_text(
        &self,
        language: Language,
        part: Part,
        text: &str,
    ) -> Result<(), ProviderError> {
        let mut body = json!({ "language_code": code(language) });
        let known: Value = self.call(part.get, &body).await?;
        if known[part.field] == text {
            return Ok(());
        }
        body[part.field] = json!(text);
        self.write(part.set, &body).await
    }

    pub(super) async fn set_menu_button(&self, text: &str, app: &Url) -> Result<(), ProviderError> {
        let wanted = json!({ "type": "web_app", "text": text, "web_app": { "url": app } });
        let known: Value = self.call("getChatMenuButton", &json!({})).await?;
        if known == wanted {
            return Ok(());
        }
        let body = json!({ "menu_button": wanted });
        self.write("setChatMenuButton", &body).await
    }

    async fn write(&self, method: &str, body: &Value) -> Result<(), ProviderError> {
        self.call::<IgnoredAny>(method, body).await.map(|_| ())
    }
}

/// Without a code it is for all languages that have none of their own.
fn code(language: Language) -> &'static str {
    match language {
        Language::En => "",
        other => other.code(),
    }
}
