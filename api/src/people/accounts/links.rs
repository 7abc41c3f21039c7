//! What the links of letters do, by a POST of the page that they lead to: each once.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncConnection;
use kernel::Error;
use people::accounts::changes::{self, ToProve};
use people::accounts::tries::What;
use people::accounts::{moves, throttle, tries};
use people::codes::OTHER_REGISTRATION;
use people::passwords::hasher::Compared;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{closed, letter_links, new_password, person};
use crate::http::extract::JsonBody;
use crate::http::extract::origin::address as place;
use crate::http::problem::{Problem, Refused};
use crate::http::security::Event;
use crate::state::ApiState;

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// What stands behind `#token=`.
    #[schema(max_length = 100)]
    token: String,
}

/// The secret of a link, and the password that the account was asked for with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyBody {
    /// What stands behind `#token=`.
    #[schema(max_length = 100)]
    pub(super) token: String,
    #[schema(max_length = 128)]
    pub(super) password: String,
}

/// The secret of a link, and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// What stands behind `#token=`.
    #[schema(max_length = 100)]
    token: String,
    #[schema(min_length = 8, max_length = 128)]
    password: String,
}

/// Proves an address
///
/// With the password that the account was asked for with: a stranger may have asked for it. Who does not know it gets E114
/// and asks for a link that sets a password (`/v1/auth/forgot-password`), which proves the address as well. A link works
/// once, for a day; E113 when it works no more.
#[utoipa::path(
    post,
    path = "/v1/auth/verify-email",
    operation_id = "verify_email",
    tag = "Accounts",
    request_body = VerifyBody,
    responses((status = 204, description = "It is proved"), Refused),
    security(()),
)]
pub(crate) async fn verify(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<VerifyBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin) = (state.core.clock.now(), person(&request));
    let shown = changes::to_prove(&mut *state.db().await?, &body.token, now).await?;
    show(&state, &request, &shown, &body.password).await?;
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        changes::verify(conn, &body.token, &shown, memory, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Whether who has opened a link knows the password that belongs to it.
///
/// # Errors
/// E114 if not; E304 after too many tries.
pub(super) async fn show(
    state: &ApiState,
    request: &HttpRequest,
    wanted: &ToProve,
    password: &str,
) -> Result<(), Error> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let subjects = tries::subjects(What::Proof, &wanted.email_key, place(request));
    throttle::take(&mut conn, &state.sessions, &subjects, now).await?;
    // Not held while the password is compared.
    drop(conn);
    let compared = state
        .passwords
        .compare(password, wanted.password_hash.clone())
        .await?;
    if compared == Compared::Wrong {
        state.security_log.note(request, Event::WrongPassword);
        return Err(Error::Unauthenticated(OTHER_REGISTRATION));
    }
    throttle::give_back(&mut *state.db().await?, &state.sessions, &subjects).await?;
    Ok(())
}

/// Sets another password by a link
///
/// All sessions of the person end. A link works once, for an hour; E113 when it works no more.
#[utoipa::path(
    post,
    path = "/v1/auth/reset-password",
    operation_id = "reset_password",
    tag = "Accounts",
    request_body = ResetBody,
    responses((status = 204, description = "It is set"), Refused),
    security(()),
)]
pub(crate) async fn reset(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin) = (state.core.clock.now(), person(&request));
    let about = changes::to_reset(&mut *state.db().await?, &body.token, now).await?;
    new_password::judge(&state, "password", &body.password, &[&about]).await?;
    let hash = state.passwords.hash(&body.password).await?;
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        changes::reset_password(conn, &body.token, &hash, memory, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Proves the address that a person changes to
///
/// The old one gets a letter, with a link that undoes it for a week.
#[utoipa::path(
    post,
    path = "/v1/auth/confirm-email",
    operation_id = "confirm_email",
    tag = "Accounts",
    request_body = LinkBody,
    responses((status = 204, description = "It is changed"), Refused),
    security(()),
)]
pub(crate) async fn confirm(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (
        state.core.clock.now(),
        person(&request),
        letter_links(&state),
    );
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        moves::confirm_email(conn, &body.token, &links, memory, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}

/// Takes a change of the address back
///
/// The password works no more, all sessions end, and the address gets a link for another password.
#[utoipa::path(
    post,
    path = "/v1/auth/undo-email",
    operation_id = "undo_email",
    tag = "Accounts",
    request_body = LinkBody,
    responses((status = 204, description = "The old address is back"), Refused),
    security(()),
)]
pub(crate) async fn undo(
    request: HttpRequest,
    state: Data<ApiState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let (now, origin, links) = (
        state.core.clock.now(),
        person(&request),
        letter_links(&state),
    );
    let mut conn = state.db().await?;
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        moves::undo_email(conn, &body.token, &links, memory, &origin, now).await
    });
    Ok(closed(&state, done.await?, conn).await)
}
