//! The person that a request of `/me` is about.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use audit::model::Origin;
use futures_util::future::LocalBoxFuture;
use kernel::{Error, Language};
use people::users::model::PersonKey;
use uuid::Uuid;

use super::origin::origin;
use super::{Caller, acts_for};
use crate::people::persons::Whom;
use crate::state::ApiState;

/// The person from the Mini App, or the one that a service names in `X-Telegram-User-Id`. Created on first
/// sight; `id` is that of their row.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    pub id: Uuid,
    whom: Whom,
    pub language: Language,
    pub origin: Origin,
    pub caller: Caller,
}

/// Stored in a request: the person that it is about.
#[derive(Clone, Copy)]
pub(crate) struct Asked(pub PersonKey);

/// Stored in a request: the row of the person that it is about, for the log.
#[derive(Clone, Copy)]
pub(crate) struct About(pub Uuid);

/// Notes whom a request is about, for the log and for what is reported of it.
pub(crate) fn note_person(request: &HttpRequest, id: Uuid) {
    request.extensions_mut().insert(About(id));
    kernel::telemetry::about_person(id);
}

impl Me {
    pub(super) async fn of(
        request: &HttpRequest,
        state: &ApiState,
        caller: Caller,
    ) -> Result<Self, Error> {
        let whom = acts_for(request, &caller)?.ok_or_else(no_person_named)?;
        let (id, language) = state.persons.known(&state.core.db, &whom).await?;
        request.extensions_mut().insert(language);
        request.extensions_mut().insert(Asked(whom.key()));
        note_person(request, id);
        Ok(Self {
            id,
            whom,
            language,
            origin: origin(request, caller.actor()),
            caller,
        })
    }

    /// What their proof names them by.
    pub(crate) fn key(&self) -> PersonKey {
        self.whom.key()
    }
}

/// Maps an error of a query about a person: a person who was just deleted is unknown, and a new one with
/// the next request (`middleware/request_context.rs` drops them from the cache).
pub(crate) fn gone(why: diesel::result::Error) -> Error {
    match why {
        diesel::result::Error::NotFound => Error::NotFound("user"),
        why => why.into(),
    }
}

fn no_person_named() -> Error {
    Error::missing(
        "X-Telegram-User-Id",
        "required for a service: the Telegram id of the person it acts for",
    )
}

impl FromRequest for Me {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        super::of_caller(request, async |request, state, caller| {
            Self::of(request, state, caller).await
        })
    }
}
