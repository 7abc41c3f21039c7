//! What has waited for a person whom no message could reach: readings, news of payments, answers of operators.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use money::payments::untold;
use readings::undelivered;
use uuid::Uuid;

use crate::support;

/// Brings it to a person who is back. `chat_id` is their chat.
///
/// # Errors
/// Those of the database.
pub async fn bring(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = undelivered::bring(conn, user_id, chat_id).await?;
    tickets.extend(untold::tell(conn, user_id, chat_id).await?);
    tickets.extend(support::unsent(conn, user_id).await?);
    Ok(tickets)
}
