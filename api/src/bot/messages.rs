//! Photos and words in the person's own chat.

use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use moderation::Assessment;
use readings::chat_messages::{MessageRole, remember};
use readings::earlier;
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, EventKind, Photo};

use super::{begin, consent, notices, support};

/// Reads a photo, once its person has agreed.
pub(super) async fn photo(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    photo: &Photo,
) -> Result<Vec<Ticket>, Error> {
    let caption = photo.caption.as_deref().and_then(written);
    if is_crisis(caption.as_deref()) {
        return notices::send(conn, event, user_id, Notice::Care).await;
    }
    if !consent::is_given(conn, user_id).await? {
        consent::keep(conn, event, user_id, photo, caption).await?;
        return notices::send(conn, event, user_id, Notice::AskConsent).await;
    }
    if let Some(caption) = &caption {
        remember(conn, user_id, event.message_id, MessageRole::User, caption).await?;
    }
    begin::reading(conn, event, user_id, &photo.file_id, caption).await
}

/// Answers words: as a question about the last reading, if there is one.
pub(super) async fn words(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    text: &str,
) -> Result<Vec<Ticket>, Error> {
    let text = written(text);
    if is_crisis(text.as_deref()) {
        return notices::send(conn, event, user_id, Notice::Care).await;
    }
    let Some(text) = text else {
        return notices::send(conn, event, user_id, Notice::PhotoHint).await;
    };
    if let Some(taken) = support::take(conn, event, user_id, &text).await? {
        return Ok(taken);
    }
    let is_courtesy = moderation::is_courtesy(&text);
    let has_agreed = consent::is_given(conn, user_id).await?;
    // What is no question gets an answer for which nothing is processed.
    if !has_agreed && !is_courtesy && earlier::last_focus(conn, user_id).await?.is_some() {
        return notices::send(conn, event, user_id, Notice::AskConsent).await;
    }
    if has_agreed {
        remember(conn, user_id, event.message_id, MessageRole::User, &text).await?;
    }
    if is_courtesy {
        return notices::send(conn, event, user_id, Notice::Welcome).await;
    }
    begin::answer(conn, event, user_id, text).await
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

/// Without the blanks around it; nothing if nothing else is there.
fn written(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Looked at before anything is remembered: what a person in danger has written is not kept.
fn is_crisis(text: Option<&str>) -> bool {
    text.is_some_and(|text| moderation::assess(text) == Assessment::Crisis)
}
