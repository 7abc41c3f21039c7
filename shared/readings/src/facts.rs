//! What is recorded about readings.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::{Fact, shape};
use kernel::facts::{FactKind, Field, Holds, Shape};
use serde::Serialize;
use uuid::Uuid;

use crate::model::{AnalysisStatus, FocusArea, InputType};
use schema::analysis_history as analyses;

pub(crate) const SHAPES: &[Shape] = &[shape::<ReadingCreated>(), shape::<ReadingEnded<'_>>()];

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
    const FIELDS: &'static [Field] = &[
        Field {
            name: "reading",
            holds: Holds::Id,
            about: "Of the reading.",
        },
        Field {
            name: "input_type",
            holds: Holds::Text,
            about: "`image` or `text`.",
        },
        Field {
            name: "focus_area",
            holds: Holds::Text,
            about: "What it was asked about.",
        },
        Field {
            name: "in_chat",
            holds: Holds::Flag,
            about: "Asked for in the bot's chat.",
        },
    ];
}

#[derive(Clone, Debug, Serialize)]
struct ReadingEnded<'a> {
    reading: Uuid,
    state: AnalysisStatus,
    /// Why it failed.
    code: Option<&'a str>,
    duration_ms: i64,
    /// Whether it has cost a unit.
    unit: bool,
    #[serde(flatten)]
    answer: Answer,
}

/// Who answered, and for what plan.
#[derive(Clone, Debug, QueryableByName, Serialize)]
struct Answer {
    /// Of its person at this moment.
    #[diesel(sql_type = Text)]
    plan: String,
    /// Of the last answer.
    #[diesel(sql_type = Nullable<Text>)]
    provider: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    model: Option<String>,
    /// Of all calls for it.
    #[diesel(sql_type = BigInt)]
    tokens_in: i64,
    #[diesel(sql_type = BigInt)]
    tokens_out: i64,
}

const ANSWER: &str = "SELECT current_tier($1)::text AS plan, last.provider, last.model,
        COALESCE(sums.tokens_in, 0) AS tokens_in, COALESCE(sums.tokens_out, 0) AS tokens_out
    FROM (SELECT sum(input_tokens) AS tokens_in, sum(output_tokens) AS tokens_out
        FROM paid_calls WHERE subject_kind = 'analysis' AND subject_id = $2) AS sums
    LEFT JOIN (SELECT provider, model FROM paid_calls
        WHERE subject_kind = 'analysis' AND subject_id = $2 AND state = 'answered'
        ORDER BY id DESC LIMIT 1) AS last ON TRUE";

impl Fact for ReadingEnded<'_> {
    const KIND: FactKind = FactKind {
        name: "reading.ended",
        version: 1,
        about: "A reading is complete, has failed or is cancelled; not if it ends with the data of its person.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "reading",
            holds: Holds::Id,
            about: "Of the reading.",
        },
        Field {
            name: "state",
            holds: Holds::OneOf(&["completed", "failed", "canceled"]),
            about: "How it ended.",
        },
        Field {
            name: "code",
            holds: Holds::Maybe(&Holds::Text),
            about: "Why it failed.",
        },
        Field {
            name: "duration_ms",
            holds: Holds::Integer,
            about: "From its acceptance to its end.",
        },
        Field {
            name: "unit",
            holds: Holds::Flag,
            about: "Whether it has cost a unit.",
        },
        Field {
            name: "plan",
            holds: Holds::Text,
            about: "Of its person at this moment.",
        },
        Field {
            name: "provider",
            holds: Holds::Maybe(&Holds::Text),
            about: "Who gave the last answer.",
        },
        Field {
            name: "model",
            holds: Holds::Maybe(&Holds::Text),
            about: "The model that gave it.",
        },
        Field {
            name: "tokens_in",
            holds: Holds::Integer,
            about: "Of all calls for it.",
        },
        Field {
            name: "tokens_out",
            holds: Holds::Integer,
            about: "Of all calls for it.",
        },
    ];
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
    );
    let ((person, state, code), (from, until), (taken, returned)): Row = analyses::table
        .find(id)
        .select((
            (analyses::user_id, analyses::status, analyses::error_code),
            (analyses::created_at, analyses::completed_at),
            (
                analyses::unit_daily_reset_at.is_not_null(),
                analyses::unit_returned,
            ),
        ))
        .first(conn)
        .await?;
    let ended = ReadingEnded {
        reading: id,
        state,
        code: code.as_deref(),
        duration_ms: (until.unwrap_or(from) - from).num_milliseconds(),
        unit: taken && !returned,
        answer: diesel::sql_query(ANSWER)
            .bind::<SqlUuid, _>(person)
            .bind::<SqlUuid, _>(id)
            .get_result(conn)
            .await?,
    };
    events::record(conn, Some(person), &ended).await
}
