//! `/v1/organizations`: accounts with members.

pub(crate) mod answers;
pub(crate) mod invitations;
pub(crate) mod members;

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::factors::step_up::StepUp;
use people::organizations::model::Organization;
use people::organizations::roles::Role;
use people::organizations::{organization, queries, rules};
use product::FEATURES;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Acting, JsonBody, Me};
use crate::http::middleware::step_up;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationView {
    /// Also what `X-Account-Id` names it by.
    id: Uuid,
    name: String,
    /// What the caller is there; `null` for a key of the organization.
    role: Option<Role>,
    /// How many there are.
    members: i64,
    /// Whether members can act in it only in sessions that have proved a second factor: else 403 E222.
    require_second_factor: bool,
    created_at: DateTime<Utc>,
}

impl From<Organization> for OrganizationView {
    fn from(one: Organization) -> Self {
        Self {
            id: one.id,
            name: one.name,
            role: one.role,
            members: one.members,
            require_second_factor: one.require_second_factor,
            created_at: one.created_at,
        }
    }
}

/// The organizations of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organizations {
    organizations: Vec<OrganizationView>,
}

/// What an organization is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationName {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// The organizations of the caller, the one that they joined first at the top.
#[utoipa::path(get, path = "/v1/organizations", operation_id = "list_organizations", tag = "Organizations",
    responses((status = 200, description = "All of them", body = Organizations), Refused))]
pub(crate) async fn list(
    me: Me,
    state: web::Data<ApiState>,
) -> Result<Json<Organizations>, Problem> {
    let found = queries::of_person(&mut *state.db().await?, me.id).await?;
    let organizations = found.into_iter().map(Into::into).collect();
    Ok(Json(Organizations { organizations }))
}

/// Makes an organization; the caller is its owner.
#[utoipa::path(post, path = "/v1/organizations", operation_id = "create_organization", tag = "Organizations",
    request_body = OrganizationName,
    responses(
        (status = 201, description = "As it is", body = OrganizationView),
        (status = 409, description = "The caller is in too many", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn create(
    me: Me,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<OrganizationName>,
) -> Result<HttpResponse, Problem> {
    let name = rules::name(&wanted.name)?;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        let id = organization::create(conn, &name, me.id, &me.origin).await?;
        Ok::<_, Error>(queries::by_id(conn, id, Some(me.id)).await?)
    });
    Ok(HttpResponse::Created().json(OrganizationView::from(made.await?)))
}

/// An organization of the caller.
#[utoipa::path(get, path = "/v1/organizations/{organization}", operation_id = "get_organization",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    responses(
        (status = 200, description = "As it is", body = OrganizationView),
        (status = 404, description = "None of which the caller is a member", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn show(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<OrganizationView>, Problem> {
    Ok(Json(view(&acting, &state).await?))
}

async fn view(acting: &Acting, state: &ApiState) -> Result<OrganizationView, Error> {
    let mut conn = state.db().await?;
    let found = queries::by_id(&mut conn, acting.account, acting.person).await;
    Ok(found.map_err(gone)?.into())
}

/// What was deleted a moment ago is not there.
fn gone(why: diesel::result::Error) -> Error {
    match why {
        diesel::result::Error::NotFound => Error::NotFound("organization"),
        why => why.into(),
    }
}

/// What is to be different. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationChange {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Who asks for it has one themselves.
    require_second_factor: Option<bool>,
}

/// Gives an organization another name, or says whether its members have to prove a second factor.
#[utoipa::path(patch, path = "/v1/organizations/{organization}", operation_id = "change_organization",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    request_body = OrganizationChange,
    responses(
        (status = 200, description = "As it is now", body = OrganizationView),
        (status = 404, description = "None of which the caller is a member", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn change(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<OrganizationChange>,
) -> Result<Json<OrganizationView>, Problem> {
    let name = wanted.name.as_deref().map(rules::name).transpose()?;
    if name.is_none() && wanted.require_second_factor.is_none() {
        return Err(Error::missing("name", "say what is to be different").into());
    }
    if wanted.require_second_factor.is_some() {
        step_up::judge(StepUp::Person, &request).await?;
    }
    let (place, origin) = (acting.in_organization(), &acting.origin);
    let mut conn = state.db().await?;
    let changed = conn.transaction(async |conn| {
        if let Some(name) = name {
            organization::rename(conn, place, &name, origin).await?;
        }
        if let Some(required) = wanted.require_second_factor {
            organization::require_second_factor(conn, place, required, origin).await?;
        }
        Ok::<_, Error>(())
    });
    changed.await?;
    drop(conn);
    Ok(Json(view(&acting, &state).await?))
}

/// Deletes an organization with all that it owns: members, invitations, keys. Nothing more is charged, and its invoices stay. It cannot be undone.
#[utoipa::path(delete, path = "/v1/organizations/{organization}", operation_id = "delete_organization",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "None of which the caller is a member", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn delete(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let place = acting.in_organization();
    let mut conn = state.db().await?;
    let deleted = conn.transaction(async |conn| {
        let keys = people::api_keys::queries::of_account(conn, acting.account).await?;
        organization::delete(conn, FEATURES, place, &acting.origin).await?;
        Ok::<_, Error>(keys)
    });
    let keys = deleted.await?;
    drop(conn);
    super::own_keys::tell(&state, &keys).await;
    Ok(HttpResponse::NoContent().finish())
}
