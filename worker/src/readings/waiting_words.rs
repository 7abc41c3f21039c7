//! Answers what a person has asked while their photo was being read.

use bot::jobs::{Notice, SendNotice};
use bot::waiting_words;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use money::meters;
use operators::switches;
use readings::model::{InputType, Steps};
use readings::questions::{Asked, Asking, Place, ask};
use uuid::Uuid;

use runtime::handler::JobError;

/// Accepts the words that wait for this reading as a question about it, in the transaction that marks the
/// reading as delivered. While readings are paused the person is told so instead: a question would be a new one.
pub(super) async fn answer(
    conn: &mut AsyncPgConnection,
    steps: &Steps,
    chat_id: i64,
) -> Result<Vec<Ticket>, JobError> {
    let user_id = steps.user_id;
    if steps.input_type != InputType::Image {
        return Ok(Vec::new());
    }
    let Some(waiting) = waiting_words::take(conn, user_id, None).await? else {
        return Ok(Vec::new());
    };
    let switches = switches::queries::read(conn).await?;
    if switches.admit_reading().is_err() {
        return tell(conn, (user_id, chat_id), Notice::Paused).await;
    }
    let place = Place {
        user_id,
        chat_id,
        message_id: waiting.message_id,
        announcement_id: None,
    };
    match ask(conn, &Asking::at(place), steps.id, &waiting.words).await? {
        Asked::Accepted(tickets) => Ok(tickets),
        Asked::Known | Asked::Gone | Asked::NoConsent => Ok(Vec::new()),
        Asked::Limited => {
            let usage = meters::queries::usage(conn, user_id).await?;
            let why = meters::rules::refusal(&usage, chrono::Utc::now());
            tell(conn, (user_id, chat_id), Notice::of_limit(why.code())).await
        }
    }
}

async fn tell(
    conn: &mut AsyncPgConnection,
    (user_id, chat_id): (Uuid, i64),
    notice: Notice,
) -> Result<Vec<Ticket>, JobError> {
    let notice = SendNotice {
        user_id,
        chat_id,
        notice,
        replaces: None,
    };
    Ok(vec![ledger::enqueue(conn, &notice).await?])
}
