//! `POST /v1/analyses/{id}/feedback`: what a person thinks of a reading.

use actix_web::web::{self, Json};
use bot::jobs::{Notice, SendNotice};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use moderation::{Assessment, assess};
use people::users;
use readings::ratings;
use readings::ratings::Words;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{JsonBody, Viewer};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The longest feedback, in characters.
const TEXT_MAX: usize = 1_000;

/// What the caller thinks of a reading.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feedback {
    /// From 1 (bad) to 5 (very good).
    #[schema(minimum = 1, maximum = 5)]
    #[serde(deserialize_with = "whole")]
    rating: i16,
    #[schema(max_length = 1000)]
    feedback_text: Option<String>,
}

/// To JSON 5 and 5.0 are the same number, and some clients write the latter.
fn whole<'de, D: Deserializer<'de>>(json: D) -> Result<i16, D::Error> {
    let number = f64::deserialize(json)?;
    let range = f64::from(i16::MIN)..=f64::from(i16::MAX);
    if number.fract() == 0.0 && range.contains(&number) {
        return Ok(number as i16);
    }
    Err(serde::de::Error::custom("must be a whole number"))
}

/// What is recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedbackView {
    id: Uuid,
    #[schema(minimum = 1, maximum = 5)]
    user_rating: i16,
    feedback_text: Option<String>,
    /// The answer to words of a person who may be in danger: it is for them, and their words are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    care: Option<&'static str>,
}

/// Rates a reading; a later rating takes the place of an earlier one.
#[utoipa::path(post, path = "/v1/analyses/{id}/feedback", operation_id = "rate_analysis", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")), request_body = Feedback,
    responses(
        (status = 200, description = "It is recorded", body = FeedbackView),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "There is nothing to rate yet", body = ErrorBody),
        Refused))]
pub(crate) async fn rate(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    JsonBody(feedback): JsonBody<Feedback>,
) -> Result<Json<FeedbackView>, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let (rating, text) = checked(feedback)?;
    let is_despair = (text.as_deref()).is_some_and(|text| assess(text) == Assessment::Crisis);
    let text = text.filter(|_| !is_despair);
    let ticket = state
        .db()
        .await?
        .transaction(async |conn| {
            let words = Words::These(text.as_deref());
            let rated = (id, viewer.owner);
            let owner = ratings::rate(conn, rated, rating, words, &viewer.origin).await?;
            match is_despair {
                true => care(conn, owner).await,
                false => Ok(None),
            }
        })
        .await?;
    state.core.pusher.wake(ticket.as_slice()).await;
    Ok(Json(FeedbackView {
        id,
        user_rating: rating,
        feedback_text: text,
        care: is_despair.then(|| moderation::care(viewer.language)),
    }))
}

/// Enqueues the answer to words of despair to the person's chat, if they have one: a service that has sent them may
/// show the person nothing.
pub(super) async fn care(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> Result<Option<Ticket>, Error> {
    let Some(chat_id) = users::queries::by_id(conn, user_id).await?.telegram_id else {
        return Ok(None);
    };
    let notice = SendNotice {
        user_id,
        chat_id,
        notice: Notice::Care,
        replaces: None,
    };
    Ok(Some(ledger::enqueue(conn, &notice).await?))
}

fn checked(feedback: Feedback) -> Result<(i16, Option<String>), Error> {
    if !(1..=5).contains(&feedback.rating) {
        return Err(Error::invalid("rating", "must be from 1 to 5"));
    }
    let text = feedback.feedback_text.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    if let Some(text) = &text
        && text.chars().count() > TEXT_MAX
    {
        let why = format!("must have at most {TEXT_MAX} characters");
        return Err(Error::invalid("feedback_text", why));
    }
    Ok((feedback.rating, text))
}
