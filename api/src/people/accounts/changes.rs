//! `POST /v1/auth/change-password` and `/v1/auth/change-email`: both ask for the password once more.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::accounts::model::{Asked, Owner};
use people::accounts::{changes, queries};
use people::addresses::Address;
use serde::Deserialize;
use utoipa::ToSchema;

use super::register::{Accepted, accepted};
use super::{addresses, closed, login, new_password, own_session, person};
use crate::http::extract::{JsonBody, Me, Proof};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    current_password: String,
    #[schema(min_length = 8, max_length = 128)]
    new_password: String,
}

/// The new address, and the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailBody {
    #[schema(example = "ann@example.net")]
    email: String,
    password: String,
}

/// The address of a person who has shown their password.
pub(super) async fn proved(
    state: &ApiState,
    request: &HttpRequest,
    me: &Me,
    password: &str,
) -> Result<(String, Owner), Error> {
    let known = queries::address_of(&mut *state.db().await?, me.id).await?;
    let (key, _, _) = known.ok_or_else(login::wrong)?;
    let owner = login::proved(state, request, &key, password).await?;
    match owner.user_id == me.id {
        true => Ok((key, owner)),
        false => Err(login::wrong()),
    }
}

/// Changes the password
///
/// All other sessions of the person end.
#[utoipa::path(
    post,
    path = "/v1/auth/change-password",
    operation_id = "change_password",
    tag = "Accounts",
    request_body = PasswordBody,
    responses((status = 204, description = "It is changed"), Refused),
    security(("AccessToken" = [])),
)]
pub(crate) async fn password(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    let session = own_session(&proof)?;
    let (key, owner) = proved(&state, &request, &me, &body.current_password).await?;
    new_password::judge(&state, "new_password", &body.new_password, &[&key]).await?;
    let hash = state.passwords.hash(&body.new_password).await?;
    let (now, origin) = (state.core.clock.now(), person(&request));
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        login::still(conn, &owner).await?;
        changes::change_password(conn, me.id, &hash, Some(session), &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Asks for another address
///
/// It is changed once the new one is proved by the link of a letter. The answer is the same for every address.
#[utoipa::path(
    post,
    path = "/v1/auth/change-email",
    operation_id = "change_email",
    tag = "Accounts",
    request_body = EmailBody,
    responses((status = 202, description = "A letter comes to the new address", body = Accepted), Refused),
    security(("AccessToken" = [])),
)]
pub(crate) async fn email(
    proof: Proof,
    me: Me,
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<EmailBody>,
) -> Result<HttpResponse, Problem> {
    own_session(&proof)?;
    let address = Address::read(&body.email)?;
    let (_, owner) = proved(&state, &request, &me, &body.password).await?;
    addresses::ask(&state, &request, Asked::ChangeEmail, &address, Some(&owner)).await?;
    Ok(accepted())
}
