//! Begins what is asked for in the chat: a reading of a photo, an answer to a question.

use audit::model::Origin;
use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use money::limits;
use readings::accept::{Accepted, accept};
use readings::chat_messages::attach;
use readings::earlier;
use readings::jobs::{FetchPhoto, Interpret};
use readings::messages::AnnounceAnalysis;
use readings::model::{FocusArea, InputType, NewAnalysis};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;

/// Takes words as a question about the last reading, if there is one. It is announced by nothing but
/// the typing indicator: an answer to a question is a talk.
pub(super) async fn answer(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    text: String,
) -> Result<Vec<Ticket>, Error> {
    let Some(focus_area) = earlier::last_focus(conn, user_id).await? else {
        return notices::send(conn, event, user_id, Notice::PhotoHint).await;
    };
    let new = NewAnalysis {
        id: Uuid::now_v7(),
        user_id,
        message_id: Some(event.message_id),
        input_type: InputType::Text,
        image_url: None,
        image_size_bytes: None,
        user_text: Some(text),
        focus_area,
        chat_id: Some(event.chat_id),
        source_file_id: None,
    };
    let job = Interpret {
        analysis_id: new.id,
        user_id,
    };
    match accept(conn, &new, &job, &Origin::own("telegram"), None).await? {
        Accepted::New { ticket, tier } => {
            attach(conn, user_id, event.message_id, new.id).await?;
            readings::metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            Ok(vec![ticket])
        }
        Accepted::Limited => used_up(conn, event, user_id).await,
        // A service has sent it before, and hands over the update as well.
        Accepted::Duplicate { .. } => Ok(Vec::new()),
        // The person's row was locked before.
        Accepted::NoSuchPerson | Accepted::NoConsent => {
            Err(Error::internal("a question to the bot was not accepted"))
        }
    }
}

/// Takes a photo, and announces its reading.
pub(super) async fn reading(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    file_id: &str,
    caption: Option<String>,
) -> Result<Vec<Ticket>, Error> {
    let new = NewAnalysis {
        id: Uuid::now_v7(),
        user_id,
        message_id: Some(event.message_id),
        input_type: InputType::Image,
        image_url: None,
        image_size_bytes: None,
        user_text: caption,
        focus_area: FocusArea::General,
        chat_id: Some(event.chat_id),
        source_file_id: Some(file_id.to_owned()),
    };
    let job = FetchPhoto {
        analysis_id: new.id,
        user_id,
    };
    let origin = Origin::own("telegram");
    match accept(conn, &new, &job, &origin, None).await? {
        Accepted::New { ticket, tier } => {
            attach(conn, user_id, event.message_id, new.id).await?;
            readings::metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            let announce = AnnounceAnalysis {
                user_id,
                analysis_id: new.id,
                chat_id: event.chat_id,
            };
            Ok(vec![ledger::enqueue(conn, &announce).await?, ticket])
        }
        Accepted::Limited => used_up(conn, event, user_id).await,
        // A service has sent it before, and hands over the update as well.
        Accepted::Duplicate { .. } => Ok(Vec::new()),
        // The person's row was locked before.
        Accepted::NoSuchPerson | Accepted::NoConsent => {
            Err(Error::internal("a photo of the bot was not accepted"))
        }
    }
}

/// Enqueues the message that the quota of a person is used up.
async fn used_up(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Vec<Ticket>, Error> {
    let usage = limits::queries::usage(conn, user_id).await?;
    let why = limits::rules::refusal(&usage, chrono::Utc::now());
    notices::send(conn, event, user_id, Notice::of_limit(why.code())).await
}
