//! Who is told that an endpoint was switched off.

use ::jobs::ledger;
use ::jobs::ledger::Ticket;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use mail::letter::Content;
use money::accounts::organization;
use people::accounts::letters;
use uuid::Uuid;

use crate::messages::DisabledNotice;
use crate::model::Endpoint;

/// The person of an account; of an organization its owners and admins.
const ANSWERABLE: &str = "SELECT id,
        CASE WHEN bot_blocked_at IS NULL THEN telegram_id END AS chat_id
    FROM users WHERE id = $1 OR id IN (
        SELECT user_id FROM members WHERE account_id = $1 AND role IN ('owner', 'admin'))
    ORDER BY created_at, id";

#[derive(QueryableByName)]
struct Answerable {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    /// Of the person, where the bot reaches them.
    #[diesel(sql_type = Nullable<BigInt>)]
    chat_id: Option<i64>,
}

/// Tells those who answer for an endpoint that it was switched off: by letter, or in the chat where they have proved no address.
///
/// # Errors
/// Those of the database.
pub async fn write(conn: &mut AsyncPgConnection, endpoint: &Endpoint) -> QueryResult<Vec<Ticket>> {
    let organization = organization(conn, endpoint.account_id).await?;
    let answerable: Vec<Answerable> = diesel::sql_query(ANSWERABLE)
        .bind::<SqlUuid, _>(endpoint.account_id)
        .load(conn)
        .await?;
    let mut tickets = Vec::new();
    for Answerable { id, chat_id } in answerable {
        let content = content(endpoint, organization.clone());
        let written = letters::to_person(conn, id, content).await?;
        if let Some(chat_id) = chat_id.filter(|_| written.is_empty()) {
            let notice = DisabledNotice {
                user_id: id,
                chat_id,
                account_id: endpoint.account_id,
                endpoint_id: endpoint.id,
            };
            tickets.push(ledger::enqueue(conn, &notice).await?);
        }
        tickets.extend(written);
    }
    Ok(tickets)
}

fn content(endpoint: &Endpoint, organization: Option<String>) -> Content {
    let is_gone = endpoint.is_gone();
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
    Content::WebhookDisabled {
        host: endpoint.host(),
        organization,
        gone: is_gone.then(|| "410".to_owned()),
        since: endpoint.failing_since.filter(|_| !is_gone).map(day),
    }
}
