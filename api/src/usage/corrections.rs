//! `GET /v1/usage/corrections`.

use actix_web::web::{self, Json};
use serde::Serialize;
use usage::queries::{self, Correction};
use utoipa::ToSchema;

use super::since::Since;
use crate::http::extract::{Acting, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Days of an account that have changed after they were over.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageCorrections)]
pub(crate) struct Corrections {
    /// The newest first, a thousand at most.
    data: Vec<Correction>,
}

/// Days that have changed after they were over
///
/// By events that came late, or because the day was counted again.
#[utoipa::path(get, path = "/v1/usage/corrections", operation_id = "list_usage_corrections", tag = "Usage", params(Since),
    responses((status = 200, description = "The changes", body = Corrections), Refused))]
pub(crate) async fn corrections(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Since>,
) -> Result<Json<Corrections>, Problem> {
    let since = wanted.moment(state.core.clock.now())?;
    let data = queries::corrections(&mut *state.db().await?, acting.account, since).await?;
    Ok(Json(Corrections { data }))
}
