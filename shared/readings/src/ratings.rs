//! What a person thinks of a reading. A later rating takes the place of an earlier one.

use audit::model::{Change, Origin};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use serde_json::json;
use uuid::Uuid;

use crate::history;
use crate::model::{Analysis, AnalysisStatus};

/// The words that come with a rating.
#[derive(Clone, Copy, Debug)]
pub enum Words<'a> {
    /// Those of an earlier rating stay.
    Kept,
    These(Option<&'a str>),
}

/// Rates a reading of `owner`, or of anyone without one, in the caller's transaction. Returns whose it is.
///
/// # Errors
/// `NotFound` if there is no such reading, `Conflict` if it is not complete, or those of the database.
pub async fn rate(
    conn: &mut AsyncPgConnection,
    (id, owner): (Uuid, Option<Uuid>),
    rating: i16,
    words: Words<'_>,
    origin: &Origin,
) -> Result<Uuid, Error> {
    let was = match history::locked(conn, id, owner).await {
        Err(diesel::result::Error::NotFound) => return Err(Error::NotFound("analysis")),
        was => was?,
    };
    if was.status != AnalysisStatus::Completed {
        return Err(Error::Conflict("there is no reading to rate".to_owned()));
    }
    let words = match words {
        Words::Kept => was.feedback_text.as_deref(),
        Words::These(words) => words,
    };
    history::rate(conn, id, rating, words).await?;
    audit::queries::record(conn, origin, line(&was, rating, words)).await?;
    Ok(was.user_id)
}

/// Without the text: the audit log holds no words of a person.
fn line(was: &Analysis, rating: i16, text: Option<&str>) -> Change {
    Change {
        user_id: Some(was.user_id),
        action: "analysis_rated",
        entity_type: "analysis",
        entity_id: Some(was.id),
        old_value: Some(
            json!({ "rating": was.user_rating, "has_text": was.feedback_text.is_some() }),
        ),
        new_value: Some(json!({ "rating": rating, "has_text": text.is_some() })),
    }
}
