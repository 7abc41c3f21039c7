//! The Bot API methods. `METHODS` is the list of what is spoken, `run` finds the function.
//! Called by `door`.

mod bot;
mod chat;
mod copy;
mod draft;
mod edit;
mod files;
mod media;
mod payments;
mod prepared;
mod profile;
mod send;
mod updates;

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::ApiError;
use super::model::{Bot, Chat};
use crate::http::Form;
use crate::vendors::telegram::Telegram;

/// Every method spoken, in Telegram's spelling.
pub const METHODS: &[&str] = &[
    "getMe",
    "setWebhook",
    "getWebhookInfo",
    "deleteWebhook",
    "getUpdates",
    "sendMessage",
    "sendPhoto",
    "sendDocument",
    "sendSticker",
    "sendVoice",
    "sendAudio",
    "sendVideo",
    "sendVideoNote",
    "sendAnimation",
    "sendMediaGroup",
    "sendLocation",
    "sendContact",
    "sendInvoice",
    "sendMessageDraft",
    "sendChatAction",
    "forwardMessage",
    "copyMessage",
    "setMessageReaction",
    "editMessageText",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "deleteMessage",
    "deleteMessages",
    "getFile",
    "getUserProfilePhotos",
    "answerCallbackQuery",
    "setMyCommands",
    "getMyCommands",
    "deleteMyCommands",
    "setMyName",
    "getMyName",
    "setMyDescription",
    "getMyDescription",
    "setMyShortDescription",
    "getMyShortDescription",
    "setChatMenuButton",
    "getChatMenuButton",
    "getChat",
    "getChatMember",
    "leaveChat",
    "createInvoiceLink",
    "answerPreCheckoutQuery",
    "refundStarPayment",
    "getStarTransactions",
    "getMyStarBalance",
    "editUserStarSubscription",
    "savePreparedInlineMessage",
];

pub use prepared::{card, message as prepared_message};

/// What a method is called with.
pub struct Call<'a> {
    /// Everything there is.
    pub telegram: &'a Arc<Telegram>,
    /// The bot.
    pub token: &'a str,
    /// Its fields.
    pub form: Form,
}

/// What a method gives: `result`, or a refusal.
pub type Outcome = Result<Value, ApiError>;

/// Runs one method of `METHODS`.
pub async fn run(telegram: &Arc<Telegram>, token: &str, method: &str, form: Form) -> Outcome {
    let call = Call {
        telegram,
        token,
        form,
    };
    match method {
        "getMe" => bot::get_me(&call),
        "setWebhook" => updates::set_webhook(&call),
        "getWebhookInfo" => updates::get_webhook_info(&call),
        "deleteWebhook" => updates::delete_webhook(&call),
        "getUpdates" => updates::get_updates(&call).await,
        "sendMessage" => send::message(&call),
        "sendPhoto" => media::photo(&call).await,
        "sendDocument" => media::file(&call, "document").await,
        "sendSticker" => media::file(&call, "sticker").await,
        "sendVoice" => media::file(&call, "voice").await,
        "sendAudio" => media::file(&call, "audio").await,
        "sendVideo" => media::file(&call, "video").await,
        "sendVideoNote" => media::file(&call, "video_note").await,
        "sendAnimation" => media::file(&call, "animation").await,
        "sendMediaGroup" => media::group(&call).await,
        "sendLocation" => media::location(&call),
        "sendContact" => media::contact(&call),
        "sendInvoice" => payments::send_invoice(&call),
        "sendMessageDraft" => draft::show(&call),
        "sendChatAction" => bot::send_chat_action(&call),
        "forwardMessage" => copy::forward(&call),
        "copyMessage" => copy::copy(&call),
        "setMessageReaction" => chat::set_message_reaction(&call),
        "editMessageText" => edit::text(&call),
        "editMessageCaption" => edit::caption(&call),
        "editMessageMedia" => edit::media(&call).await,
        "editMessageReplyMarkup" => edit::reply_markup(&call),
        "deleteMessage" => edit::delete(&call),
        "deleteMessages" => edit::delete_many(&call),
        "getFile" => bot::get_file(&call),
        "getUserProfilePhotos" => Ok(json!({ "total_count": 0, "photos": [] })),
        "answerCallbackQuery" => bot::answer_callback_query(&call),
        "setMyCommands" => profile::set_commands(&call),
        "getMyCommands" => profile::get_commands(&call),
        "deleteMyCommands" => profile::delete_commands(&call),
        "setMyName" => profile::set_text(&call, "name", 64),
        "getMyName" => profile::get_text(&call, "name"),
        "setMyDescription" => profile::set_text(&call, "description", 512),
        "getMyDescription" => profile::get_text(&call, "description"),
        "setMyShortDescription" => profile::set_text(&call, "short_description", 120),
        "getMyShortDescription" => profile::get_text(&call, "short_description"),
        "setChatMenuButton" => profile::set_button(&call),
        "getChatMenuButton" => profile::get_button(&call),
        "getChat" => chat::get_chat(&call),
        "getChatMember" => chat::get_chat_member(&call),
        "leaveChat" => chat::leave(&call),
        "createInvoiceLink" => payments::create_invoice_link(&call),
        "answerPreCheckoutQuery" => payments::answer_pre_checkout_query(&call),
        "refundStarPayment" => payments::refund_star_payment(&call),
        "getStarTransactions" => payments::get_star_transactions(&call),
        "getMyStarBalance" => payments::get_my_star_balance(&call),
        "editUserStarSubscription" => payments::edit_user_star_subscription(&call),
        "savePreparedInlineMessage" => prepared::save(&call),
        _ => Err(ApiError::new(404, "Not Found")),
    }
}

impl Call<'_> {
    /// Does something to the chat named by `chat_id`, if the bot may write there.
    fn in_chat<T>(
        &self,
        work: impl FnOnce(&mut Chat) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        self.at_chat("chat_id", |chat| {
            let moved = chat.group.as_ref().and_then(|group| group.migrated_to);
            if let Some(id) = moved {
                return Err(ApiError {
                    parameters: json!({ "migrate_to_chat_id": id }),
                    ..ApiError::bad("group chat was upgraded to a supergroup chat")
                });
            }
            match chat.shut() {
                Some(why) => Err(ApiError::new(403, why)),
                None => work(chat),
            }
        })
    }

    /// Does something to the chat named by a field, whether or not the bot may write there.
    fn at_chat<T>(
        &self,
        field: &str,
        work: impl FnOnce(&mut Chat) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let id = self.form.text(field);
        let id = id.ok_or_else(|| ApiError::bad(format!("{field} is empty")))?;
        self.with_bot(|bot| {
            // A bot cannot write first: the chat is there once its person has written.
            let chat = id
                .trim()
                .parse()
                .ok()
                .and_then(|id: i64| bot.chats.get_mut(&id));
            work(chat.ok_or_else(|| ApiError::bad("chat not found"))?)
        })
    }

    /// Does something to the bot.
    fn with_bot<T>(&self, work: impl FnOnce(&mut Bot) -> T) -> T {
        work(self.telegram.state().bot(self.token))
    }

    /// The same call with other fields.
    fn with(&self, form: Form) -> Call<'_> {
        Call {
            telegram: self.telegram,
            token: self.token,
            form,
        }
    }
}
