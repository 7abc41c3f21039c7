//! Readings that did not reach their person, who had blocked the bot.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use uuid::Uuid;

use crate::messages::DeliverAnalysis;
use crate::model::AnalysisStatus;
use schema::analysis_history as analyses;

/// Brings a person who is back the readings that were finished meanwhile, the oldest first. One that failed is
/// not reported so late.
///
/// # Errors
/// Those of the database.
pub async fn bring(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Ticket>> {
    let waiting: Vec<(Uuid, i64)> = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::delivered_at.is_null())
        .order(analyses::id)
        .select((analyses::id, analyses::chat_id.assume_not_null()))
        .load(conn)
        .await?;
    let mut tickets = Vec::new();
    for (analysis_id, chat_id) in waiting {
        let job = DeliverAnalysis {
            user_id,
            analysis_id,
            chat_id,
        };
        tickets.push(ledger::enqueue(conn, &job).await?);
    }
    Ok(tickets)
}
