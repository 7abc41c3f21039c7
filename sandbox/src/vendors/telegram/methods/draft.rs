//! Messages that the bot is still writing (Bot API 9.3). The refusals and their order are those that
//! Telegram gives: the markup is read before the chat is looked at.

use super::{Call, Outcome, send};
use crate::vendors::telegram::entities::{MAX_TEXT, units};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;

pub(super) fn show(call: &Call<'_>) -> Outcome {
    let rich = send::rich(call, "text", "entities")?;
    let chat_id = call.form.int("chat_id");
    if chat_id.is_some_and(|id| id < 0) {
        return Err(ApiError::bad("TEXTDRAFT_PEER_INVALID"));
    }
    call.in_chat(|_| Ok(()))?;
    let id = call.form.int("draft_id").filter(|id| *id != 0);
    let id = id.ok_or_else(|| ApiError::bad("RANDOM_ID_INVALID"))?;
    // An empty one is allowed: "Thinking…".
    if units(&rich.text) > MAX_TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    call.in_chat(|chat| {
        let (can_stop, stays) = (call.form.flag("can_stop"), call.form.flag("keep_on_stop"));
        chat.drafts.show(id, rich, can_stop, stays);
        let shown = chat.drafts.newest();
        call.telegram
            .publish(Event::of(call.token, chat, "draft", shown));
        Ok(true.into())
    })
}
