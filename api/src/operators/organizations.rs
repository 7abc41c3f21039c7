//! `/v1/admin/organizations`.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::Error;
use operators::accounts::Whose;
use operators::search;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use super::pages::{limit, page};
use super::people::{Status, SuspensionView, SuspensionWish, restore_account, suspend_account};
use super::reason::Reason;
use crate::http::extract::{JsonBody, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Which organizations.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// An id, or the beginning of a name.
    #[param(max_length = 100)]
    query: Option<String>,
    #[param(inline)]
    status: Option<Status>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// An organization that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundOrganization)]
pub(crate) struct FoundView {
    id: Uuid,
    name: String,
    members: i64,
    /// Keys that are not revoked.
    keys: i64,
    suspension: Option<SuspensionView>,
    created_at: DateTime<Utc>,
}

impl From<search::Organization> for FoundView {
    fn from(one: search::Organization) -> Self {
        Self {
            id: one.id,
            name: one.name,
            members: one.members,
            keys: one.keys,
            suspension: SuspensionView::of(one.suspended_since, one.suspended_until),
            created_at: one.created_at,
        }
    }
}

/// Some organizations.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundOrganizations {
    data: Vec<FoundView>,
    next_cursor: Option<Uuid>,
}

/// Organizations, the newest first.
#[utoipa::path(get, path = "/v1/admin/organizations", operation_id = "find_organizations", tag = "Operators",
    params(Wanted),
    responses((status = 200, description = "A page", body = FoundOrganizations), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<FoundOrganizations>, Problem> {
    let (limit, now) = (limit(wanted.limit)?, state.core.clock.now());
    let suspended = wanted.status.map(|it| matches!(it, Status::Suspended));
    let which = (wanted.query.as_deref(), suspended);
    let place = (wanted.cursor, limit + 1);
    let found = search::organizations(&mut *state.reader().await?, which, place, now).await?;
    let (rows, next_cursor) = page(found, limit, |row| row.id);
    let data = rows.into_iter().map(Into::into).collect();
    Ok(Json(FoundOrganizations { data, next_cursor }))
}

/// One organization.
#[utoipa::path(get, path = "/v1/admin/organizations/{id}", operation_id = "see_organization", tag = "Operators",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The organization", body = FoundView),
        (status = 404, description = "No such organization", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn show(
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<FoundView>, Problem> {
    let id = id_in_path(&request, "id", "organization")?;
    let (which, now) = (id.to_string(), state.core.clock.now());
    let which = (Some(which.as_str()), None);
    let mut found = search::organizations(&mut *state.db().await?, which, (None, 1), now).await?;
    let found = found.pop().ok_or(Error::NotFound("organization"))?;
    Ok(Json(found.into()))
}

/// Suspends an organization: its keys are refused (403 E215), and its members change nothing in it; they still see it.
#[utoipa::path(post, path = "/v1/admin/organizations/{id}/suspend", operation_id = "suspend_organization",
    tag = "Operators",
    params(("id" = Uuid, Path)),
    request_body = SuspensionWish,
    responses(
        (status = 204, description = "It is suspended"),
        (status = 404, description = "No such organization", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn suspend(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<SuspensionWish>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "organization")?;
    suspend_account(&operator, &state, Whose::Organization(id), wish).await
}

/// Takes the suspension of an organization back.
#[utoipa::path(post, path = "/v1/admin/organizations/{id}/restore", operation_id = "restore_organization",
    tag = "Operators",
    params(("id" = Uuid, Path), ("X-Reason" = String, Header, description = "Why; or `?reason=`")),
    responses(
        (status = 204, description = "It is not suspended any more"),
        (status = 404, description = "No such organization", body = ErrorBody),
        (status = 409, description = "It is not suspended", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn restore(
    operator: Operator,
    Reason(reason): Reason,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "id", "organization")?;
    restore_account(&operator, &state, Whose::Organization(id), &reason).await
}
