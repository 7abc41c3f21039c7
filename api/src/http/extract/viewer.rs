//! Which readings a caller may see: those of the person that the request acts for; a service that names none
//! all of them.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use audit::model::Origin;
use futures_util::future::LocalBoxFuture;
use kernel::{Error, Language};
use uuid::Uuid;

use super::origin::origin;
use super::{Asked, Caller, acts_for, note_person};
use crate::state::ApiState;

/// The caller, as far as readings are concerned.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The person whose readings alone are seen (a row of `users`); `None`: all readings.
    pub owner: Option<Uuid>,
    pub language: Language,
    pub origin: Origin,
}

impl Viewer {
    async fn of(request: &HttpRequest, state: &ApiState, caller: Caller) -> Result<Self, Error> {
        let (owner, language) = match acts_for(request, &caller)? {
            Some(whom) => {
                let (id, language) = state.persons.known(&state.core.db, &whom).await?;
                request.extensions_mut().insert(language);
                request.extensions_mut().insert(Asked(whom.key()));
                note_person(request, id);
                (Some(id), language)
            }
            None => (None, super::of_request(request)),
        };
        Ok(Self {
            owner,
            language,
            origin: origin(request, caller.actor()),
        })
    }
}

impl FromRequest for Viewer {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        super::of_caller(request, async |request, state, caller| {
            Self::of(request, state, caller).await
        })
    }
}
