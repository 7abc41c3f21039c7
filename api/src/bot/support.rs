//! Requests to the operators: `/paysupport`, its buttons, and the words that follow.

use audit::model::Origin;
use bot::dialogue::{self, Expects};
use bot::jobs::Notice;
use bot::pages::support::View;
use bot::support;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;

/// Asks the person to write, unless as many requests as may be are open; returns the page that says so.
pub(super) async fn ask(conn: &mut AsyncPgConnection, user_id: Uuid) -> Result<Notice, Error> {
    if !support::may_open(conn, user_id).await? {
        return Ok(Notice::Support(View::TooMany));
    }
    dialogue::expect(conn, user_id, Expects::Request).await?;
    Ok(Notice::Support(View::Ask))
}

/// Takes a pressed button.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    match what {
        // The answer of an operator, which has this button too, stays where it is.
        "ask" => {
            let page = ask(conn, user_id).await?;
            notices::send(conn, event, user_id, page).await
        }
        "cancel" => {
            dialogue::forget(conn, user_id).await?;
            notices::turn(conn, event, user_id, Notice::Support(View::NotAsked)).await
        }
        _ => Ok(Vec::new()),
    }
}

/// Takes words as a request, if one is expected; `None`: it is not.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    words: &str,
) -> Result<Option<Vec<Ticket>>, Error> {
    if dialogue::expected(conn, user_id).await? != Some(Expects::Request) {
        return Ok(None);
    }
    dialogue::forget(conn, user_id).await?;
    let person = (user_id, event.chat_id);
    let view = match support::open(conn, person, words, &Origin::own("telegram")).await? {
        Some(opened) => View::Received {
            number: opened.number,
        },
        None => View::TooMany,
    };
    let answered = notices::send(conn, event, user_id, Notice::Support(view)).await?;
    Ok(Some(answered))
}
