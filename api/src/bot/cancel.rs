//! `/cancel`: ends what was begun in the chat.

use audit::model::Origin;
use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::cancel::{Attempted, cancel_in_chat};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{focus, notices};

/// Cancels the readings that no step has begun, and drops a photo that waits for consent and words that wait for
/// a reading. `has_forgotten`: a choice made before was dropped already.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    has_forgotten: bool,
) -> Result<Vec<Ticket>, Error> {
    let waited = bot::consent::take(conn, user_id).await?.is_some();
    let waited = bot::waiting_words::forget(conn, user_id).await? || waited;
    let mut tickets = Vec::new();
    let notice = match cancel_in_chat(conn, user_id, &Origin::own("telegram")).await? {
        Attempted::Cancelled(readings) => {
            for id in readings {
                tickets.extend(focus::show_progress(conn, event, user_id, id).await?);
            }
            Notice::Cancelled
        }
        _ if waited || has_forgotten => Notice::Dropped,
        Attempted::TooLate => Notice::TooLateToCancel,
        Attempted::Nothing => Notice::NothingToCancel,
    };
    tickets.extend(notices::send(conn, event, user_id, notice).await?);
    Ok(tickets)
}
