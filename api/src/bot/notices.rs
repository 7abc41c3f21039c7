//! Notices to a chat: of equal ones that wait one is sent, and few wait at once. A chat takes one message a
//! second, so that a person who sends much would otherwise wait for minutes behind their own notices.

use bot::jobs::{Notice, SendNotice};
use bot::queries;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

/// The most notices of one chat that wait at once.
const WAITING_MAX: i64 = 5;

/// Enqueues a text that depends on nothing but the person, unless enough wait already. The answer to words of
/// a person who may be in danger always goes out.
///
/// # Errors
/// Those of the database.
pub(super) async fn send(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    notice: Notice,
) -> Result<Vec<Ticket>, Error> {
    enqueue(conn, event, user_id, (notice, None)).await
}

/// The same, in the place of the message whose button was pressed.
///
/// # Errors
/// Those of the database.
pub(super) async fn turn(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    notice: Notice,
) -> Result<Vec<Ticket>, Error> {
    enqueue(conn, event, user_id, (notice, Some(event.message_id))).await
}

async fn enqueue(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    (notice, replaces): (Notice, Option<i64>),
) -> Result<Vec<Ticket>, Error> {
    let always = notice == Notice::Care;
    if !always && queries::waiting_notices(conn, user_id).await? >= WAITING_MAX {
        return Ok(Vec::new());
    }
    let job = SendNotice {
        user_id,
        chat_id: event.chat_id,
        notice,
        replaces,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}
