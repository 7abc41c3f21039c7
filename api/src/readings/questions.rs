//! `/v1/analyses/{id}/questions` and `POST /v1/analyses/{id}/again`: what a person asks for about a reading.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use audit::model::Origin;
use diesel_async::AsyncConnection;
use kernel::Error;
use moderation::{Assessment, assess};
use money::meters;
use people::idempotency::queries::{Fingerprint, Lease};
use readings::accept::Remembered;
use readings::model::{Analysis, AnalysisStatus, FocusArea};
use readings::questions::{self, Asked, Asking};
use readings::rules;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::create::{ACCEPTED, AcceptedView, answer, used_up, view};
use super::feedback::care;
use super::show::{found, language};
use super::view::AnalysisView;
use crate::http::extract::{Caller, JsonBody, Viewer};
use crate::http::idempotency::{self, Done};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// How many questions are listed.
const LISTED: i64 = 100;

/// A question about a reading.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
}

/// What the same cup is to be read about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    #[schema(value_type = FocusArea)]
    focus_area: String,
}

/// The questions about a reading.
#[derive(Serialize, ToSchema)]
pub(crate) struct Questions<'a> {
    /// The newest hundred, the oldest of them first. The question is `text`, the answer `analysis`.
    data: Vec<AnalysisView<'a>>,
    /// What the next question costs; 0 of a plan that counts nothing.
    #[schema(minimum = 0, maximum = 1)]
    units_for_next: u8,
}

/// Asks about a reading. The answer is a reading of its own, also for the limits of the plan, and comes to the
/// chat as well.
#[utoipa::path(post, path = "/v1/analyses/{id}/questions", operation_id = "ask_about_analysis", tag = "Analysis",
    params(
        ("id" = Uuid, Path, description = "Id of the reading"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body gives the same answer, for a day"),
    ),
    request_body = Question,
    responses(
        (status = 202, description = "Accepted", body = AcceptedView,
            headers(("Location" = String, description = "Where the answer will be"))),
        (status = 402, description = "The plan is used up: E301, E302 or E303", body = ErrorBody),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "There is nothing to ask about yet, it is an answer itself, or the same request is at work", body = ErrorBody),
        (status = 422, description = "This Idempotency-Key was used for another request", body = ErrorBody),
        Refused))]
pub(crate) async fn ask(
    request: HttpRequest,
    (viewer, caller): (Viewer, Caller),
    state: web::Data<ApiState>,
    id: web::Path<String>,
    JsonBody(question): JsonBody<Question>,
) -> Result<HttpResponse, Problem> {
    let words = rules::words(Some(&question.text))?;
    let words = words.ok_or_else(|| Error::missing("text", "ask something"))?;
    let wanted = Wanted::Answer(words);
    begin(&request, (viewer, caller), &state, &id, wanted).await
}

/// Has the same cup read about something else: another reading, which takes a unit.
#[utoipa::path(post, path = "/v1/analyses/{id}/again", operation_id = "read_analysis_again", tag = "Analysis",
    params(
        ("id" = Uuid, Path, description = "Id of the reading"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body gives the same answer, for a day"),
    ),
    request_body = Again,
    responses(
        (status = 202, description = "Accepted", body = AcceptedView,
            headers(("Location" = String, description = "Where the reading will be"))),
        (status = 402, description = "The plan is used up: E301, E302 or E303", body = ErrorBody),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "It is not complete, has no cup, or the same request is at work", body = ErrorBody),
        (status = 422, description = "This Idempotency-Key was used for another request", body = ErrorBody),
        Refused))]
pub(crate) async fn again(
    request: HttpRequest,
    (viewer, caller): (Viewer, Caller),
    state: web::Data<ApiState>,
    id: web::Path<String>,
    JsonBody(again): JsonBody<Again>,
) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::OtherFocus(rules::focus_area(Some(&again.focus_area))?);
    begin(&request, (viewer, caller), &state, &id, wanted).await
}

