//! Begins the reading of a photo.

use audit::model::Origin;
use bot::dialogue;
use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use money::meters;
use readings::accept::{Accepted, accept};
use readings::chat_messages::attach;
use readings::jobs::FetchPhoto;
use readings::messages::AnnounceAnalysis;
use readings::model::{InputType, NewAnalysis};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{focus, limits as after_limit, notices};

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
        focus_area: focus::for_photo(conn, user_id).await?,
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
            // Also a request that was to be written: the next words are about the cup.
            dialogue::forget(conn, user_id).await?;
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
pub(super) async fn used_up(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Vec<Ticket>, Error> {
    let usage = meters::queries::usage(conn, user_id).await?;
    let why = meters::rules::refusal(&usage, chrono::Utc::now());
    let notice = Notice::of_limit(why.code());
    let mut tickets = notices::send(conn, event, user_id, notice).await?;
    tickets.extend(after_limit::follow(conn, event, user_id, &usage).await?);
    Ok(tickets)
}
