//! Messages that a person sends from the Mini App. Source:
//! <https://core.telegram.org/bots/api#savepreparedinlinemessage>.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::telegram::{Telegram, failed};
use super::{PhotoMessage, Prepared};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// `PreparedInlineMessage`.
#[derive(Deserialize)]
struct Stored {
    id: String,
    /// Seconds since 1970.
    expiration_date: i64,
}

impl Telegram {
    pub(super) async fn prepare(
        &self,
        telegram_id: i64,
        message: &PhotoMessage,
    ) -> Result<Prepared, ProviderError> {
        let button = self.button(&message.button).await?;
        let body = json!({
            "user_id": telegram_id,
            "result": {
                "type": "photo", "id": "card", "photo_url": message.url, "thumbnail_url": message.url,
                "caption": message.caption, "reply_markup": { "inline_keyboard": [[button]] },
            },
            "allow_user_chats": true, "allow_group_chats": true, "allow_channel_chats": true,
        });
        let stored: Stored = self.call("savePreparedInlineMessage", &body).await?;
        let expires_at: Option<DateTime<Utc>> =
            DateTime::from_timestamp_secs(stored.expiration_date);
        let no_time = || failed(Kind::Protocol, "expiration_date is no time");
        Ok(Prepared {
            id: stored.id,
            expires_at: expires_at.ok_or_else(no_time)?,
        })
    }
}
