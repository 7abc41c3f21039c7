//! The buttons of queues.

use actix_web::{HttpRequest, HttpResponse, web};
use jobs::operate;
use serde_json::json;

use super::acts::{Back, operator};
use super::filter;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// `POST /admin/queues/{queue}/pause`
pub(crate) async fn pause(
    request: HttpRequest,
    state: web::Data<ApiState>,
    name: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let queue = filter::queue(&name)?;
    let (origin, by) = operator(&request);
    let mut conn = state.db().await?;
    let changed = operate::pause(&mut conn, queue, &by).await?;
    if changed {
        let about = json!(queue.name());
        audit::operator::note(&mut conn, &origin, &by, "queue_paused", None, about).await?;
    }
    drop(conn);
    let code = if changed { "paused" } else { "was-paused" };
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    Ok(back.with(code, None))
}

/// How many workers to wake: each looks for as long as there is something to do.
const WAKE: usize = 16;

/// `POST /admin/queues/{queue}/resume`
pub(crate) async fn resume(
    request: HttpRequest,
    state: web::Data<ApiState>,
    name: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let queue = filter::queue(&name)?;
    let mut conn = state.db().await?;
    let changed = operate::resume(&mut conn, queue).await?;
    if changed {
        let (origin, by) = operator(&request);
        let about = json!(queue.name());
        audit::operator::note(&mut conn, &origin, &by, "queue_resumed", None, about).await?;
    }
    drop(conn);
    state.core.pusher.wake_queue(queue, WAKE).await;
    let code = if changed { "resumed" } else { "was-not-paused" };
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    Ok(back.with(code, None))
}
