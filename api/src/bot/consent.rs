//! Consent in the chat: a photo waits while its person is asked, and is read when they press the button.

use audit::model::Origin;
use bot::consent::{WaitingPhoto, agreement};
use bot::jobs::Notice;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use people::users::{self, consent};
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, Photo};

use super::{begin, notices};

/// Whether a person has agreed.
pub(super) async fn is_given(conn: &mut AsyncPgConnection, user_id: Uuid) -> Result<bool, Error> {
    Ok(users::queries::consents(conn, user_id).await?.are_given())
}

/// Keeps a photo until its person agrees.
pub(super) async fn keep(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    photo: &Photo,
    caption: Option<String>,
) -> Result<(), Error> {
    let photo = WaitingPhoto {
        user_id,
        chat_id: event.chat_id,
        message_id: event.message_id,
        file_id: photo.file_id.clone(),
        caption,
    };
    Ok(bot::consent::keep(conn, &photo).await?)
}

/// Takes a pressed button: stores the consent, and begins to read the photo that waits.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    if what != agreement() {
        // About terms that have changed since.
        return notices::send(conn, event, user_id, Notice::AskConsent).await;
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
