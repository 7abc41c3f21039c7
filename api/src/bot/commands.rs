//! Commands in the person's own chat.

use bot::commands::canonical;
use bot::dialogue;
use bot::jobs::Notice;
use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{cancel, notices, pages, start};
use crate::state::ApiState;

/// Takes a command; `argument` is the rest of the message. `is_new`: it is the first that the bot sees of the
/// person.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    name: &str,
    argument: Option<&str>,
    is_new: bool,
) -> Result<Vec<Ticket>, Error> {
    // A command begins something new.
    let has_forgotten = dialogue::forget(conn, user_id).await?;
    let name = canonical(name);
    if let Some(page) = pages::of_command(conn, state, user_id, name).await? {
        return notices::send(conn, event, user_id, page).await;
    }
    let notice = match name {
        "start" => return start::take(conn, state, event, user_id, argument, is_new).await,
        "cancel" => return cancel::take(conn, event, user_id, has_forgotten).await,
        "reading" => Notice::Talk(Talk::ChooseFocus),
        "help" => Notice::Help,
        "invite" => Notice::Invite,
        "terms" => Notice::Terms,
        "privacy" => Notice::Privacy,
        _ => Notice::UnknownCommand,
    };
    notices::send(conn, event, user_id, notice).await
}
