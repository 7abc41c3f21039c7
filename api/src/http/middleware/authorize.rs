//! Whether the caller may call this endpoint. Around each route that is not open to all, after the
//! router has chosen it and before anything of the request is read.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use kernel::Error;
use people::api_keys::model::{Owner, Scope, Scopes};
use people::organizations::roles::Permission;
use people::users::model::PersonKey;

use crate::http::extract::{Acting, Caller, Found, named, names_account};
use crate::http::problem::Problem;
use crate::people::persons::Whom;
use crate::state::ApiState;

/// What an endpoint needs: the scope of a key, and the permission of a member of the account that is acted for.
type Needed = (Option<Scope>, Option<Permission>);

pub(crate) async fn wrap<B: MessageBody>(
    needed: Needed,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    match allowed(&request, needed).await {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        // Not an `Err`: the layers outside of this one look at answers.
        Err(why) => Ok(request.error_response(Problem(why)).map_into_right_body()),
    }
}

/// A person may do everything with their own data, and for an organization what their role there allows; a service what
/// its key allows, for the persons that it allows: a person who is named here is checked on every path, whatever its
/// handler does with them.
async fn allowed(request: &ServiceRequest, (scope, permission): Needed) -> Result<(), Error> {
    let caller = caller(request)?;
    if let Caller::Service(service) = &caller {
        check(service.scopes, scope)?;
    }
    let named = named(request.request(), &caller)?;
    if scope != Some(Scope::Privacy) {
        may_act(request, named.as_ref(), &caller).await?;
    }
    if permission.is_none() && !names_account(request.request()) {
        return Ok(());
    }
    let acting = Acting::find(request.request(), caller).await?;
    if !acting.is_personal() && *request.method() != Method::GET {
        check_account(request, PersonKey::Row(acting.account)).await?;
    }
    match permission {
        Some(permission) if !acting.role.may(permission) => {
            return Err(Error::Forbidden(permission.lacking()));
        }
        None if !acting.is_personal() => {
            return Err(Error::Forbidden(
                "this is done for persons alone: leave X-Account-Id out",
            ));
        }
        _ => {}
    }
    request.extensions_mut().insert(acting);
    Ok(())
}

/// The caller of a request.
///
/// # Errors
/// Why there is none.
pub(crate) fn caller(request: &ServiceRequest) -> Result<Caller, Error> {
    let caller = match request.extensions().get() {
        Some(Found(Ok(caller))) => Some(caller.clone()),
        Some(Found(Err(_))) | None => None,
    };
    caller.ok_or_else(|| match request.extensions_mut().remove() {
        Some(Found(Err(why))) => why,
        _ => Error::Unauthenticated(kernel::codes::UNAUTHORIZED),
    })
}

/// Whether the account that a request is for is not suspended: that of the person, or that of the key. A suspended one
/// may have its data copied and deleted, and nothing else; of an organization the members still see what is there.
///
/// # Errors
/// That it is suspended.
pub(crate) async fn may_act(
    request: &ServiceRequest,
    named: Option<&Whom>,
    caller: &Caller,
) -> Result<(), Error> {
    let whose = match caller {
        Caller::Person(whom) => Some(whom.key()),
        Caller::Service(service) => match service.owner {
            Owner::Operator => match named {
                Some(whom) => Some(whom.key()),
                None => service.only_person().ok().flatten().map(|whom| whom.key()),
            },
            Owner::Person { id, .. } | Owner::Organization(id) => Some(PersonKey::Row(id)),
        },
    };
    match whose {
        Some(whose) => check_account(request, whose).await,
        None => Ok(()),
    }
}

async fn check_account(request: &ServiceRequest, whose: PersonKey) -> Result<(), Error> {
    let state = request.app_data::<web::Data<ApiState>>();
    let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
    let now = state.core.clock.now();
    state.suspended.check(&state.core.db, whose, now).await
}

/// Checks that a key with these scopes may call an endpoint that needs this one.
///
/// # Errors
/// E204 if not.
pub(crate) fn check(scopes: Scopes, needed: Option<Scope>) -> Result<(), Error> {
    match needed {
        Some(scope) if scopes.allow(scope) => Ok(()),
        Some(scope) => Err(Error::Forbidden(scope.lacking())),
        None if scopes.is_everything() => Ok(()),
        None => Err(Error::Forbidden("this needs a key with all scopes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_opens_what_needs_it_and_only_all_of_them_what_needs_none() {
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            Scopes::of(&texts)
        };
        let reads = Some(Scope::AnalysesRead);
        assert!(check(of(&["analyses:read"]), reads).is_ok());
        assert!(check(of(&["analyses:write"]), reads).is_err());
        assert!(check(of(&[]), reads).is_err());
        assert!(check(of(&["*"]), reads).is_ok());
        let most: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        assert!(check(of(&most), None).is_err());
        assert!(check(of(&["*"]), None).is_ok());
    }
}
