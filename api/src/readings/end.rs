//! `POST /v1/analyses/{id}/cancel` and `DELETE /v1/analyses/{id}`.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use readings::forget;
use readings::model::AnalysisStatus;
use readings::{cancel, history, news};
use uuid::Uuid;

use super::view::{AnalysisView, answer};
use crate::http::extract::Viewer;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Cancels a reading that nothing has been done for yet; its unit of the plan is given back.
/// Cancelling it again changes nothing.
#[utoipa::path(post, path = "/v1/analyses/{id}/cancel", operation_id = "cancel_analysis", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 200, description = "It is canceled", body = AnalysisView<'_>),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "It is being made, or it has ended", body = ErrorBody),
        Refused))]
pub(crate) async fn cancel(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let canceled = state
        .db()
        .await?
        .transaction(async |conn| {
            let was = history::locked(conn, id, viewer.owner).await;
            let was = was.map_err(super::not_found)?;
            match was.status {
                AnalysisStatus::Canceled => return Ok(was),
                AnalysisStatus::Pending => {}
                _ => {
                    return Err(Error::Conflict(
                        "the reading is no longer pending".to_owned(),
                    ));
                }
            }
            cancel::cancel(conn, &was, &viewer.origin).await?;
            history::locked(conn, id, None)
                .await
                .map_err(super::not_found)
        })
        .await?;
    news::changed(&state.core.publisher, id);
    Ok(answer(&canceled, viewer.language, None))
}

/// Deletes a reading, its photos, and the questions about it with their answers, for good. One that is
/// pending is canceled with it.
#[utoipa::path(delete, path = "/v1/analyses/{id}", operation_id = "delete_analysis", tag = "Analysis",
    params(("id" = Uuid, Path, description = "Id of the reading")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn delete(
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let ticket = state
        .db()
        .await?
        .transaction(async |conn| forget::remove(conn, id, viewer.owner, &viewer.origin).await)
        .await
        .map_err(super::not_found)?;
    state.core.pusher.wake(&[ticket]).await;
    news::changed(&state.core.publisher, id);
    Ok(HttpResponse::NoContent().finish())
}
