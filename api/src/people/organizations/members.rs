//! `/v1/organizations/{organization}/members`, `/leave` and `/transfer`.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::api_keys;
use people::organizations::model::Member;
use people::organizations::roles::Role;
use people::organizations::{members, queries};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Acting, JsonBody, QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::people::own_keys;
use crate::state::ApiState;

/// A member, as the others see them.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView {
    user_id: Uuid,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    role: Role,
    joined_at: DateTime<Utc>,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            user_id: member.user_id,
            first_name: member.first_name,
            last_name: member.last_name,
            username: member.username,
            role: member.role,
            joined_at: member.created_at,
        }
    }
}

/// The members of an organization.
#[derive(Serialize, ToSchema)]
pub(crate) struct Members {
    members: Vec<MemberView>,
}

/// The members, who joined first at the top.
#[utoipa::path(get, path = "/v1/organizations/{organization}/members", operation_id = "list_members",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    responses(
        (status = 200, description = "All of them", body = Members),
        (status = 404, description = "No organization of which the caller is a member", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn list(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<Members>, Problem> {
    let found = queries::members(&mut *state.db().await?, acting.account).await?;
    let members = found.into_iter().map(Into::into).collect();
    Ok(Json(Members { members }))
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    role: Role,
}

/// Gives a member another role.
///
/// Nobody gives or takes a role above their own, and the last owner stays one. What they could not invite others to with
/// their new role, their open invitations do no more.
#[utoipa::path(patch, path = "/v1/organizations/{organization}/members/{user}", operation_id = "change_member",
    tag = "Organizations",
    params(("organization" = Uuid, Path), ("user" = Uuid, Path)),
    request_body = RoleChange,
    responses(
        (status = 204, description = "They have it"),
        (status = 404, description = "No member of an organization of the caller", body = ErrorBody),
        (status = 409, description = "The organization has no other owner: E610", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn change(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<RoleChange>,
) -> Result<HttpResponse, Problem> {
    let (user, place) = (
        id_in_path(&request, "user", "member")?,
        acting.in_organization(),
    );
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        members::change_role(conn, place, user, wanted.role, &acting.origin).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What becomes of the keys that a member has made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removal {
    #[serde(default)]
    revoke_keys: bool,
}

/// Removes a member.
///
/// The keys of the organization that they have made live on: they are the organization's. `?revoke_keys=true` revokes
/// them.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/members/{user}", operation_id = "remove_member",
    tag = "Organizations",
    params(
        ("organization" = Uuid, Path),
        ("user" = Uuid, Path),
        ("revoke_keys" = Option<bool>, Query, description = "Whether the keys that they have made end too"),
    ),
    responses(
        (status = 204, description = "They are none any more"),
        (status = 404, description = "No member of an organization of the caller", body = ErrorBody),
        (status = 409, description = "The organization has no other owner: E610", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn remove(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
    QueryFields(removal): QueryFields<Removal>,
) -> Result<HttpResponse, Problem> {
    let (user, place) = (
        id_in_path(&request, "user", "member")?,
        acting.in_organization(),
    );
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let removed = conn.transaction(async |conn| {
        members::remove(conn, place, user, &acting.origin).await?;
        let mut keys = Vec::new();
        if removal.revoke_keys {
            keys = api_keys::queries::made_by(conn, acting.account, user).await?;
        }
        for key in &keys {
            api_keys::queries::revoke(conn, key.id, now, acting.by()).await?;
        }
        Ok::<_, Error>(keys)
    });
    let keys = removed.await?;
    drop(conn);
    own_keys::tell(&state, &keys).await;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller leaves the organization. The last owner does not.
#[utoipa::path(post, path = "/v1/organizations/{organization}/leave", operation_id = "leave_organization",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    responses(
        (status = 204, description = "They are no member any more"),
        (status = 404, description = "No organization of which the caller is a member", body = ErrorBody),
        (status = 409, description = "The organization has no other owner: E610", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn leave(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let member = acting.member()?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        members::leave(conn, acting.account, member, &acting.origin).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// To whom an organization goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    /// Another member.
    user_id: Uuid,
}

/// Gives the organization to another member: they are an owner, and the caller is an admin from then on.
#[utoipa::path(post, path = "/v1/organizations/{organization}/transfer", operation_id = "transfer_organization",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    request_body = Transfer,
    responses(
        (status = 204, description = "It is theirs"),
        (status = 404, description = "No member of an organization of the caller", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn transfer(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<Transfer>,
) -> Result<HttpResponse, Problem> {
    let owner = acting.member()?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        let to = wanted.user_id;
        members::transfer(conn, acting.account, owner, to, &acting.origin).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
