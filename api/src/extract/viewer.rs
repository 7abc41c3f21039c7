//! Who may see which readings: a person their own, a service everybody's.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use shared::features::audit::model::Origin;
use shared::{Error, Language};
use uuid::Uuid;

use super::origin::origin;
use super::{Asked, Caller};
use crate::error::Problem;
use crate::state::ApiState;

/// The one who looks.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The person whose readings alone are seen (a row of `users`); `None`: anybody's.
    pub owner: Option<Uuid>,
    pub language: Language,
    pub origin: Origin,
}

impl Viewer {
    async fn of(request: &HttpRequest, caller: Caller) -> Result<Self, Error> {
        let state = request
            .app_data::<web::Data<ApiState>>()
            .ok_or_else(|| Error::internal("the app has no state"))?;
        let (owner, language) = match &caller {
            Caller::Person(profile) => {
                let (id, language) = state.people.known(&state.core.db, profile).await?;
                request.extensions_mut().insert(language);
                request.extensions_mut().insert(Asked(profile.telegram_id));
                (Some(id), language)
            }
            Caller::Service(_) => (None, super::language(request)),
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

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (caller, request) = (Caller::from_request(request, payload), request.clone());
        Box::pin(async move {
            let caller = caller.await?;
            Ok(Self::of(&request, caller).await.map_err(Problem)?)
        })
    }
}
