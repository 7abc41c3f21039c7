//! `/v1/admin/operators`.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use operators::roles::Role;
use operators::staff;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::gate::Operator;
use crate::http::extract::{JsonBody, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// An operator.
#[derive(Serialize, ToSchema)]
#[schema(as = Operator)]
pub(crate) struct OperatorView {
    user_id: Uuid,
    #[schema(value_type = String, example = "support")]
    role: Role,
    /// The operator who made them one; `null`: the command `symancy operators`.
    made_by: Option<Uuid>,
    made_at: DateTime<Utc>,
    /// Since when they are none any more.
    ended_at: Option<DateTime<Utc>>,
}

impl From<staff::Operator> for OperatorView {
    fn from(one: staff::Operator) -> Self {
        Self {
            user_id: one.user_id,
            role: one.role,
            made_by: one.made_by,
            made_at: one.made_at,
            ended_at: one.ended_at,
        }
    }
}

/// All operators, also those who are none any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct Operators {
    operators: Vec<OperatorView>,
}

/// Who becomes an operator, or gets another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorWish {
    /// A person.
    user_id: Uuid,
    /// `admin`, `support`, `finance` or `auditor`.
    #[schema(value_type = String, example = "support")]
    role: Role,
}

/// Who runs this deployment.
#[utoipa::path(get, path = "/v1/admin/operators", operation_id = "list_operators", tag = "Operators",
    responses((status = 200, description = "All of them", body = Operators), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(state: web::Data<ApiState>) -> Result<Json<Operators>, Problem> {
    let found = staff::list(&mut *state.db().await?).await?;
    let operators = found.into_iter().map(Into::into).collect();
    Ok(Json(Operators { operators }))
}

/// Makes a person an operator, or gives an operator another role. A role above that of the caller is refused.
#[utoipa::path(post, path = "/v1/admin/operators", operation_id = "put_operator", tag = "Operators",
    request_body = OperatorWish,
    responses(
        (status = 200, description = "As it is now", body = OperatorView),
        (status = 404, description = "No such person", body = ErrorBody),
        (status = 409, description = "The last admin stays one: E612", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn put(
    operator: Operator,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<OperatorWish>,
) -> Result<Json<OperatorView>, Problem> {
    let now = state.core.clock.now();
    let wish = (wish.user_id, wish.role);
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| staff::put(conn, wish, &operator.by, now).await);
    Ok(Json(made.await?.into()))
}

/// Ends that a person is an operator. The last admin stays one.
#[utoipa::path(delete, path = "/v1/admin/operators/{id}", operation_id = "end_operator", tag = "Operators",
    params(("id" = Uuid, Path, description = "Of the person")),
    responses(
        (status = 204, description = "They are none any more"),
        (status = 404, description = "No such operator", body = ErrorBody),
        (status = 409, description = "The last admin stays one: E612", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn end(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "operator")?;
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    conn.transaction(async |conn| staff::end(conn, id, &operator.by, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
