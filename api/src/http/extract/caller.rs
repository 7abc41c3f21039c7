//! The caller: a person from the Mini App, by `initData` or the token of their session, or a service with a key.
//!
//! The layer that counts (`middleware/rate_limit.rs`) finds it once and stores it in the request, where
//! handlers take it from.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use kernel::Error;
use people::api_keys::model::Owner;
use people::idempotency;
use people::sessions::{Session, Verified, Way};

use super::origin;
use crate::http::problem::Problem;
use crate::people::accounts::cookies;
use crate::people::keys::Service;
use crate::people::persons::Whom;
use crate::state::ApiState;

/// A person or a service.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A person, by `X-Telegram-Init-Data`, or by an access token: `Authorization: Bearer`, or a cookie.
    Person(Whom),
    /// A service, by `X-API-Key`: speaks for the persons that its key is bound to, or for any; a key of an account for
    /// that account.
    Service(Service),
}

/// What proves a person. Stored in the request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof {
    InitData {
        /// The fingerprint of the data.
        id: [u8; 16],
        signed_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    /// An access token, which may have expired.
    Token(Verified),
}

/// The caller of a request, or the reason of its refusal.
pub(crate) struct Found(pub Result<Caller, Error>);

impl Caller {
    /// The actor of the audit log.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Person(_) => "person".to_owned(),
            Self::Service(service) => format!("key:{}", service.prefix),
        }
    }

    /// The owner of the idempotency keys of this caller.
    pub(crate) fn namespace(&self) -> String {
        match self {
            Self::Person(whom) => idempotency::owner_of_person(whom.key()),
            Self::Service(service) => format!("key:{}", service.id),
        }
    }

    /// The person of this Telegram id, if the caller may act for them.
    ///
    /// # Errors
    /// E204 if not.
    pub(crate) fn person(&self, telegram_id: i64) -> Result<Whom, Error> {
        match self {
            Self::Person(whom) if whom.telegram_id() == Some(telegram_id) => Ok(whom.clone()),
            Self::Person(_) => Err(Error::Forbidden("a person can only ask for themselves")),
            Self::Service(service) => service.person(telegram_id),
        }
    }

    /// Whether it is a service of the operators, which speaks for others than who made its key.
    pub(crate) fn is_of_operators(&self) -> bool {
        matches!(self, Self::Service(service) if service.owner == Owner::Operator)
    }

    /// Finds the caller; of a person also the proof, which may be a token that has expired. `admitted` is asked
    /// before an unknown key is looked up.
    ///
    /// # Errors
    /// E201 without a credential, E202 and E203 for a wrong proof, E204 for a key that may not come from
    /// there; `Unavailable` while the database cannot say.
    pub(crate) async fn find(
        request: &HttpRequest,
        state: &ApiState,
        now: DateTime<Utc>,
        admitted: impl AsyncFnOnce() -> Result<(), Error>,
    ) -> Result<(Self, Option<Proof>), Error> {
        let headers = request.headers();
        if let Some(init_data) = headers.get("x-telegram-init-data") {
            let init_data = init_data
                .to_str()
                .map_err(|_| Error::Unauthenticated(kernel::codes::INVALID_TOKEN))?;
            let verified = state.init_data.verify(init_data, now)?;
            let proof = Proof::InitData {
                id: verified.id,
                signed_at: verified.signed_at,
                expires_at: verified.expires_at,
            };
            return Ok((
                Self::Person(Whom::OfTelegram(verified.profile)),
                Some(proof),
            ));
        }
        let Some(key) = headers.get("x-api-key") else {
            let (bearer, cookie) = (bearer(headers), cookies::access(headers));
            let token = bearer.or(cookie);
            let token = token.ok_or(Error::Unauthenticated(kernel::codes::UNAUTHORIZED))?;
            let verified = state.tokens.verify(token, now)?;
            if bearer.is_none() {
                cookies::judge(request, state, &verified.session)?;
            }
            if let Way::Stored { id, generation, .. } = verified.session.way {
                let alive = state.signed_in.check(&state.core.db, id, generation, now);
                alive.await?;
            }
            let whom = of_session(&verified.session);
            return Ok((Self::Person(whom), Some(Proof::Token(verified))));
        };
        let address = origin::address(request);
        let service = state
            .keys
            .find(key.as_bytes(), address, now, admitted)
            .await?;
        Ok((Self::Service(service), None))
    }
}

/// The person of a session.
pub(crate) fn of_session(session: &Session) -> Whom {
    let telegram_id = match session.way {
        Way::MiniApp { telegram_id, .. } => Some(telegram_id),
        Way::Stored { .. } => None,
    };
    Whom::OfRow {
        id: session.user_id,
        telegram_id,
    }
}

/// The token of `Authorization: Bearer` (RFC 6750, section 2.1). Other schemes are those of proxies in front.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_matches(' '))
}

impl FromRequest for Caller {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(Found(Ok(caller))) = request.extensions().get() {
            return ready(Ok(caller.clone()));
        }
        ready(Err(why_not(request)))
    }
}

impl FromRequest for Proof {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let left = request.extensions().get().copied();
        ready(left.ok_or_else(|| why_not(request)))
    }
}

/// Why there is no caller, or no person.
fn why_not(request: &HttpRequest) -> actix_web::Error {
    let why = match request.extensions_mut().remove() {
        Some(Found(Err(why))) => why,
        _ => Error::Unauthenticated(kernel::codes::UNAUTHORIZED),
    };
    Problem(why).into()
}
