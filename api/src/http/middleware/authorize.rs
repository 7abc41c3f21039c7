//! Whether the caller may call this endpoint. Around each route that is not open to all, after the
//! router has chosen it and before anything of the request is read.

use actix_web::HttpMessage;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use kernel::Error;
use people::api_keys::model::{Scope, Scopes};
use people::organizations::roles::Permission;

use crate::http::extract::{Acting, Caller, Found, named, names_account};
use crate::http::problem::Problem;

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
    let caller = match request.extensions().get() {
        Some(Found(Ok(caller))) => Some(caller.clone()),
        Some(Found(Err(_))) | None => None,
    };
    let Some(caller) = caller else {
        return match request.extensions_mut().remove() {
            Some(Found(Err(why))) => Err(why),
            _ => Err(Error::Unauthenticated(kernel::codes::UNAUTHORIZED)),
        };
    };
    if let Caller::Service(service) = &caller {
        check(service.scopes, scope)?;
    }
    named(request.request(), &caller)?;
    if permission.is_none() && !names_account(request.request()) {
        return Ok(());
    }
    let acting = Acting::find(request.request(), caller).await?;
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

/// Checks that a key with these scopes may call an endpoint that needs this one.
///
/// # Errors
/// E204 if not.
fn check(scopes: Scopes, needed: Option<Scope>) -> Result<(), Error> {
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
