//! The account that pays: the person's own, or the organization that the request acts for.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use audit::model::Origin;
use kernel::{Error, Language};
use people::users::model::PersonKey;
use uuid::Uuid;

use super::language::of_request;
use super::{Acting, Asked, Caller, Found};
use crate::http::problem::Problem;

/// Who pays. Of an endpoint that names a permission (`middleware/authorize.rs`): what the role allows is asked before.
#[derive(Clone, Debug)]
pub(crate) struct Paying {
    /// Of a person it has their id.
    pub account: Uuid,
    /// `None`: a key of the organization acts.
    pub person: Option<Uuid>,
    pub language: Language,
    /// Lines of the audit log about an organization are of no person: without address and program, they say which member it
    /// was.
    pub origin: Origin,
    pub caller: Caller,
    /// What the proof of the person names them by; of an organization its id.
    pub key: PersonKey,
}

impl Paying {
    fn of(request: &HttpRequest) -> Option<Self> {
        let left = request.extensions();
        let acting = left.get::<Acting>()?;
        let Some(Found(Ok(caller))) = left.get() else {
            return None;
        };
        let asked = left.get::<Asked>().filter(|_| acting.is_personal());
        let origin = match acting.person.filter(|_| !acting.is_personal()) {
            Some(member) => Origin::own(&format!("member:{member}")),
            None => acting.origin.clone(),
        };
        Some(Self {
            account: acting.account,
            person: acting.person,
            language: left.get().copied().unwrap_or_else(|| of_request(request)),
            origin,
            caller: caller.clone(),
            key: asked.map_or(PersonKey::Row(acting.account), |asked| asked.0),
        })
    }

    /// Whether it is an organization.
    pub(crate) fn is_organization(&self) -> bool {
        self.person != Some(self.account)
    }
}

impl FromRequest for Paying {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Problem(Error::internal("the endpoint names no permission"));
        ready(Self::of(request).ok_or_else(|| missing().into()))
    }
}
