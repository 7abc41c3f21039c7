//! The buttons of jobs. Each answers with the page it was pressed on, and a line of what was done.

use actix_web::http::header::LOCATION;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use diesel_async::AsyncPgConnection;
use serde::Deserialize;
use serde_json::json;
use shared::features::audit::model::Origin;
use shared::jobs::Queue;
use shared::jobs::operate::{self, Outcome};
use shared::{Error, jobs::ledger::Ticket};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::filter::Wanted;
use super::gate::Visitor;
use super::notice;
use crate::error::Problem;
use crate::extract::origin::origin;
use crate::state::ApiState;

/// Where the browser goes then.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Back {
    back: Option<String>,
}

impl Back {
    /// 303 to a page of ours, with a line.
    pub(super) fn with(self, code: &str, count: Option<usize>) -> HttpResponse {
        let ours = |back: &String| {
            let inside = back.starts_with("/admin?") || back.starts_with("/admin/");
            (back == "/admin" || inside) && back.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let back = self.back.filter(ours);
        let back = back.unwrap_or_else(|| "/admin".to_owned());
        let sign = if back.contains('?') { '&' } else { '?' };
        let code: String = byte_serialize(code.as_bytes()).collect();
        let mut address = format!("{back}{sign}notice={code}");
        if let Some(count) = count {
            address.push_str(&format!("&count={count}"));
        }
        HttpResponse::SeeOther()
            .insert_header((LOCATION, address))
            .finish()
    }
}

/// `POST /admin/jobs/{id}/retry`
pub(crate) async fn retry(
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let id = job_id(&id)?;
    let mut conn = state.db().await?;
    let (outcome, ticket) = operate::retry(&mut conn, id).await?;
    note(&mut conn, &request, "job_retried", id, &outcome).await?;
    drop(conn);
    Ok(answer(&state, back, "retried", outcome, ticket).await)
}

/// `POST /admin/jobs/{id}/cancel`
pub(crate) async fn cancel(
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let id = job_id(&id)?;
    let mut conn = state.db().await?;
    let (outcome, ticket) = operate::cancel(&mut conn, id).await?;
    note(&mut conn, &request, "job_cancelled", id, &outcome).await?;
    drop(conn);
    let done = match outcome {
        Outcome::Requested => "cancelling",
        _ => "cancelled",
    };
    Ok(answer(&state, back, done, outcome, ticket).await)
}

/// `POST /admin/jobs/{id}/discard`
pub(crate) async fn discard(
    request: HttpRequest,
    state: web::Data<ApiState>,
    id: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let id = job_id(&id)?;
    let mut conn = state.db().await?;
    let outcome = operate::discard(&mut conn, id).await?;
    note(&mut conn, &request, "job_discarded", id, &outcome).await?;
    drop(conn);
    Ok(answer(&state, back, "discarded", outcome, None).await)
}

/// What was done to a job, for the audit log; nothing if nothing was.
async fn note(
    conn: &mut AsyncPgConnection,
    request: &HttpRequest,
    action: &'static str,
    id: Uuid,
    outcome: &Outcome,
) -> Result<(), Error> {
    if outcome.refusal().is_some() {
        return Ok(());
    }
    let (origin, by) = operator(request);
    Ok(operate::note(conn, &origin, &by, action, Some(id), json!(outcome)).await?)
}

/// Who is at the page, and from where.
pub(super) fn operator(request: &HttpRequest) -> (Origin, String) {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let by = visitor.map_or_else(|| "somebody".to_owned(), |visitor| visitor.0);
    (
        origin(request, "operator".to_owned()),
        format!("{by}, admin page"),
    )
}

/// An id that is none is that of no job.
pub(super) fn job_id(text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::NotFound("job"))
}

async fn answer(
    state: &ApiState,
    back: Option<web::Form<Back>>,
    done: &str,
    outcome: Outcome,
    ticket: Option<Ticket>,
) -> HttpResponse {
    state.core.pusher.wake(ticket.as_slice()).await;
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    back.with(&notice::code(&outcome, done), None)
}

/// How many dead jobs one press sends round again.
pub(super) const RETRY_MAX: i64 = 1_000;

/// Which dead jobs. A field that is not known is refused: it would have chosen fewer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dead {
    queue: Option<String>,
    kind: Option<String>,
    back: Option<String>,
}

/// `POST /admin/jobs/retry-dead`: those of a queue, of a kind, or all.
pub(crate) async fn retry_dead(
    request: HttpRequest,
    state: web::Data<ApiState>,
    dead: web::Form<Dead>,
) -> Result<HttpResponse, Problem> {
    let Dead { queue, kind, back } = dead.into_inner();
    let wanted = Wanted {
        queue,
        kind,
        ..Wanted::default()
    };
    let filter = wanted.read()?;
    let mut conn = state.db().await?;
    let kind = filter.kind.as_deref();
    let sent = operate::retry_dead(&mut conn, filter.queue, kind, RETRY_MAX).await?;
    if !sent.is_empty() {
        let (origin, by) = operator(&request);
        let about =
            json!({ "queue": filter.queue.map(Queue::name), "kind": kind, "count": sent.len() });
        operate::note(&mut conn, &origin, &by, "dead_jobs_retried", None, about).await?;
    }
    drop(conn);
    state.core.pusher.wake(&sent).await;
    Ok(Back { back }.with("retried-dead", Some(sent.len())))
}
