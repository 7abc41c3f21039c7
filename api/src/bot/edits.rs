//! Messages that a person has changed, and captions that come with a later photo of an album.

use bot::jobs::Notice;
use bot::talk::Talk;
use bot::{albums, consent, waiting_words};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::chat_messages::{MessageRole, attach, forget, remember};
use readings::{questions as asked, under_way};
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, Photo};

use super::words::{is_crisis, written};
use super::{focus, notices, questions, talk};

/// Takes a changed message: a caption takes the place of the old one until the AI has seen the cup, and a
/// question that was answered can be answered anew.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    photo: Option<&Photo>,
    text: Option<&str>,
) -> Result<Vec<Ticket>, Error> {
    if let Some(photo) = photo {
        let caption = photo.caption.as_deref().and_then(written);
        let first = albums::first_of(conn, user_id, event.message_id).await?;
        // Another photo of the album does not take away the words of the first.
        let only_first = first != event.message_id;
        return captioned(conn, event, user_id, first, caption, only_first).await;
    }
    let Some(text) = text.and_then(written) else {
        return Ok(Vec::new());
    };
    if is_crisis(Some(&text)) {
        waiting_words::forget_one(conn, user_id, event.message_id).await?;
        return notices::send(conn, event, user_id, Notice::Care).await;
    }
    if waiting_words::revise(conn, user_id, event.message_id, &text).await? {
        return Ok(Vec::new());
    }
    match asked::is_question(conn, user_id, event.message_id).await? {
        Some(about) => questions::confirm(conn, event, user_id, about, &text).await,
        None => Ok(Vec::new()),
    }
}

/// Gives the photo of a message this caption; with `only_first`, if it has none.
pub(super) async fn captioned(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    message_id: i64,
    caption: Option<String>,
    only_first: bool,
) -> Result<Vec<Ticket>, Error> {
    if is_crisis(caption.as_deref()) {
        return stopped(conn, event, user_id, message_id).await;
    }
    let caption = caption.as_deref();
    let changed = under_way::set_words(conn, user_id, message_id, caption, only_first).await?;
    let Some(analysis_id) = changed else {
        consent::set_caption(conn, user_id, message_id, caption, only_first).await?;
        return too_late(conn, event, user_id, message_id, caption, only_first).await;
    };
    forget(conn, user_id, message_id).await?;
    if let Some(caption) = caption {
        remember(conn, user_id, message_id, MessageRole::User, caption).await?;
        attach(conn, user_id, message_id, analysis_id).await?;
    }
    focus::show_progress(conn, event, user_id, analysis_id).await
}

/// The cup was seen before its words were changed: offers to read it once more.
async fn too_late(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    message_id: i64,
    caption: Option<&str>,
    only_first: bool,
) -> Result<Vec<Ticket>, Error> {
    let Some(seen) = under_way::seen(conn, user_id, message_id).await? else {
        return Ok(Vec::new());
    };
    let Some(caption) = caption.filter(|caption| seen.words.as_deref() != Some(*caption)) else {
        // As it was read.
        waiting_words::forget_one(conn, user_id, message_id).await?;
        return Ok(Vec::new());
    };
    if only_first && seen.words.is_some() {
        return Ok(Vec::new());
    }
    let (analysis_id, keep) = (seen.id, waiting_words::keep_caption);
    if !keep(conn, user_id, message_id, caption, analysis_id).await? {
        return Ok(Vec::new());
    }
    talk::say(conn, event, user_id, Talk::NewWords { analysis_id }).await
}

/// Words of a person who may be in danger: their cup is not read.
async fn stopped(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    message_id: i64,
) -> Result<Vec<Ticket>, Error> {
    consent::forget(conn, user_id, message_id).await?;
    let mut tickets = notices::send(conn, event, user_id, Notice::Care).await?;
    waiting_words::forget(conn, user_id).await?;
    if let Some(id) = under_way::end(conn, user_id, message_id).await? {
        forget(conn, user_id, message_id).await?;
        tickets.extend(focus::show_progress(conn, event, user_id, id).await?);
    }
    Ok(tickets)
}
