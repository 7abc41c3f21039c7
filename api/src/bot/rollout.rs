//! `GET /v1/rollout/{telegram_id}`: who handles a person while an older workflow of n8n gives way.

use actix_web::web::{self, Json};
use kernel::Error;
use operators::rollout::{queries, rules};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::{Caller, telegram_id};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Who handles a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rollout {
    handled_by: Handler,
}

/// Where the updates of a person go.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Handler {
    /// To `POST /v1/webhooks/telegram`.
    Api,
    /// They stay with the older workflow.
    Workflow,
}

/// Who handles a person. The same for as long as the percentage is, and who is handled by the API stays so when it
/// grows.
#[utoipa::path(get, path = "/v1/rollout/{telegram_id}", operation_id = "get_rollout", tag = "Workflows",
    params(("telegram_id" = i64, Path, minimum = 1, description = "The person's Telegram id")),
    responses((status = 200, description = "By the setting N8N_ROLLOUT_PERCENT, what operators have lowered it to, and whom they have invited", body = Rollout), Refused))]
pub(crate) async fn show(
    caller: Caller,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<Json<Rollout>, Problem> {
    let id = telegram_id(&id);
    let id = id.ok_or_else(|| Error::invalid("telegram_id", "must be a positive number"))?;
    caller.person(id)?;
    let switches = state.core.switches.now().await?;
    let is_invited = queries::is_invited(&mut *state.core.db.get().await?, id).await?;
    let percent = switches.rollout(state.config.rollout_percent);
    let handled_by = match rules::handler(id, is_invited, percent) {
        rules::Handler::Api => Handler::Api,
        rules::Handler::Workflow => Handler::Workflow,
    };
    Ok(Json(Rollout { handled_by }))
}
