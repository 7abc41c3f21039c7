//! Accepts what a person asks for about a reading: an answer to a question, or the same cup once more with another
//! focus. Each takes a unit.

use audit::model::Origin;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;

use crate::accept::{Accepted, Remembered, accept};
use crate::chat_messages::attach;
use crate::jobs::Interpret;
use crate::messages::ShowProgress;
use crate::model::{Analysis, AnalysisStatus, FocusArea, InputType, NewAnalysis};
use crate::{archive, earlier, queries, rules};
use schema::analysis_history as analyses;

/// Where in the chat a question was asked.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub user_id: Uuid,
    pub chat_id: i64,
    /// The message that the answer replies to.
    pub message_id: i64,
    /// The message of ours that becomes the announcement.
    pub announcement_id: Option<i64>,
}

/// Who asks, and how.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// Of the answer, which is a reading of its own.
    pub id: Uuid,
    pub user_id: Uuid,
    /// `None`: through the API. The answer comes to the chat all the same.
    pub place: Option<Place>,
    pub origin: Origin,
    pub remembered: Option<Remembered<'a>>,
}

impl Asking<'_> {
    /// By a message in the chat.
    pub fn at(place: Place) -> Self {
        Self {
            id: Uuid::now_v7(),
            user_id: place.user_id,
            place: Some(place),
            origin: Origin::own("telegram"),
            remembered: None,
        }
    }
}

/// What became of a question.
#[derive(Debug)]
pub enum Asked {
    Accepted(Vec<Ticket>),
    /// It was accepted before; nothing was written.
    Known,
    /// The person's quota is used up; nothing was written.
    Limited,
    /// The person has not agreed to the terms as they are now; nothing was written.
    NoConsent,
    /// There is no such reading; nothing was written.
    Gone,
}

/// Accepts words as a question about a reading, in the caller's transaction.
///
/// # Errors
/// `InProgress` if another request has taken over the Idempotency-Key; those of the database.
pub async fn ask(
    conn: &mut AsyncPgConnection,
    asking: &Asking<'_>,
    about: Uuid,
    words: &str,
) -> Result<Asked, Error> {
    let Some(reading) = earlier::one(conn, asking.user_id, about).await? else {
        return Ok(Asked::Gone);
    };
    let words = rules::kept_words(words);
    let words = words.chars().take(rules::TEXT_MAX_CHARS).collect();
    let new = asking.analysis(InputType::Text, Some(words), reading.focus_area);
    let mut tickets = match begin(conn, asking, &new).await? {
        Asked::Accepted(tickets) => tickets,
        refused => return Ok(refused),
    };
    queries::set_about(conn, new.id, about).await?;
    if let Some(place) = asking.place {
        attach(conn, place.user_id, place.message_id, new.id).await?;
        tickets.extend(announce(conn, place, new.id).await?);
    }
    Ok(Asked::Accepted(tickets))
}

/// Accepts another reading of the same cup, with what the AI saw in it, in the caller's transaction. Asked for
/// twice from the same message, there is one.
///
/// # Errors
/// `InProgress` if another request has taken over the Idempotency-Key; those of the database.
pub async fn read_again(
    conn: &mut AsyncPgConnection,
    asking: &Asking<'_>,
    of: Uuid,
    focus_area: FocusArea,
) -> Result<Asked, Error> {
    if let Some(place) = asking.place
        && is_begun(conn, place).await?
    {
        return Ok(Asked::Known);
    }
    let seen: Option<(serde_json::Value, Option<String>)> = analyses::table
        .find(of)
        .filter(analyses::user_id.eq(asking.user_id))
        .filter(analyses::status.eq(AnalysisStatus::Completed))
        .filter(archive::vision().is_not_null())
        .select((
            archive::vision().assume_not_null(),
            analyses::source_file_id,
        ))
        .first(conn)
        .await
        .optional()?;
    let Some((vision, source)) = seen else {
        return Ok(Asked::Gone);
    };
    let photographed = source
        .as_deref()
        .and_then(rules::photographed)
        .unwrap_or(of);
    let new = NewAnalysis {
        source_file_id: Some(rules::photo_of(photographed)),
        ..asking.analysis(InputType::Image, None, focus_area)
    };
    let mut tickets = match begin(conn, asking, &new).await? {
        Asked::Accepted(tickets) => tickets,
        refused => return Ok(refused),
    };
    diesel::update(analyses::table.find(new.id))
        .set(analyses::vision.eq(vision))
        .execute(conn)
        .await?;
    if let Some(place) = asking.place {
        tickets.extend(announce(conn, place, new.id).await?);
    }
    Ok(Asked::Accepted(tickets))
}

