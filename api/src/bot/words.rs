//! The words of a message, before anything is done with them.

use moderation::Assessment;

/// Without the blanks around it; nothing if nothing else is there.
pub(super) fn written(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Looked at before anything is remembered: what a person in danger has written is not kept.
pub(super) fn is_crisis(text: Option<&str>) -> bool {
    text.is_some_and(|text| moderation::assess(text) == Assessment::Crisis)
}
