//! Messages that a bot is still writing, as Telegram's apps show them: one at a time, for half a
//! minute after its last change, or until a message of the bot comes. They are no messages.
//! Called by `methods`, `control`.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::entities::{Rich, to_html};

/// How long one is shown, in milliseconds (TDLib's `pending_text_message_period`).
const SHOWN_MS: i64 = 30_000;
/// Drafts remembered per chat.
const KEPT: usize = 1_000;

/// All that was shown in one chat, oldest first, bounded.
#[derive(Debug, Default)]
pub struct Drafts {
    all: VecDeque<Draft>,
    /// A message has come since the last one.
    ended: bool,
}

/// One state of a draft.
#[derive(Debug)]
struct Draft {
    /// Never 0; another id is another draft.
    id: i64,
    /// Empty: the apps show "Thinking…".
    rich: Rich,
    /// The apps show a stop button.
    can_stop: bool,
    /// It stays after that button has been pressed.
    stays: bool,
    /// Unix time in milliseconds.
    at_ms: i64,
}

impl Drafts {
    /// Shows a text, in place of the one before.
    pub fn show(&mut self, id: i64, rich: Rich, can_stop: bool, stays: bool) {
        let at_ms = chrono::Utc::now().timestamp_millis();
        self.all.push_back(Draft {
            id,
            rich,
            can_stop,
            stays,
            at_ms,
        });
        if self.all.len() > KEPT {
            self.all.pop_front();
        }
        self.ended = false;
    }

    /// A message of the bot came.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The person presses the stop button of the draft that is shown, if it has one.
    pub fn stop(&mut self, id: i64) -> bool {
        let now = chrono::Utc::now().timestamp_millis();
        let ended = self.ended;
        let shown = self.all.back_mut().filter(|draft| {
            !ended && draft.id == id && draft.can_stop && now - draft.at_ms < SHOWN_MS
        });
        let Some(draft) = shown else { return false };
        draft.can_stop = false;
        self.ended = !draft.stays;
        true
    }

    /// All of them, oldest first; the last one may still be shown.
    pub fn view(&self) -> Vec<Value> {
        let now = chrono::Utc::now().timestamp_millis();
        let last = self.all.len().saturating_sub(1);
        let views = self.all.iter().enumerate().map(|(at, draft)| {
            let is_shown = at == last && !self.ended && now - draft.at_ms < SHOWN_MS;
            json!({
                "draft_id": draft.id,
                "text": draft.rich.text,
                "html": to_html(&draft.rich.text, &draft.rich.entities),
                "can_stop": draft.can_stop,
                "at_ms": draft.at_ms,
                "shown": is_shown,
            })
        });
        views.collect()
    }

    /// The newest one.
    pub fn newest(&self) -> Value {
        self.view().pop().unwrap_or_default()
    }
}
