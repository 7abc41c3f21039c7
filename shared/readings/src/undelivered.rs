//! Readings that did not reach their person, who had blocked the bot.

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use uuid::Uuid;

use crate::messages::DeliverAnalysis;
use crate::model::AnalysisStatus;
use schema::analysis_history as analyses;

/// Readings that were not asked for in the chat are shown where they were asked for as well: only the newest of
/// the last days come to a person who opens the bot late.
const ELSEWHERE: TimeDelta = TimeDelta::days(7);
const ELSEWHERE_MAX: usize = 3;

/// Brings a person who is back the readings that were finished meanwhile, the oldest first: to the chat that they
/// were asked for in, or to `own_chat`. One that failed is not reported so late.
///
/// # Errors
/// Those of the database.
pub async fn bring(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    own_chat: i64,
) -> QueryResult<Vec<Ticket>> {
    let is_wanted = analyses::chat_id
        .is_not_null()
        .or(analyses::created_at.gt(Utc::now() - ELSEWHERE));
    let mut waiting: Vec<(Uuid, Option<i64>)> = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .filter(analyses::delivered_at.is_null())
        .filter(is_wanted)
        .order(analyses::id)
        .select((analyses::id, analyses::chat_id))
        .load(conn)
        .await?;
    let elsewhere = waiting.iter().filter(|(_, chat)| chat.is_none()).count();
    let mut too_many = elsewhere.saturating_sub(ELSEWHERE_MAX);
    waiting.retain(|(_, chat)| {
        let is_left_out = chat.is_none() && too_many > 0;
        too_many -= usize::from(is_left_out);
        !is_left_out
    });
    let mut tickets = Vec::new();
    for (analysis_id, chat_id) in waiting {
        let job = DeliverAnalysis {
            user_id,
            analysis_id,
            chat_id: chat_id.unwrap_or(own_chat),
        };
        tickets.push(ledger::enqueue(conn, &job).await?);
    }
    Ok(tickets)
}
