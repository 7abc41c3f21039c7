//! Photos and words in the person's own chat.

use bot::albums;
use bot::albums::AlbumPhoto;
use bot::jobs::Notice;
use bot::talk::Talk;
use bot::wishes::wish;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::chat_messages::{MessageRole, remember};
use readings::earlier;
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, Photo};

use super::words::{is_crisis, written};
use super::{begin, consent, edits, notices, questions, support, talk};

/// Reads a photo, once its person has agreed.
pub(super) async fn photo(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    photo: &Photo,
) -> Result<Vec<Ticket>, Error> {
    let caption = photo.caption.as_deref().and_then(written);
    if let Some(first) = first_of_album(conn, event, user_id, photo).await? {
        return match caption {
            Some(_) => edits::captioned(conn, event, user_id, first, caption, true).await,
            None => Ok(Vec::new()),
        };
    }
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
    if let Some(wish) = wish(&text) {
        return talk::say(conn, event, user_id, Talk::UseCommand { wish }).await;
    }
    let is_courtesy = moderation::is_courtesy(&text);
    let has_reading = earlier::last(conn, user_id).await?.is_some();
    let has_agreed = consent::is_given(conn, user_id).await?;
    // What is no question gets an answer for which nothing is processed.
    if !has_agreed && !is_courtesy && has_reading {
        return notices::send(conn, event, user_id, Notice::AskConsent).await;
    }
    if has_agreed {
        remember(conn, user_id, event.message_id, MessageRole::User, &text).await?;
    }
    if is_courtesy {
        let notice = match has_reading {
            true => Notice::Welcome,
            false => Notice::Talk(Talk::Pleased),
        };
        return notices::send(conn, event, user_id, notice).await;
    }
    questions::words(conn, event, user_id, &text).await
}

/// Keeps a photo of an album; the message of the first photo, if this is another one.
async fn first_of_album(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    photo: &Photo,
) -> Result<Option<i64>, Error> {
    let Some(album) = photo.album.clone() else {
        return Ok(None);
    };
    let photo = AlbumPhoto {
        user_id,
        album,
        message_id: event.message_id,
        file_id: photo.file_id.clone(),
    };
    if albums::keep(conn, &photo).await? {
        return Ok(None);
    }
    Ok(Some(
        albums::first_of(conn, user_id, event.message_id).await?,
    ))
}
