//! The buttons of jobs. Each answers with the page it was pressed on, and a line of what was done.

use actix_web::http::header::LOCATION;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use audit::model::Origin;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::Queue;
use jobs::ledger::Ticket;
use jobs::operate;
use jobs::operate::Outcome;
use kernel::Error;
use product::JOBS;
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::filter::Wanted;
use super::gate::Visitor;
use super::notice;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// The page to which the browser returns.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Back {
    back: Option<String>,
}

impl Back {
    /// One of our own pages.
    pub(super) fn to(page: &str) -> Self {
        Self {
            back: Some(page.to_owned()),
        }
    }

    /// 303 to a page of the admin, with a line.
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

/// A pressed button of a job: the operator, the job, and the page.
type Pressed = (
    HttpRequest,
    web::Data<ApiState>,
    web::Path<String>,
    Option<web::Form<Back>>,
);

/// `POST /admin/jobs/{id}/retry`
pub(crate) async fn retry(pressed: Pressed) -> Result<HttpResponse, Problem> {
    let act = async |conn: &mut AsyncPgConnection, id| operate::retry(conn, &JOBS, id).await;
    carry_out(pressed, "job_retried", act, |_| "retried").await
}

/// `POST /admin/jobs/{id}/cancel`
pub(crate) async fn cancel(pressed: Pressed) -> Result<HttpResponse, Problem> {
    let act = async |conn: &mut AsyncPgConnection, id| operate::cancel(conn, &JOBS, id).await;
    let done = |outcome: &Outcome| match outcome {
        Outcome::Requested => "cancelling",
        _ => "cancelled",
    };
    carry_out(pressed, "job_cancelled", act, done).await
}

/// `POST /admin/jobs/{id}/discard`
pub(crate) async fn discard(pressed: Pressed) -> Result<HttpResponse, Problem> {
    let act =
        async |conn: &mut AsyncPgConnection, id| Ok((operate::discard(conn, id).await?, None));
    carry_out(pressed, "job_discarded", act, |_| "discarded").await
}

/// Runs an action on a job, writes it into the audit log if it succeeded, and answers.
async fn carry_out(
    (request, state, id, back): Pressed,
    action: &'static str,
    act: impl AsyncFnOnce(&mut AsyncPgConnection, Uuid) -> QueryResult<(Outcome, Option<Ticket>)>,
    done: impl FnOnce(&Outcome) -> &'static str,
) -> Result<HttpResponse, Problem> {
    let id = job_id(&id)?;
    let mut conn = state.db().await?;
    let (outcome, ticket) = act(&mut conn, id).await?;
    if outcome.refusal().is_none() {
        let (origin, by) = operator(&request);
        audit::operator::note(&mut conn, &origin, &by, action, Some(id), json!(outcome)).await?;
    }
    drop(conn);
    state.core.pusher.wake(ticket.as_slice()).await;
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    Ok(back.with(&notice::code(&outcome, done(&outcome)), None))
}

/// The operator at the page, and their address.
pub(super) fn operator(request: &HttpRequest) -> (Origin, String) {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let visitor = visitor.unwrap_or_else(|| Visitor("unnamed operator".to_owned()));
    visitor.operator(request)
}

/// Parses the id of a job; a malformed one is unknown.
pub(super) fn job_id(text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::NotFound("job"))
}

/// The most dead jobs that one press redrives.
pub(super) const RETRY_MAX: i64 = 1_000;

/// The filter of dead jobs. An unknown field is refused, because without it the filter would match more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dead {
    queue: Option<String>,
    kind: Option<String>,
    back: Option<String>,
}

/// `POST /admin/jobs/retry-dead`: redrives the dead jobs of a queue, of a kind, or all.
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
    let sent = operate::retry_dead(&mut conn, &JOBS, filter.queue, kind, RETRY_MAX).await?;
    if !sent.is_empty() {
        let (origin, by) = operator(&request);
        let about =
            json!({ "queue": filter.queue.map(Queue::name), "kind": kind, "count": sent.len() });
        audit::operator::note(&mut conn, &origin, &by, "dead_jobs_retried", None, about).await?;
    }
    drop(conn);
    state.core.pusher.wake(&sent).await;
    Ok(Back { back }.with("retried-dead", Some(sent.len())))
}
