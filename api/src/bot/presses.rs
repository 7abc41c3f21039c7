//! Pressed buttons. What a button sends back begins with who answers it: `consent:agree`.

use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{consent, focus, questions, ratings, talk};

/// Takes a press. Buttons of earlier releases, and what is none of ours, do nothing.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    data: &str,
) -> Result<Vec<Ticket>, Error> {
    let (answers, what) = data.split_once(':').unwrap_or((data, ""));
    match answers {
        "consent" => consent::pressed(conn, event, user_id, what).await,
        "photo" => focus::before(conn, event, user_id, what).await,
        "focus" => focus::meanwhile(conn, event, user_id, what).await,
        "again" => questions::again(conn, event, user_id, what).await,
        "ask" => questions::offered(conn, event, user_id, what).await,
        "answer" => questions::confirmed(conn, event, user_id, what).await,
        "drop" => questions::dropped(conn, event, user_id).await,
        "close" => talk::turn(conn, event, user_id, Talk::Dropped).await,
        "rate" => ratings::pressed(conn, event, user_id, what).await,
        _ => Ok(Vec::new()),
    }
}
