//! `POST /v1/auth/telegram` and `/v1/auth/renewal`: an access token for the Mini App.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Error;
use kernel::codes::UNAUTHORIZED;
use people::sessions::{Issued, Session, Way};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::{Caller, Proof, of_session, origin};
use crate::http::problem::{Problem, Refused};
use crate::people::persons::Whom;
use crate::state::ApiState;

/// An access token.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// For `Authorization: Bearer`. Only the program that exchanged the `initData` can use it.
    access_token: String,
    #[schema(value_type = String, pattern = "^Bearer$")]
    token_type: &'static str,
    /// From then on it is good for a renewal alone.
    expires_at: DateTime<Utc>,
    /// From then on the app has to be opened again from the chat.
    renewable_until: DateTime<Utc>,
}

impl From<Issued> for SessionView {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access_token,
            token_type: "Bearer",
            expires_at: issued.expires_at,
            renewable_until: issued.renewable_until,
        }
    }
}

/// Exchanges `initData` for an access token
///
/// The same data can be exchanged again as long as it is accepted.
#[utoipa::path(
    post,
    path = "/v1/auth/telegram",
    operation_id = "begin_session",
    tag = "Users",
    responses((status = 201, description = "A token", body = SessionView), Refused),
    security(("TelegramAuth" = [])),
)]
pub(crate) async fn begin(
    proof: Proof,
    caller: Caller,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (Proof::InitData { signed_at, .. }, Caller::Person(Whom::OfTelegram(profile))) =
        (proof, caller)
    else {
        return Err(Error::Unauthenticated(UNAUTHORIZED).into());
    };
    let (user_id, _) = state.persons.proved(&state.core.db, &profile).await?;
    let session = Session {
        user_id,
        proved_at: signed_at,
        second_at: None,
        way: Way::MiniApp {
            telegram_id: profile.telegram_id,
            client: origin::client(&request),
        },
    };
    let issued = state.sessions.issue(&session, state.core.clock.now())?;
    Ok(HttpResponse::Created().json(SessionView::from(issued)))
}

/// Renews an access token
///
/// Also one that has expired, for a day after Telegram proved the person. Then, or when the person's data was
/// deleted, it is 401 E203: the app has to be opened again from the chat.
#[utoipa::path(
    post,
    path = "/v1/auth/renewal",
    operation_id = "renew_session",
    tag = "Users",
    responses((status = 200, description = "A new token", body = SessionView), Refused),
    security(("AccessToken" = [])),
)]
pub(crate) async fn renew(
    proof: Proof,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let Proof::Token(token) = proof else {
        return Err(Error::Unauthenticated(UNAUTHORIZED).into());
    };
    if let Way::Stored { .. } = token.session.way {
        // That one has a refresh token.
        return Err(Error::Unauthenticated(UNAUTHORIZED).into());
    }
    let whom = of_session(&token.session);
    state.persons.known(&state.core.db, &whom).await?;
    let issued = state
        .sessions
        .issue(&token.session, state.core.clock.now())?;
    Ok(HttpResponse::Ok().json(SessionView::from(issued)))
}
