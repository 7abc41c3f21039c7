//! Pressed buttons. What a button sends back begins with who answers it: `consent:agree`.

use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{
    commands, consent, focus, history, linking, plans, questions, ratings, settings, support, talk,
};
use crate::state::ApiState;

/// Takes a press. Buttons of earlier releases, and what is none of ours, do nothing.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    data: &str,
) -> Result<Vec<Ticket>, Error> {
    let (answers, what) = data.split_once(':').unwrap_or((data, ""));
    match answers {
        "consent" => consent::pressed(conn, event, user_id, what).await,
        // A button of the menu is a command.
        "menu" => commands::take(conn, state, event, user_id, what, None, false).await,
        "link" => linking::pressed(conn, state, event, user_id, what).await,
        "plans" => plans::pressed(conn, state, event, user_id, what).await,
        "history" => history::pressed(conn, event, user_id, what).await,
        "settings" => settings::pressed(conn, state, event, user_id, what).await,
        "support" => support::pressed(conn, event, user_id, what).await,
        "photo" => focus::before(conn, event, user_id, what).await,
        "focus" => focus::meanwhile(conn, event, user_id, what).await,
        "again" => questions::again(conn, event, user_id, what).await,
        "reread" => questions::with_new_words(conn, event, user_id, what).await,
        "ask" => questions::offered(conn, event, user_id, what).await,
        "answer" => questions::confirmed(conn, event, user_id, what).await,
        "drop" => questions::dropped(conn, event, user_id, what).await,
        "close" => talk::turn(conn, event, user_id, Talk::Dropped).await,
        "rate" => ratings::pressed(conn, event, user_id, what).await,
        _ => Ok(Vec::new()),
    }
}
