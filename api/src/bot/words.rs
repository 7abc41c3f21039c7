//! The words of a message, before anything is done with them.

use moderation::Assessment;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

/// Without the blanks around it; nothing if nothing else is there.
pub(super) fn written(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Looked at before anything is remembered: what a person in danger has written is not kept.
pub(super) fn is_crisis(text: Option<&str>) -> bool {
    text.is_some_and(|text| moderation::assess(text) == Assessment::Crisis)
}

/// Whether an event has words of a person who may be in danger.
pub(super) fn is_of_despair(event: &ChatEvent) -> bool {
    is_crisis(match &event.kind {
        EventKind::Photo(photo) => photo.caption.as_deref(),
        EventKind::Words(text) => Some(text),
        EventKind::Edited { photo, text } => {
            let caption = photo.as_ref().and_then(|photo| photo.caption.as_deref());
            text.as_deref().or(caption)
        }
        _ => None,
    })
}