/// Whether a message has begun a reading. Two presses at once wait for each other.
async fn is_begun(conn: &mut AsyncPgConnection, place: Place) -> QueryResult<bool> {
    money::meters::queries::lock_usage(conn, place.user_id).await?;
    let begun = analyses::table
        .filter(analyses::user_id.eq(place.user_id))
        .filter(analyses::chat_id.eq(place.chat_id))
        .filter(analyses::message_id.eq(place.message_id));
    diesel::select(diesel::dsl::exists(begun))
        .get_result(conn)
        .await
}

/// The newest questions about a reading, at most so many, the oldest of them first.
///
/// # Errors
/// Those of the database.
pub async fn about(
    conn: &mut AsyncPgConnection,
    reading: Uuid,
    most: i64,
) -> QueryResult<Vec<Analysis>> {
    let mut newest: Vec<Analysis> = analyses::table
        .filter(analyses::about_id.eq(reading))
        .order((analyses::created_at.desc(), analyses::id.desc()))
        .limit(most)
        .select(Analysis::as_select())
        .load(conn)
        .await?;
    newest.reverse();
    Ok(newest)
}

/// Whether a question about a reading was accepted before.
///
/// # Errors
/// Those of the database.
pub async fn was_asked(conn: &mut AsyncPgConnection, about: Uuid) -> QueryResult<bool> {
    let questions = analyses::table.filter(analyses::about_id.eq(about));
    diesel::select(diesel::dsl::exists(questions))
        .get_result(conn)
        .await
}

/// Whether a message was accepted as a question.
///
/// # Errors
/// Those of the database.
pub async fn is_question(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<Option<Uuid>> {
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::message_id.eq(message_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::about_id.is_not_null())
        .select(analyses::about_id.assume_not_null())
        .first(conn)
        .await
        .optional()
}

impl Asking<'_> {
    fn analysis(
        &self,
        input_type: InputType,
        user_text: Option<String>,
        focus_area: FocusArea,
    ) -> NewAnalysis {
        NewAnalysis {
            id: self.id,
            user_id: self.user_id,
            message_id: self.place.map(|place| place.message_id),
            input_type,
            image_url: None,
            image_size_bytes: None,
            user_text,
            focus_area,
            chat_id: self.place.map(|place| place.chat_id),
            source_file_id: None,
        }
    }
}

/// Accepts it, to be interpreted at once.
async fn begin(
    conn: &mut AsyncPgConnection,
    asking: &Asking<'_>,
    new: &NewAnalysis,
) -> Result<Asked, Error> {
    let job = Interpret {
        analysis_id: new.id,
        user_id: new.user_id,
    };
    match accept(conn, new, &job, &asking.origin, asking.remembered).await? {
        Accepted::New { ticket, tier } => {
            crate::metrics::analysis_created(new.focus_area.as_str(), tier.as_str());
            Ok(Asked::Accepted(vec![ticket]))
        }
        Accepted::Limited => Ok(Asked::Limited),
        Accepted::NoConsent => Ok(Asked::NoConsent),
        // A service has sent it before, and hands over the update as well.
        Accepted::Duplicate { .. } => Ok(Asked::Known),
        // Deleted a moment ago, with their readings.
        Accepted::NoSuchPerson => Ok(Asked::Gone),
    }
}

/// Makes a message of ours the announcement.
async fn announce(
    conn: &mut AsyncPgConnection,
    place: Place,
    id: Uuid,
) -> Result<Option<Ticket>, Error> {
    let Some(message_id) = place.announcement_id else {
        return Ok(None);
    };
    crate::delivered::set_announcement(conn, id, message_id).await?;
    let show = ShowProgress {
        user_id: place.user_id,
        analysis_id: id,
        chat_id: place.chat_id,
    };
    Ok(Some(ledger::enqueue(conn, &show).await?))
}
