//! Buttons under messages of Telegram, and the links that they open. Source:
//! <https://core.telegram.org/bots/api#inlinekeyboardbutton>, <https://core.telegram.org/api/links>.

use serde_json::{Value, json};
use url::Url;

use super::telegram::{Telegram, failed};
use super::{Action, Button, Keyboard, start_link};
use crate::{ProviderError, ProviderErrorKind as Kind};

impl Telegram {
    /// The address that opens the chat with the bot.
    async fn link(&self, argument: &str) -> Result<String, ProviderError> {
        Ok(start_link(self.own_name().await?, argument))
    }

    /// The keyboard of a message in a chat. Ids of groups are negative, and Telegram refuses buttons of apps there.
    pub(super) async fn markup(
        &self,
        chat_id: i64,
        keyboard: &Keyboard,
    ) -> Result<Value, ProviderError> {
        let is_taken =
            |button: &&Button| chat_id > 0 || !matches!(button.action, Action::OpenApp(_));
        let mut rows = Vec::new();
        for row in keyboard {
            let mut buttons = Vec::new();
            for button in row.iter().filter(is_taken) {
                buttons.push(self.button(button).await?);
            }
            if !buttons.is_empty() {
                rows.push(buttons);
            }
        }
        Ok(json!({ "inline_keyboard": rows }))
    }

    pub(super) async fn button(
        &self,
        Button { text, action }: &Button,
    ) -> Result<Value, ProviderError> {
        Ok(match action {
            Action::Press(data) => json!({ "text": text, "callback_data": data }),
            Action::Open(url) => json!({ "text": text, "url": url }),
            Action::OpenApp(url) => json!({ "text": text, "web_app": { "url": url } }),
            Action::Start(argument) => json!({ "text": text, "url": self.link(argument).await? }),
            Action::Share {
                argument,
                text: words,
            } => json!({ "text": text, "url": share(&self.link(argument).await?, words)? }),
        })
    }
}

/// The address at which Telegram's apps ask to whom a link is to be sent.
fn share(link: &str, text: &str) -> Result<String, ProviderError> {
    let parts = [("url", link), ("text", text)];
    let url = Url::parse_with_params("https://t.me/share/url", parts);
    let url = url.map_err(|why| failed(Kind::Protocol, why.to_string()))?;
    Ok(url.into())
}