/// The questions about a reading, with their answers as far as they are.
#[utoipa::path(get, path = "/v1/analyses/{id}/questions", operation_id = "list_analysis_questions", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 200, description = "The questions", body = Questions<'_>),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn list(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let reading = found(&state, id, &viewer).await?;
    let mut conn = state.db().await?;
    let asked = questions::about(&mut conn, id, LISTED).await?;
    let usage = meters::queries::usage(&mut conn, reading.user_id).await?;
    drop(conn);
    let language = language(&state, &viewer, &reading).await?;
    let body = Questions {
        data: asked
            .iter()
            .map(|one| AnalysisView::of(one, language))
            .collect(),
        units_for_next: meters::rules::cost(&usage, state.core.clock.now()),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .json(body))
}

/// What is wanted of a reading.
enum Wanted {
    Answer(String),
    OtherFocus(FocusArea),
}

impl Wanted {
    fn fingerprint(&self, of: Uuid) -> Fingerprint {
        let (operation, what) = match self {
            Self::Answer(words) => ("POST /v1/analyses/{id}/questions", words.as_str()),
            Self::OtherFocus(area) => ("POST /v1/analyses/{id}/again", area.as_str()),
        };
        idempotency::fingerprint(operation, &[of.as_bytes(), what.as_bytes()])
    }

    /// Whether a reading can be asked for this.
    fn judge(&self, of: &Analysis) -> Result<(), Error> {
        let why = match self {
            _ if of.status != AnalysisStatus::Completed => "the reading is not complete",
            Self::Answer(_) if of.about_id.is_some() => {
                "it is an answer; ask about the reading that it is about"
            }
            Self::OtherFocus(_) if !of.is_seen => "this reading has no cup that was seen",
            _ => return Ok(()),
        };
        Err(Error::Conflict(why.to_owned()))
    }
}

async fn begin(
    request: &HttpRequest,
    (viewer, caller): (Viewer, Caller),
    state: &web::Data<ApiState>,
    id: &str,
    wanted: Wanted,
) -> Result<HttpResponse, Problem> {
    state.core.switches.now().await?.admit_reading()?;
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let key = idempotency::key_of(request.headers())?;
    let of = found(state, id, &viewer).await?;
    let (namespace, fingerprint) = (caller.namespace(), wanted.fingerprint(id));
    let work = async move |state: &ApiState, lease: Option<&Lease>| {
        wanted.judge(&of)?;
        write(state, &of, &wanted, viewer.origin.clone(), lease).await
    };
    answer(idempotency::once(state, &namespace, key.as_deref(), &fingerprint, work).await?)
}

/// Writes the reading that is the answer.
async fn write(
    state: &ApiState,
    of: &Analysis,
    wanted: &Wanted,
    origin: Origin,
    lease: Option<&Lease>,
) -> Result<Done, Error> {
    let id = Uuid::now_v7();
    let body = view(id, AnalysisStatus::Pending)?;
    let asking = Asking {
        id,
        user_id: of.user_id,
        place: None,
        origin,
        remembered: lease.map(|lease| Remembered {
            lease,
            status: ACCEPTED,
            body: &body,
        }),
    };
    let mut conn = state.db().await?;
    let asked = conn
        .transaction(async |conn| match wanted {
            Wanted::Answer(words) => questions::ask(conn, &asking, of.id, words).await,
            Wanted::OtherFocus(area) => questions::read_again(conn, &asking, of.id, *area).await,
        })
        .await?;
    drop(conn);
    match asked {
        Asked::Accepted(tickets) => state.core.pusher.wake(&tickets).await,
        Asked::Limited => {
            comfort(state, of.user_id, wanted).await?;
            return Err(used_up(state, of.user_id).await?);
        }
        Asked::NoConsent => {
            comfort(state, of.user_id, wanted).await?;
            return Err(rules::no_consent());
        }
        Asked::Gone => return Err(Error::NotFound("analysis")),
        Asked::Known => return Err(Error::internal("a question of the API was known")),
    }
    Ok((body, false))
}

/// Answers words of despair in the chat although they are refused.
async fn comfort(state: &ApiState, user_id: Uuid, wanted: &Wanted) -> Result<(), Error> {
    if let Wanted::Answer(words) = wanted
        && assess(words) == Assessment::Crisis
    {
        let ticket = care(&mut *state.db().await?, user_id).await?;
        state.core.pusher.wake(ticket.as_slice()).await;
    }
    Ok(())
}
