//! Pages of the talk about a reading: sent, or put in the place of the page whose button was pressed.

use bot::jobs::{Notice, SendNotice};
use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;

/// Enqueues a page.
pub(super) async fn say(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    talk: Talk,
) -> Result<Vec<Ticket>, Error> {
    notices::send(conn, event, user_id, Notice::Talk(talk)).await
}

/// Enqueues a page in the place of the one under which a button was pressed.
pub(super) async fn turn(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    talk: Talk,
) -> Result<Vec<Ticket>, Error> {
    let job = SendNotice {
        user_id,
        chat_id: event.chat_id,
        notice: Notice::Talk(talk),
        replaces: Some(event.message_id),
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}
