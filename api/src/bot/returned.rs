//! A person who is back: they have written, or taken their block back.

use bot::returned;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use people::users::reach::{self, Heard};
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

/// Sends again from now on, and brings what has waited. Does nothing for all others.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    update_id: i64,
) -> Result<Vec<Ticket>, Error> {
    let is_back = match event.sent_at {
        Some(at) => {
            let at = Some(at);
            let is_return = event.kind == EventKind::Blocked(false);
            reach::returned(conn, user_id, Heard { at, update_id }, is_return).await?
        }
        // A button is pressed, a reaction is put: there is no time of it.
        None => reach::reached(conn, user_id).await?,
    };
    match is_back {
        true => Ok(returned::bring(conn, user_id, event.chat_id).await?),
        false => Ok(Vec::new()),
    }
}
