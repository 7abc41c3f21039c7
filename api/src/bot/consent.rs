//! Consent in the chat: a photo waits while its person is asked, and is read when they press the button.

use audit::model::Origin;
use bot::consent::{WaitingPhoto, agree};
use bot::jobs::Notice;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use people::users::{self, consent};
use readings::earlier;
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

use super::{begin, notices};

/// Whether a person has agreed.
pub(super) async fn is_given(conn: &mut AsyncPgConnection, user_id: Uuid) -> Result<bool, Error> {
    Ok(users::queries::consents(conn, user_id).await?.are_given())
}

/// Whether an event asks for a reading: a photo, or a question about one. What else is said gets an answer
/// for which nothing is processed.
pub(super) async fn is_needed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    words: Option<&str>,
) -> Result<bool, Error> {
    if matches!(event.kind, EventKind::Photo { .. }) {
        return Ok(true);
    }
    let is_question = words.is_some_and(|words| !moderation::is_courtesy(words));
    Ok(is_question && earlier::last_focus(conn, user_id).await?.is_some())
}

/// Asks for consent; a photo is kept until it is given.
pub(super) async fn ask(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    caption: Option<String>,
) -> Result<Vec<Ticket>, Error> {
    if let EventKind::Photo { file_id, .. } = &event.kind {
        let photo = WaitingPhoto {
            user_id,
            chat_id: event.chat_id,
            message_id: event.message_id,
            file_id: file_id.clone(),
            caption,
        };
        bot::consent::keep(conn, &photo).await?;
    }
    notices::send(conn, event, user_id, Notice::AskConsent).await
}

/// Takes a pressed button: stores the consent, and begins to read the photo that waits.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    data: &str,
) -> Result<Vec<Ticket>, Error> {
    if data != agree() {
        // About terms that have changed since; or none of our buttons.
        return match data.starts_with("consent:") {
            true => notices::send(conn, event, user_id, Notice::AskConsent).await,
            false => Ok(Vec::new()),
        };
    }
    let origin = Origin::own("telegram");
    consent::set(conn, user_id, (true, true), &origin, Utc::now()).await?;
    let Some(photo) = bot::consent::take(conn, user_id).await? else {
        return notices::send(conn, event, user_id, Notice::Agreed).await;
    };
    let sent = ChatEvent {
        message_id: photo.message_id,
        ..event.clone()
    };
    begin::reading(conn, &sent, user_id, &photo.file_id, photo.caption).await
}
