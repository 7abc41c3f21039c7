//! Commands in the person's own chat.

use bot::dialogue;
use bot::jobs::Notice;
use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;

/// Takes a command; `argument` is the rest of the message.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    name: &str,
    _argument: Option<&str>,
) -> Result<Vec<Ticket>, Error> {
    // A command begins something new.
    dialogue::forget(conn, user_id).await?;
    let notice = match name {
        "start" => Notice::Greeting,
        "reading" => Notice::Talk(Talk::ChooseFocus),
        _ => Notice::PhotoHint,
    };
    notices::send(conn, event, user_id, notice).await
}
