//! Invoices by letter: to the person of the account, or to the owners and billing members of the organization, where they
//! have proved an address. An address among the billing details is no proof of one.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use uuid::Uuid;

use super::jobs::SendInvoiceLetter;
use crate::accounts;

/// Enqueues the letters of an invoice; none: there is no proved address. In the caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn send(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    invoice_id: Uuid,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = Vec::new();
    for one in accounts::recipients(conn, account).await? {
        if one.address.is_some() {
            let user_id = one.user_id;
            let job = SendInvoiceLetter {
                user_id,
                invoice_id,
            };
            tickets.push(ledger::enqueue(conn, &job).await?);
        }
    }
    Ok(tickets)
}
