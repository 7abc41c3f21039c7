//! A person who had blocked the bot, and is back.

use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use money::payments::untold;
use people::users::reach;
use readings::undelivered;
use uuid::Uuid;

/// Sends again from now on, and brings what has waited: readings, news of payments, answers of operators. Does nothing for all
/// others.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> Result<Vec<Ticket>, Error> {
    if !reach::returned(conn, user_id).await? {
        return Ok(Vec::new());
    }
    let mut tickets = undelivered::bring(conn, user_id).await?;
    tickets.extend(untold::tell(conn, user_id, chat_id).await?);
    tickets.extend(bot::support::unsent(conn, user_id).await?);
    Ok(tickets)
}
