//! The words of an event of the chat.

use moderation::Assessment;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

/// What a person has written: the caption of a photo, or a text that is no command.
pub(super) fn of(event: &ChatEvent) -> Option<String> {
    let words = match &event.kind {
        EventKind::Photo { caption, .. } => caption.as_deref(),
        EventKind::Other { text } => text.as_deref().filter(|text| !text.starts_with('/')),
        EventKind::Pressed { .. } | EventKind::Start => None,
    };
    let words = words.map(|text| text.trim().to_owned());
    words.filter(|text| !text.is_empty())
}

/// Whether they are those of a person who may be in danger.
pub(super) fn are_of_despair(words: Option<&str>) -> bool {
    words.is_some_and(|words| moderation::assess(words) == Assessment::Crisis)
}
