//! `/v1/organizations/{organization}/invitations`: how members come in.

use std::net::IpAddr;

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use people::accounts::throttle;
use people::accounts::tries::{self, What};
use people::addresses::Address;
use people::organizations::invitations::{self, Sendable, Wanted};
use people::organizations::model::Invitation;
use people::organizations::roles::Role;
use people::organizations::{invitation_rows, rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::extract::origin::address as address_of;
use crate::http::extract::{Acting, JsonBody, id_in_path, of_person};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::people::accounts::letter_links;
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

/// After the commit.
async fn sent(state: &ApiState, made: Sendable) -> FreshInvitation {
    state.core.pusher.wake(&made.tickets).await;
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
    request: HttpRequest,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<InvitationWish>,
) -> Result<HttpResponse, Problem> {
    let (now, place) = (state.core.clock.now(), acting.in_organization());
    let wanted = Wanted {
        role: wish.role,
        address: address(wish.email.as_deref())?,
        expires_at: rules::end_of_invitation(now, wish.expires_in_days)?,
    };
    let (links, from) = (letter_links(&state), address_of(&request));
    let language = of_person(&request, &state, true).await;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        let words = (&links, language);
        let made = invitations::create(conn, place, wanted, words, now, &acting.origin).await?;
        may_write(conn, &state, from, &made).await?;
        Ok::<_, Error>(made)
    });
    let made = made.await?;
    drop(conn);
    Ok(HttpResponse::Created().json(sent(&state, made).await))
}

/// Whether it is time for one more letter to the address, which may be a stranger's.
async fn may_write(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    from: Option<IpAddr>,
    made: &Sendable,
) -> Result<(), Error> {
    let Some(key) = &made.invitation.address else {
        return Ok(());
    };
    let subjects = tries::subjects(What::Letter, key, from);
    throttle::take(conn, &state.sessions, &subjects, state.core.clock.now()).await
}

/// The address that an invitation is for, as identities are compared, and as mail goes there.
fn address(typed: Option<&str>) -> Result<Option<(String, String)>, Error> {
    let read = typed.map(Address::read).transpose()?;
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
    let (links, from) = (letter_links(&state), address_of(&request));
    let language = of_person(&request, &state, true).await;
    let mut conn = state.db().await?;
    let made = conn.transaction(async |conn| {
        let words = (&links, language);
        let made = invitations::renew(conn, place, id, words, until, &acting.origin).await?;
        may_write(conn, &state, from, &made).await?;
        Ok::<_, Error>(made)
    });
    let made = made.await?;
    drop(conn);
    Ok(Json(sent(&state, made).await))
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
