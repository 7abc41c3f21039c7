//! Who asks: a person from the Mini App, or a service with a key.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use shared::features::users::model::TelegramProfile;
use shared::{Error, ErrorCode, Language};

use crate::error::Problem;
use crate::state::ApiState;

/// The one who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// A person, by `X-Telegram-Init-Data`.
    Person(TelegramProfile),
    /// A service, by `X-API-Key`: speaks for any person.
    Service(Service),
}

/// A service and its key.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// What the key is called in logs: its beginning, or its name.
    pub prefix: String,
}

impl Caller {
    /// The person whose rows may be seen; `None`: anybody's.
    pub(crate) fn owner(&self) -> Option<i64> {
        match self {
            Self::Person(profile) => Some(profile.telegram_id),
            Self::Service(_) => None,
        }
    }

    /// Who this is in the audit log.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Person(_) => "person".to_owned(),
            Self::Service(service) => format!("key:{}", service.prefix),
        }
    }

    /// Whose idempotency keys these are.
    pub(crate) fn namespace(&self) -> String {
        match self {
            Self::Person(profile) => format!("user:{}", profile.telegram_id),
            Self::Service(service) => format!("key:{}", service.prefix),
        }
    }

    fn of(headers: &HeaderMap, state: &ApiState) -> Result<Self, Error> {
        if let Some(init_data) = headers.get("x-telegram-init-data") {
            let init_data = init_data
                .to_str()
                .map_err(|_| Error::Unauthenticated(ErrorCode::InvalidToken))?;
            let now = state.core.clock.now();
            return state.init_data.verify(init_data, now).map(Self::Person);
        }
        match headers.get("x-api-key") {
            None => Err(Error::Unauthenticated(ErrorCode::Unauthorized)),
            Some(key) if state.is_n8n_key(key.as_bytes()) => Ok(Self::Service(Service {
                prefix: "n8n".to_owned(),
            })),
            Some(_) => Err(Error::Unauthenticated(ErrorCode::InvalidToken)),
        }
    }
}

impl FromRequest for Caller {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<web::Data<ApiState>>() else {
            return ready(Err(Problem(Error::internal("the app has no state")).into()));
        };
        let caller = Self::of(request.headers(), state);
        if let Ok(Self::Person(profile)) = &caller {
            // Errors of this request are told in their language.
            let language = Language::for_telegram(profile.language_code.as_deref());
            request.extensions_mut().insert(language);
        }
        ready(caller.map_err(|why| Problem(why).into()))
    }
}
