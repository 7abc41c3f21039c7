//! The Bot API methods. `METHODS` is the list of what is spoken, `run` finds the function.
//! Called by `door`.

mod bot;
mod draft;
mod edit;
mod payments;
mod send;
mod updates;

use std::sync::Arc;

use serde_json::Value;

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
    "sendMessageDraft",
    "sendChatAction",
    "editMessageText",
    "editMessageReplyMarkup",
    "deleteMessage",
    "getFile",
    "answerCallbackQuery",
    "setMyCommands",
    "getMyCommands",
    "deleteMyCommands",
    "getChat",
    "createInvoiceLink",
    "answerPreCheckoutQuery",
    "refundStarPayment",
];

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
        "sendPhoto" => send::photo(&call).await,
        "sendMessageDraft" => draft::show(&call),
        "sendChatAction" => bot::send_chat_action(&call),
        "editMessageText" => edit::text(&call),
        "editMessageReplyMarkup" => edit::reply_markup(&call),
        "deleteMessage" => edit::delete(&call),
        "getFile" => bot::get_file(&call),
        "answerCallbackQuery" => bot::answer_callback_query(&call),
        "setMyCommands" => bot::set_my_commands(&call),
        "getMyCommands" => bot::get_my_commands(&call),
        "deleteMyCommands" => bot::delete_my_commands(&call),
        "getChat" => bot::get_chat(&call),
        "createInvoiceLink" => payments::create_invoice_link(&call),
        "answerPreCheckoutQuery" => payments::answer_pre_checkout_query(&call),
        "refundStarPayment" => payments::refund_star_payment(&call),
        _ => Err(ApiError::new(404, "Not Found")),
    }
}

impl Call<'_> {
    /// Does something to the chat named by `chat_id`.
    fn in_chat<T>(
        &self,
        work: impl FnOnce(&mut Chat) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let id = self
            .form
            .text("chat_id")
            .ok_or_else(|| ApiError::bad("chat_id is empty"))?;
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
}
