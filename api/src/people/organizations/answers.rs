//! `/v1/invitations/{token}`: an invitation as the person sees whom it is for.

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::organizations::roles::Role;
use people::organizations::{invitations, queries};
use serde::Serialize;
use utoipa::ToSchema;

use super::OrganizationView;
use crate::http::extract::Me;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// An invitation, as who has its link sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownInvitation {
    /// The name of the organization.
    organization: String,
    role: Role,
    /// Whether only the owner of one address can accept it.
    for_address: bool,
    /// Whether members have to prove a second factor before they can act there.
    require_second_factor: bool,
    expires_at: DateTime<Utc>,
}

/// What an invitation says. Showing it changes nothing, so a program that opens all links of a mail uses none up.
#[utoipa::path(get, path = "/v1/invitations/{token}", operation_id = "get_invitation", tag = "Organizations",
    params(("token" = String, Path)),
    responses(
        (status = 200, description = "It can be answered", body = ShownInvitation),
        (status = 404, description = "There is none with this secret", body = ErrorBody),
        (status = 410, description = "It was answered or revoked, or has expired: E611", body = ErrorBody),
        Refused,
    ),
    security(()))]
pub(crate) async fn show(
    token: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<Json<ShownInvitation>, Problem> {
    let mut conn = state.db().await?;
    let found = invitations::look(&mut conn, &token, state.core.clock.now()).await?;
    let (invitation, organization) = found;
    Ok(Json(ShownInvitation {
        organization: organization.name,
        role: invitation.role,
        for_address: invitation.address.is_some(),
        require_second_factor: organization.require_second_factor,
        expires_at: invitation.expires_at,
    }))
}

/// The caller becomes a member of the organization. If it asks for a second factor (`require_second_factor`), they can act
/// there once they prove one: 403 E222 until then.
#[utoipa::path(post, path = "/v1/invitations/{token}/accept", operation_id = "accept_invitation",
    tag = "Organizations",
    params(("token" = String, Path)),
    responses(
        (status = 200, description = "The organization", body = OrganizationView),
        (status = 403, description = "It is for an address that is not theirs", body = ErrorBody),
        (status = 404, description = "There is none with this secret", body = ErrorBody),
        (status = 409, description = "They are a member already, or in too many organizations", body = ErrorBody),
        (status = 410, description = "It was answered or revoked, or has expired: E611", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn accept(
    me: Me,
    token: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<Json<OrganizationView>, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let joined = conn.transaction(async |conn| {
        let id = invitations::answer(conn, &token, me.id, true, now, &me.origin).await?;
        Ok::<_, Error>(queries::by_id(conn, id, Some(me.id)).await?)
    });
    Ok(Json(joined.await?.into()))
}

/// The caller declines: the invitation has ended.
#[utoipa::path(post, path = "/v1/invitations/{token}/decline", operation_id = "decline_invitation",
    tag = "Organizations",
    params(("token" = String, Path)),
    responses(
        (status = 204, description = "It is over"),
        (status = 403, description = "It is for an address that is not theirs", body = ErrorBody),
        (status = 404, description = "There is none with this secret", body = ErrorBody),
        (status = 410, description = "It was answered or revoked, or has expired: E611", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn decline(
    me: Me,
    token: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<actix_web::HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        invitations::answer(conn, &token, me.id, false, now, &me.origin).await
    })
    .await?;
    Ok(actix_web::HttpResponse::NoContent().finish())
}
