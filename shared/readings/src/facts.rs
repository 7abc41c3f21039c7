//! What is recorded about readings.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::Fact;
use kernel::facts::FactKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use uuid::Uuid;

use crate::model::{AnalysisStatus, FocusArea, InputType};
use schema::analysis_history as analyses;

pub(crate) const FACTS: &[FactKind] = &[ReadingCreated::KIND, ReadingEnded::KIND];

/// Written by `accept.sql`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ReadingCreated {
    pub reading: Uuid,
    pub input_type: InputType,
    pub focus_area: FocusArea,
    /// Asked for in the bot's chat.
    pub in_chat: bool,
}

impl Fact for ReadingCreated {
    const KIND: FactKind = FactKind {
        name: "reading.created",
        version: 1,
        about: "A reading is accepted.",
    };
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ReadingEnded<'a> {
    reading: Uuid,
    state: AnalysisStatus,
    /// Why it failed.
    code: Option<&'a str>,
    duration_ms: i64,
    /// Whether it has cost a unit.
    unit: bool,
    /// Of the models, as far as it is known by then.
    tokens: i32,
    /// Likewise, in millionths of a dollar.
    cost_micros: i64,
}

impl Fact for ReadingEnded<'_> {
    const KIND: FactKind = FactKind {
        name: "reading.ended",
        version: 1,
        about: "A reading is complete, has failed or is cancelled; not if it ends with the data of its person.",
    };
}

/// Records that a reading has ended, once it is decided whether its unit is given back.
///
/// # Errors
/// Those of the database.
pub async fn ended(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    type Row = (
        (Uuid, AnalysisStatus, Option<String>),
        (DateTime<Utc>, Option<DateTime<Utc>>),
        (bool, bool),
        (Option<i32>, Option<Decimal>),
    );
    let ((person, state, code), (from, until), (taken, returned), (tokens, cost)): Row =
        analyses::table
            .find(id)
            .select((
                (analyses::user_id, analyses::status, analyses::error_code),
                (analyses::created_at, analyses::completed_at),
                (
                    analyses::unit_daily_reset_at.is_not_null(),
                    analyses::unit_returned,
                ),
                (analyses::tokens_used, analyses::cost_usd),
            ))
            .first(conn)
            .await?;
    let ended = ReadingEnded {
        reading: id,
        state,
        code: code.as_deref(),
        duration_ms: (until.unwrap_or(from) - from).num_milliseconds(),
        unit: taken && !returned,
        tokens: tokens.unwrap_or_default(),
        cost_micros: cost.and_then(micros).unwrap_or_default(),
    };
    events::record(conn, Some(person), &ended).await
}

/// Millionths of a sum.
fn micros(sum: Decimal) -> Option<i64> {
    (sum * Decimal::from(1_000_000)).round().to_i64()
}
