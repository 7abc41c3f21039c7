//! `/v1/organizations/{organization}/invitations`: how members come in.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::addresses::Address;
use people::organizations::invitations::{self, Sendable, Wanted};
use people::organizations::model::Invitation;
use people::organizations::roles::Role;
use people::organizations::{invitation_rows, rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::{Acting, JsonBody, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// An invitation that is open.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationView {
    id: Uuid,
    role: Role,
    /// The address that it is for; `null`: it is for any person with the link.
    email: Option<String>,
    /// The member who made it; `null` for a key, and for one who is gone.
    invited_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<Invitation> for InvitationView {
    fn from(one: Invitation) -> Self {
        Self {
            id: one.id,
            role: one.role,
            email: one.spelling,
            invited_by: one.invited_by,
            created_at: one.created_at,
            expires_at: one.expires_at,
        }
    }
}

/// The invitations of an organization.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitations {
    invitations: Vec<InvitationView>,
}

/// An invitation that was just made, with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct FreshInvitation {
    #[serde(flatten)]
    invitation: InvitationView,
    /// For `/v1/invitations/{token}`. Shown only here.
    token: String,
    /// For the person who is invited.
    link: String,
}

/// Whom to invite, as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationWish {
    role: Role,
    /// The address that it is for: only a person who has proved it can accept. Without it: any person with the link,
    /// once.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// 7 without it.
    #[schema(minimum = 1, maximum = 30)]
    expires_in_days: Option<i64>,
}

/// Where a person answers an invitation. The secret stands behind the `#`, which browsers keep to themselves.
fn link(state: &ApiState, token: &str) -> String {
    let public = &state.core.config.public_url;
    public.at(&format!("/auth/invitation#token={token}"))
}

fn fresh(state: &ApiState, made: Sendable) -> FreshInvitation {
    let token = made.secret.0;
    FreshInvitation {
        link: link(state, &token),
        token,
        invitation: made.invitation.into(),
    }
}

/// The open invitations, the newest first; those that have expired are open until they are revoked.
#[utoipa::path(get, path = "/v1/organizations/{organization}/invitations", operation_id = "list_invitations",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    responses(
        (status = 200, description = "All of them", body = Invitations),
        (status = 404, description = "No organization of which the caller is a member", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn list(
    acting: Acting,
    state: web::Data<ApiState>,
) -> Result<Json<Invitations>, Problem> {
    let found = invitation_rows::open(&mut *state.db().await?, acting.account).await?;
    let invitations = found.into_iter().map(Into::into).collect();
    Ok(Json(Invitations { invitations }))
}

/// Invites a person, by a link and, with an address, by mail. It is good once.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations", operation_id = "create_invitation",
    tag = "Organizations",
    params(("organization" = Uuid, Path)),
    request_body = InvitationWish,
    responses(
        (status = 201, description = "With its secret", body = FreshInvitation),
        (status = 404, description = "No organization of which the caller is a member", body = ErrorBody),
        (status = 409, description = "The address has an open one, or there are too many", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn create(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<InvitationWish>,
) -> Result<HttpResponse, Problem> {
    let (now, place) = (state.core.clock.now(), acting.in_organization());
    let wanted = Wanted {
        role: wish.role,
        address: address(&state, wish.email.as_deref())?,
        expires_at: rules::end_of_invitation(now, wish.expires_in_days)?,
    };
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        invitations::create(conn, place, wanted, now, &acting.origin).await
    });
    let made = fresh(&state, made.await?);
    Ok(HttpResponse::Created().json(made))
}

/// The address that an invitation is for, as identities are compared, and as mail goes there.
fn address(state: &ApiState, typed: Option<&str>) -> Result<Option<(String, String)>, Error> {
    let unicode = state.config.accounts.unicode_addresses;
    let read = typed
        .map(|typed| Address::read(typed, unicode))
        .transpose()?;
    Ok(read.map(|address| (address.key, address.spelling)))
}

/// Sends an invitation again, with a new secret and seven more days. The old link leads nowhere from then on.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations/{invitation}/resend",
    operation_id = "resend_invitation", tag = "Organizations",
    params(("organization" = Uuid, Path), ("invitation" = Uuid, Path)),
    responses(
        (status = 200, description = "With its new secret", body = FreshInvitation),
        (status = 404, description = "No invitation of an organization of the caller", body = ErrorBody),
        (status = 410, description = "It has ended: E611", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn resend(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<FreshInvitation>, Problem> {
    let id = id_in_path(&request, "invitation", "invitation")?;
    let (now, place) = (state.core.clock.now(), acting.in_organization());
    let until = (now, rules::end_of_invitation(now, None)?);
    let mut conn = state.db().await?;
    let made = conn
        .transaction(async |conn| invitations::renew(conn, place, id, until, &acting.origin).await);
    Ok(Json(fresh(&state, made.await?)))
}

/// Revokes an invitation that is open.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/invitations/{invitation}",
    operation_id = "revoke_invitation", tag = "Organizations",
    params(("organization" = Uuid, Path), ("invitation" = Uuid, Path)),
    responses(
        (status = 204, description = "The invitation has ended"),
        (status = 404, description = "No invitation of an organization of the caller", body = ErrorBody),
        (status = 410, description = "It has ended: E611", body = ErrorBody),
        Refused,
    ))]
pub(crate) async fn revoke(
    acting: Acting,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&request, "invitation", "invitation")?;
    let (now, place) = (state.core.clock.now(), acting.in_organization());
    let mut conn = state.db().await?;
    conn.transaction(async |conn| invitations::revoke(conn, place, id, now, &acting.origin).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
