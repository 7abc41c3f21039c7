//! SQL over `analysis_steps`: the prompt of each step of a reading, and the model that answered.

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

/// The step that answers a question, as `vendors::ai::Step` spells it.
pub const CHAT: &str = "chat";

/// The caring answer to a person in distress; no AI writes it.
pub const CARE: &str = "care";

/// What is stored about one step.
#[derive(Clone, Copy, Debug)]
pub struct StepRecord<'a> {
    pub step: &'a str,
    /// The files and the hash of the instruction, as in `answer.en.1+voice.1+general.1#0a1b2c3d`.
    pub prompt_version: &'a str,
    pub vendor: &'a str,
    /// The model that really answered.
    pub model: &'a str,
}

/// Stores a step of a reading; a repeated step replaces its row. Does nothing if the reading was
/// deleted meanwhile.
///
/// # Errors
/// Those of the database.
pub async fn record(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    entry: StepRecord<'_>,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO analysis_steps (analysis_id, step, prompt_version, vendor, model)
         SELECT id, $2, $3, $4, left($5, 100) FROM analysis_history WHERE id = $1 FOR KEY SHARE
         ON CONFLICT (analysis_id, step) DO UPDATE SET prompt_version = excluded.prompt_version,
             vendor = excluded.vendor, model = excluded.model, created_at = now()",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(entry.step)
    .bind::<Text, _>(entry.prompt_version)
    .bind::<Text, _>(entry.vendor)
    .bind::<Text, _>(entry.model)
    .execute(conn)
    .await
    .map(|_| ())
}
