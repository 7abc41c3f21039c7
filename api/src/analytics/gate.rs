//! Access to `/v1/analytics`: operators and their keys see what happened of all; an organization's owners, admins and keys
//! see what happened of it.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use kernel::Error;
use operators::roles::Permission;
use people::api_keys::model::{Owner, Scope};
use people::organizations::roles::Permission as OfMembers;
use uuid::Uuid;

use crate::http::extract::{Acting, Caller, named, names_account};
use crate::http::middleware::authorize;
use crate::http::problem::Problem;
use crate::operators::gate;

/// Whose figures a request may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    All,
    Organization(Uuid),
}

/// What a key needs.
pub(crate) const SCOPE: Scope = Scope::AnalyticsRead;

/// What a member of an organization needs.
pub(crate) const OF_MEMBERS: OfMembers = OfMembers::AnalyticsRead;

/// What an operator needs.
pub(crate) const OF_OPERATORS: Permission = Permission::AnalyticsRead;

pub(crate) async fn wrap<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    match admit(&request).await {
        Ok(sees) => {
            request.extensions_mut().insert(sees);
            Ok(next.call(request).await?.map_into_left_body())
        }
        // Not an `Err`: the layers outside of this one look at answers.
        Err(why) => Ok(request.error_response(Problem(why)).map_into_right_body()),
    }
}

async fn admit(request: &ServiceRequest) -> Result<Sees, Error> {
    let caller = authorize::caller(request)?;
    if let Caller::Service(service) = &caller {
        authorize::check(service.scopes, Some(SCOPE))?;
    }
    let whom = named(request.request(), &caller)?;
    authorize::may_act(request, whom.as_ref(), &caller).await?;
    let owner = match &caller {
        Caller::Service(service) => Some(service.owner.clone()),
        Caller::Person(_) => None,
    };
    match owner {
        Some(Owner::Organization(_)) => of_organization(request, caller).await,
        _ if names_account(request.request()) => of_organization(request, caller).await,
        Some(Owner::Operator) if is_for_all(&caller) => Ok(Sees::All),
        Some(_) => Err(Error::Forbidden(
            "the key acts for single persons, and these are figures of many",
        )),
        None => {
            gate::admit(request, OF_OPERATORS).await?;
            Ok(Sees::All)
        }
    }
}

/// Whether a key is bound to no person.
fn is_for_all(caller: &Caller) -> bool {
    matches!(caller, Caller::Service(service) if service.key.persons.is_none())
}

async fn of_organization(request: &ServiceRequest, caller: Caller) -> Result<Sees, Error> {
    let acting = Acting::find(request.request(), caller).await?;
    if acting.is_personal() {
        return Err(Error::Forbidden("this is for organizations and operators"));
    }
    match acting.role.may(OF_MEMBERS) {
        true => Ok(Sees::Organization(acting.account)),
        false => Err(Error::Forbidden(OF_MEMBERS.lacking())),
    }
}

impl FromRequest for Sees {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get().copied();
        let missing = || Problem(Error::internal("the endpoint is no report"));
        ready(found.ok_or_else(|| missing().into()))
    }
}
