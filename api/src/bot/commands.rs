//! Commands in the person's own chat.

use bot::dialogue;
use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{notices, pages};
use crate::state::ApiState;

/// Takes a command; `argument` is the rest of the message.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    name: &str,
    _argument: Option<&str>,
) -> Result<Vec<Ticket>, Error> {
    // A command begins something new.
    dialogue::forget(conn, user_id).await?;
    if let Some(page) = pages::of_command(conn, state, user_id, name).await? {
        return notices::send(conn, event, user_id, page).await;
    }
    let notice = match name {
        "start" => Notice::Greeting,
        _ => Notice::PhotoHint,
    };
    notices::send(conn, event, user_id, notice).await
}
