//! SQL over a person's earlier readings and messages: the memory that goes with a request to the AI.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use moderation::Assessment;
use serde_json::Value;
use uuid::Uuid;

use crate::archive;
use crate::chat_messages::MessageRole;
use crate::model::{AnalysisStatus, FocusArea, Reading, Vision};
use crate::prompts::context;
use crate::prompts::context::{Context, PastMessage, PastReading};
use crate::steps::{CARE, CHAT};
use schema::{analysis_history as analyses, analysis_steps, message_context};

/// A reading that is complete.
#[derive(Clone, Debug, Queryable)]
pub struct CompletedReading {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub focus_area: FocusArea,
    vision: Option<Value>,
    analysis: Value,
}

impl CompletedReading {
    /// What the vision step saw; `None` for a reading of words.
    pub fn vision(&self) -> Option<Vision> {
        serde_json::from_value(self.vision.clone()?).ok()
    }

    /// The text; `None` if it is stored in an older form.
    pub fn reading(&self) -> Option<Reading> {
        serde_json::from_value(self.analysis.clone()).ok()
    }

    fn gist(&self) -> Option<PastReading> {
        let reading = self.reading()?;
        let patterns = self.vision().map(|vision| vision.patterns);
        let symbols = patterns.into_iter().flatten().map(|it| it.symbol);
        Some(PastReading {
            day: self.created_at.date_naive(),
            symbols: symbols.collect(),
            gist: context::first_sentence(&reading.intro).to_owned(),
        })
    }
}

/// A person's last readings from before a moment, the newest first, without the answers to questions
/// about a reading.
///
/// # Errors
/// Those of the database.
pub async fn readings(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: DateTime<Utc>,
) -> QueryResult<Vec<CompletedReading>> {
    let answers = analysis_steps::table
        .filter(analysis_steps::analysis_id.eq(analyses::id))
        .filter(analysis_steps::step.eq_any([CHAT, CARE]));
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .filter(analyses::created_at.lt(before))
        .filter(not(exists(answers)))
        .order((analyses::created_at.desc(), analyses::id.desc()))
        .limit(context::READINGS)
        .select((
            analyses::id,
            analyses::created_at,
            analyses::focus_area,
            archive::vision(),
            archive::text(),
        ))
        .load(conn)
        .await
}

/// The memory of a person from before a reading was asked for: these readings of the person, and the last
/// messages but those that the reading answers.
///
/// # Errors
/// Those of the database.
pub async fn context(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (id, before): (Uuid, DateTime<Utc>),
    readings: &[CompletedReading],
) -> QueryResult<Context> {
    let messages: Vec<(MessageRole, String)> = message_context::table
        .filter(message_context::user_id.eq(user_id))
        .filter(message_context::created_at.lt(before))
        .filter(message_context::analysis_id.is_distinct_from(id))
        .filter(message_context::role.ne(MessageRole::System))
        .order((
            message_context::created_at.desc(),
            message_context::message_id.desc(),
        ))
        .limit(context::MESSAGES)
        .select((message_context::role, message_context::content))
        .load(conn)
        .await?;
    let past = |(role, text)| PastMessage {
        from_bot: role == MessageRole::Assistant,
        text,
    };
    Ok(Context {
        readings: readings.iter().filter_map(CompletedReading::gist).collect(),
        // Those of a person in danger that a process of an older release has stored.
        messages: (messages.into_iter().rev())
            .filter(|(_, text)| moderation::assess(text) != Assessment::Crisis)
            .map(past)
            .collect(),
    })
}

/// A person's last completed reading.
///
/// # Errors
/// Those of the database.
pub async fn last(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<CompletedReading>> {
    let last = readings(conn, user_id, DateTime::<Utc>::MAX_UTC).await?;
    Ok(last.into_iter().next())
}

/// One completed reading of a person.
///
/// # Errors
/// Those of the database.
pub async fn one(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
) -> QueryResult<Option<CompletedReading>> {
    analyses::table
        .find(id)
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .select((
            analyses::id,
            analyses::created_at,
            analyses::focus_area,
            archive::vision(),
            archive::text(),
        ))
        .first(conn)
        .await
        .optional()
}
