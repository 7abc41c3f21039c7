//! The buttons of queues.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use shared::jobs::operate;

use super::acts::Back;
use super::filter;
use super::gate::Visitor;
use crate::error::Problem;
use crate::state::ApiState;

/// `POST /admin/queues/{queue}/pause`
pub(crate) async fn pause(
    request: HttpRequest,
    state: web::Data<ApiState>,
    name: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let queue = filter::queue(&name)?;
    let visitor = request.extensions().get::<Visitor>().cloned();
    let by = visitor.map_or_else(|| "somebody".to_owned(), |visitor| visitor.0);
    let by = format!("{by}, admin page");
    let changed = operate::pause(&mut *state.db().await?, queue, &by).await?;
    let code = if changed { "paused" } else { "was-paused" };
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    Ok(back.with(code, None))
}

/// How many workers to wake: each looks for as long as there is something to do.
const WAKE: usize = 16;

/// `POST /admin/queues/{queue}/resume`
pub(crate) async fn resume(
    state: web::Data<ApiState>,
    name: web::Path<String>,
    back: Option<web::Form<Back>>,
) -> Result<HttpResponse, Problem> {
    let queue = filter::queue(&name)?;
    let changed = operate::resume(&mut *state.db().await?, queue).await?;
    state.core.pusher.wake_queue(queue, WAKE).await;
    let code = if changed { "resumed" } else { "was-not-paused" };
    let back = back.map(web::Form::into_inner).unwrap_or_default();
    Ok(back.with(code, None))
}
