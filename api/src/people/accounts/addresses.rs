//! `POST /v1/auth/forgot-password` and `/v1/auth/resend-verification`: letters to an address.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::accounts::model::{Asked, Owner};
use people::accounts::{requests, throttle, tries};
use people::addresses::Address;
use serde::Deserialize;
use utoipa::ToSchema;

use super::login::still;
use super::register::{Accepted, accepted};
use crate::http::extract::origin::address as place;
use crate::http::extract::{JsonBody, of_request};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressBody {
    #[schema(example = "ann@example.org")]
    email: String,
}

/// Asks for something about an address. Whether it is known, the job finds out.
pub(super) async fn ask(
    state: &ApiState,
    request: &HttpRequest,
    asked: Asked,
    address: &Address,
    owner: Option<&Owner>,
) -> Result<(), Error> {
    let now = state.core.clock.now();
    let subjects = tries::subjects(tries::What::Letter, &address.key, place(request));
    let mut conn = state.db().await?;
    throttle::take(&mut conn, &state.sessions, &subjects, now).await?;
    let language = of_request(request);
    let ask = conn.transaction(async |conn| {
        if let Some(owner) = owner {
            still(conn, owner).await?;
        }
        let user_id = owner.map(|owner| owner.user_id);
        requests::ask(conn, asked, address, language, user_id, now)
            .await
            .map_err(Error::from)
    });
    let ticket = ask.await?;
    drop(conn);
    state.core.pusher.wake(&[ticket]).await;
    Ok(())
}

/// Asks for a link that sets another password
///
/// The answer is the same for every address.
#[utoipa::path(
    post,
    path = "/v1/auth/forgot-password",
    operation_id = "forgot_password",
    tag = "Accounts",
    request_body = AddressBody,
    responses((status = 202, description = "If there is an account, a letter comes", body = Accepted), Refused),
    security(()),
)]
pub(crate) async fn forgot(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<AddressBody>,
) -> Result<HttpResponse, Problem> {
    let address = Address::read(&body.email)?;
    ask(&state, &request, Asked::ForgotPassword, &address, None).await?;
    Ok(accepted())
}

/// Asks for the letter that proves an address once more
///
/// The answer is the same for every address. The link of the letter before works no more.
#[utoipa::path(
    post,
    path = "/v1/auth/resend-verification",
    operation_id = "resend_verification",
    tag = "Accounts",
    request_body = AddressBody,
    responses((status = 202, description = "If it is to be proved, a letter comes", body = Accepted), Refused),
    security(()),
)]
pub(crate) async fn resend(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<AddressBody>,
) -> Result<HttpResponse, Problem> {
    let address = Address::read(&body.email)?;
    ask(&state, &request, Asked::ResendVerification, &address, None).await?;
    Ok(accepted())
}
