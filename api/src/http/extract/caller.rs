//! The caller: a person from the Mini App, or a service with a key.
//!
//! The layer that counts (`middleware/rate_limit.rs`) finds it once and stores it in the request, where
//! handlers take it from.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use kernel::Error;
use people::idempotency;
use people::users::model::TelegramProfile;

use super::origin;
use crate::http::problem::Problem;
use crate::people::keys::Service;
use crate::state::ApiState;

/// A person or a service.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A person, by `X-Telegram-Init-Data`.
    Person(TelegramProfile),
    /// A service, by `X-API-Key`: speaks for the persons that its key is bound to, or for any.
    Service(Service),
}

/// The fingerprint of one `initData`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    pub id: [u8; 16],
    pub expires_at: DateTime<Utc>,
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
            Self::Person(profile) => idempotency::owner_of_person(profile.telegram_id),
            Self::Service(service) => format!("key:{}", service.id),
        }
    }

    /// The person of this Telegram id, if the caller may act for them.
    ///
    /// # Errors
    /// E204 if not.
    pub(crate) fn person(&self, telegram_id: i64) -> Result<TelegramProfile, Error> {
        match self {
            Self::Person(profile) if profile.telegram_id == telegram_id => Ok(profile.clone()),
            Self::Person(_) => Err(Error::Forbidden("a person can only ask for themselves")),
            Self::Service(service) => {
                service.judge_person(telegram_id)?;
                Ok(TelegramProfile::of_id(telegram_id))
            }
        }
    }

    /// Finds the caller; of a person also the proof. `admitted` is asked before an unknown key is looked
    /// up.
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
            let proof = Proof {
                id: verified.id,
                expires_at: verified.expires_at,
            };
            return Ok((Self::Person(verified.profile), Some(proof)));
        }
        let key = headers.get("x-api-key");
        let key = key.ok_or(Error::Unauthenticated(kernel::codes::UNAUTHORIZED))?;
        let address = origin::address(request);
        let service = state
            .keys
            .find(key.as_bytes(), address, now, admitted)
            .await?;
        Ok((Self::Service(service), None))
    }
}

impl FromRequest for Caller {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut left = request.extensions_mut();
        if let Some(Found(Ok(caller))) = left.get() {
            return ready(Ok(caller.clone()));
        }
        let why = match left.remove() {
            Some(Found(Err(why))) => why,
            _ => Error::Unauthenticated(kernel::codes::UNAUTHORIZED),
        };
        ready(Err(Problem(why).into()))
    }
}
