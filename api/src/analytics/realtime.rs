//! `GET /v1/analytics/realtime`: the last half hour, asked of the database once for all who look, also as server-sent
//! events.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Json};
use analytics::reports::postgres::Postgres;
use analytics::reports::realtime::{Realtime, realtime};
use kernel::Error;
use utoipa::ToSchema;

use super::answer::{Answer, Asking};
use super::asked::Asked;
use super::gate::Sees;
use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

const PATH: &str = "/v1/analytics/realtime";

/// How long an answer is shared, and when a client of the events comes back.
const FRESH: Duration = Duration::from_secs(5);

/// Asks at most once in [`FRESH`] for all who look.
async fn answer(state: &ApiState, sees: Sees, asked: &Asked) -> Result<Answer<Realtime>, Error> {
    // Who waits below holds no connection.
    let asking = {
        let mut conn = state.reader().await?;
        Asking::of(state, &mut Postgres(&mut conn), (asked, sees), PATH).await?
    };
    let whose = asking.question.filter.organization;
    let found = state.moments.of(whose, FRESH, async || {
        let mut conn = state.reader().await?;
        realtime(&mut Postgres(&mut conn), &asking.question).await
    });
    Ok(Answer {
        data: found.await?,
        previous: None,
        meta: asking.meta::<Postgres<'_>>(),
    })
}

/// What happens now, asked of the database every five seconds at most
#[utoipa::path(get, path = "/v1/analytics/realtime", operation_id = "get_analytics_realtime", tag = "Analytics",
    params(Asked),
    responses((status = 200, description = "The last half hour", body = Answer<Realtime>), Refused))]
pub(crate) async fn show(
    sees: Sees,
    state: web::Data<ApiState>,
    QueryFields(asked): QueryFields<Asked>,
) -> Result<Json<Answer<Realtime>>, Problem> {
    Ok(Json(answer(&state, sees, &asked).await?))
}

/// An event of the stream, as a client reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description: the fields are written by hand")]
pub(crate) struct RealtimeEvent {
    /// `realtime`.
    event: String,
    /// JSON: as `GET /v1/analytics/realtime` answers.
    data: String,
}

/// What happens now, as server-sent events
///
/// Each answer has one event, and ends; a client (`EventSource`) comes back by itself after five seconds, as `retry`
/// says. So no connection is held, a person who may not look any more sees nothing more, and a process can stop.
#[utoipa::path(get, path = "/v1/analytics/realtime/events", operation_id = "get_analytics_realtime_events",
    tag = "Analytics", params(Asked),
    responses(
        (status = 200, description = "Events", body = RealtimeEvent, content_type = "text/event-stream"),
        Refused))]
pub(crate) async fn events(
    sees: Sees,
    state: web::Data<ApiState>,
    QueryFields(asked): QueryFields<Asked>,
) -> Result<HttpResponse, Problem> {
    let answer = answer(&state, sees, &asked).await?;
    // JSON as serde writes it has no line breaks.
    let data = serde_json::to_string(&answer).map_err(Error::internal)?;
    let retry = FRESH.as_millis();
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .body(format!("retry: {retry}\nevent: realtime\ndata: {data}\n\n")))
}
