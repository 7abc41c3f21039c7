//! SQL over what a person had read and said before: the memory that goes with a request.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{AnalysisStatus, FocusArea, Reading, Vision};
use crate::prompts::context;
use crate::prompts::context::{Context, Earlier, Said};
use crate::said::MessageRole;
use crate::steps::{CARE, CHAT};
use schema::{analysis_history as analyses, analysis_steps, message_context};

/// A reading that is complete.
#[derive(Clone, Debug, Queryable)]
pub struct Read {
    pub created_at: DateTime<Utc>,
    pub focus_area: FocusArea,
    vision: Option<Value>,
    analysis: Value,
}

impl Read {
    /// What was seen; `None` if it was read from words.
    pub fn vision(&self) -> Option<Vision> {
        serde_json::from_value(self.vision.clone()?).ok()
    }

    /// The text; `None` for one of a form that we do not write any more.
    pub fn reading(&self) -> Option<Reading> {
        serde_json::from_value(self.analysis.clone()).ok()
    }

    fn gist(&self) -> Option<Earlier> {
        let reading = self.reading()?;
        let patterns = self.vision().map(|vision| vision.patterns);
        let symbols = patterns.into_iter().flatten().map(|it| it.symbol);
        Some(Earlier {
            day: self.created_at.date_naive(),
            symbols: symbols.collect(),
            gist: context::first_sentence(&reading.intro).to_owned(),
        })
    }
}

/// A person's last readings from before a moment, the newest first. Answers to questions about a
/// reading are none.
///
/// # Errors
/// Those of the database.
pub async fn readings(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: DateTime<Utc>,
) -> QueryResult<Vec<Read>> {
    let no_reading = analysis_steps::table
        .filter(analysis_steps::analysis_id.eq(analyses::id))
        .filter(analysis_steps::step.eq_any([CHAT, CARE]));
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .filter(analyses::created_at.lt(before))
        .filter(not(exists(no_reading)))
        .order((analyses::created_at.desc(), analyses::id.desc()))
        .limit(context::READINGS)
        .select((
            analyses::created_at,
            analyses::focus_area,
            analyses::vision,
            analyses::analysis,
        ))
        .load(conn)
        .await
}

/// What is remembered of a person from before a moment: these readings of theirs, and the last
/// messages.
///
/// # Errors
/// Those of the database.
pub async fn context(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: DateTime<Utc>,
    readings: &[Read],
) -> QueryResult<Context> {
    let messages: Vec<(MessageRole, String)> = message_context::table
        .filter(message_context::user_id.eq(user_id))
        .filter(message_context::created_at.lt(before))
        .filter(message_context::role.ne(MessageRole::System))
        .order((
            message_context::created_at.desc(),
            message_context::message_id.desc(),
        ))
        .limit(context::MESSAGES)
        .select((message_context::role, message_context::content))
        .load(conn)
        .await?;
    let said = |(role, text)| Said {
        by_us: role == MessageRole::Assistant,
        text,
    };
    Ok(Context {
        readings: readings.iter().filter_map(Read::gist).collect(),
        messages: messages.into_iter().rev().map(said).collect(),
    })
}

/// What a person's last reading was about; `None` if they have none that is complete.
///
/// # Errors
/// Those of the database.
pub async fn last_focus(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<FocusArea>> {
    let last = readings(conn, user_id, DateTime::<Utc>::MAX_UTC).await?;
    Ok(last.into_iter().next().map(|reading| reading.focus_area))
}
