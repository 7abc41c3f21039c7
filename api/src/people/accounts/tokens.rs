//! How a session is answered: with tokens in the body, or with cookies.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, Utc};
use kernel::Error;
use people::sessions::{Session, Way};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cookies;
use crate::http::extract::Flag;
use crate::people::profile::UserView;
use crate::state::ApiState;

/// How a client wants its tokens.
#[derive(Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Delivery {
    /// `1`: as cookies that no script can read, for browsers. Else in the body.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 0, maximum = 1)]
    pub cookies: Flag,
}

impl Delivery {
    pub(super) fn is_cookies(self) -> bool {
        self.cookies.0
    }
}

/// A session that was begun or renewed.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInView {
    /// Where the session began.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserView>,
    /// For `Authorization: Bearer`; not with `cookies=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// For `POST /v1/auth/refresh`; not with `cookies=1`. A new one comes with each renewal.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[schema(value_type = String, pattern = "^Bearer$")]
    token_type: &'static str,
    /// Of the access token, in seconds.
    expires_in: i64,
    expires_at: DateTime<Utc>,
    /// For `X-CSRF-Token`, where a page sends cookies and the browser sends no `Origin`.
    csrf_token: String,
}

/// Answers with the tokens of a stored session.
///
/// # Errors
/// `Internal` for one that is not stored.
pub(super) fn answer(
    state: &ApiState,
    session: &Session,
    user: Option<UserView>,
    status: StatusCode,
    delivery: Delivery,
) -> Result<HttpResponse, Error> {
    let Way::Stored { id, generation, .. } = session.way else {
        return Err(Error::internal("the session is not stored"));
    };
    let issued = state.sessions.issue(session, state.core.clock.now())?;
    let refresh = state.sessions.refresh_token(id, generation);
    let lifetimes = state.sessions.lifetimes();
    let mut response = HttpResponseBuilder::new(status);
    if delivery.is_cookies() {
        for header in cookies::of(Some((&issued.access_token, &refresh)), lifetimes)? {
            response.append_header(header);
        }
    }
    let in_body = |token: String| (!delivery.is_cookies()).then_some(token);
    Ok(response.json(SignedInView {
        user,
        access_token: in_body(issued.access_token),
        refresh_token: in_body(refresh),
        token_type: "Bearer",
        expires_in: lifetimes.access.num_seconds(),
        expires_at: issued.expires_at,
        csrf_token: state.sessions.page_token(id),
    }))
}
