//! `GET /v1/analyses/{id}/events`: a reading as it comes into being, as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! Each event has the whole reading, and its revision as id. So the next event makes up for a missed
//! one, and `Last-Event-ID` says what the client has seen already. Partials of the text come between them
//! without an id, complete each time, because they are worth nothing afterwards.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use kernel::{Error, Language};
use readings::growing::Partial;
use readings::model::{Analysis, AnalysisStatus};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::show::{found, language, permit};
use super::view::AnalysisView;
use crate::http::extract::Viewer;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::readings::waiting::permits::Permit;
use crate::readings::waiting::{News, Sign, Watch};
use crate::state::ApiState;

/// A comment as heartbeat, so that proxies do not close a silent connection.
const SIGN_EVERY: Duration = Duration::from_secs(15);

/// The longest stream; the client comes back by itself with `Last-Event-ID`.
const STREAM_MAX: Duration = Duration::from_secs(600);

/// What a client waits before it comes back, in milliseconds.
const COME_BACK_MS: u32 = 1_000;

/// An event of a stream, as a client reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description: the fields are written by hand")]
pub(crate) struct ReadingEvent {
    /// The revision of the reading.
    id: Option<String>,
    /// What has happened.
    event: String,
    /// JSON.
    data: String,
}

/// One reading as it comes into being. Events: `progress`, and as the last one `completed`, `failed`,
/// `canceled` or `deleted`; `data` is the reading as `GET /v1/analyses/{id}` has it, `id` its
/// revision. While the text is written also `partial`, without `id`: `data` is a `Partial`, all that can
/// be shown so far; it replaces the one before, and an empty one takes that back, because the writing
/// starts over. Partials may be missing; only the last event is the reading. 204 if the client has seen
/// the end (by `Last-Event-ID`).
#[utoipa::path(get, path = "/v1/analyses/{id}/events", operation_id = "get_analysis_events", tag = "Analysis",
    params(
        ("id" = Uuid, Path, description = "Id of the reading"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the newest event that the client has seen"),
    ),
    responses(
        (status = 200, description = "Events", body = ReadingEvent, content_type = "text/event-stream"),
        (status = 204, description = "Nothing more will come"),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn events(
    request: HttpRequest,
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let seen = last_event(request.headers());
    let permit = permit(&state, &request, viewer.owner)?;
    let watch = state.waiting.watch(id);
    let analysis = found(&state, id, &viewer).await?;
    if analysis.status.is_final() && seen == Some(analysis.revision) {
        return Ok(HttpResponse::NoContent().finish());
    }
    let feed = Feed {
        // A client with an unknown id has seen nothing.
        seen: seen.filter(|seen| *seen <= analysis.revision).unwrap_or(0),
        language: language(&state, &viewer, &analysis).await?,
        next: Some(Arc::new(analysis)),
        watch,
        until: Instant::now() + STREAM_MAX,
        greeted: false,
        shows: false,
        _permit: permit,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(feed.stream()))
}

fn last_event(headers: &HeaderMap) -> Option<i32> {
    headers
        .get("last-event-id")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// One client's stream.
struct Feed {
    /// The revision that the client has.
    seen: i32,
    /// What is to be sent, if it is newer.
    next: Option<Arc<Analysis>>,
    /// `None` once the last event is sent.
    watch: Option<Watch>,
    language: Language,
    until: Instant,
    greeted: bool,
    /// Whether the client has got a part of the text.
    shows: bool,
    /// Free again when the client goes.
    _permit: Permit,
}

impl Feed {
    fn stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::unfold(self, |mut feed| async move {
            let piece = feed.piece().await?;
            Some((Ok(Bytes::from(piece)), feed))
        })
    }

    /// What to send next; `None` at the end.
    async fn piece(&mut self) -> Option<String> {
        if !self.greeted {
            self.greeted = true;
            return Some(format!("retry: {COME_BACK_MS}\n\n"));
        }
        loop {
            if let Some(analysis) = self.next.take()
                && analysis.revision > self.seen
            {
                self.seen = analysis.revision;
                if analysis.status.is_final() {
                    self.watch = None;
                }
                return event(&analysis, self.language);
            }
            let sign = (Instant::now() + SIGN_EVERY).min(self.until);
            let watch = self.watch.as_mut()?;
            match tokio::time::timeout_at(sign, watch.any(self.seen)).await {
                Ok(Some(Sign::News(News::Changed(analysis)))) => self.next = Some(analysis),
                Ok(Some(Sign::News(News::None))) => {}
                Ok(Some(Sign::News(News::Gone))) => {
                    self.watch = None;
                    return Some("event: deleted\ndata: {}\n\n".to_owned());
                }
                Ok(Some(Sign::Grown(grown))) => {
                    let had = std::mem::replace(&mut self.shows, !grown.partial.is_empty());
                    if had || self.shows {
                        return partial_event(&grown.partial);
                    }
                }
                Ok(None) => return None,
                Err(_) if Instant::now() >= self.until => return None,
                Err(_) => return Some(": still at it\n\n".to_owned()),
            }
        }
    }
}

fn event(analysis: &Analysis, language: Language) -> Option<String> {
    let name = match analysis.status {
        AnalysisStatus::Pending | AnalysisStatus::Processing => "progress",
        ended => ended.as_str(),
    };
    // JSON as serde writes it has no line breaks.
    let data = serde_json::to_string(&AnalysisView::of(analysis, language)).ok()?;
    Some(format!(
        "id: {}\nevent: {name}\ndata: {data}\n\n",
        analysis.revision
    ))
}

/// No id: `Last-Event-ID` stays the revision.
fn partial_event(partial: &Partial) -> Option<String> {
    let data = serde_json::to_string(partial).ok()?;
    Some(format!("event: partial\ndata: {data}\n\n"))
}
