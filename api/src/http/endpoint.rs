//! The line of an endpoint: its handler and its access. The path and the method stand at the
//! handler, in its `#[utoipa::path]`, so that routing, scope and OpenAPI document cannot differ.
//!
//! All that is decided for an endpoint (its scope, whether it is counted) hangs on the route that
//! the router has chosen, never on the text of a path: `/v1/users/me/%65xports` is a spelling of
//! `/v1/users/me/exports`.

use actix_web::Route;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use people::api_keys::model::Scope;
use people::factors::step_up::StepUp;
use people::organizations::roles::Permission;
use utoipa::openapi::{OpenApi, PathItem};

use crate::analytics::gate as figures;
use crate::http::middleware::{authorize, step_up};
use crate::operators::gate;

/// The access to an endpoint, and how its requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Open to all, and never counted.
    Uncounted,
    /// A call of a vendor, which the handler asks for its secret. Counted when it is refused.
    Webhook,
    /// A call of a vendor that proves itself by a signature over its body. Counted when it is refused, and
    /// not read while its address is blocked.
    SignedWebhook,
    /// Open to all, and counted.
    Public,
    /// Every person, for their own data, and services whose key has this scope. Without a scope:
    /// services whose key has all scopes.
    Callers(Option<Scope>),
    /// Members of the account that the request acts for, whose role has the permission, and keys with the scope.
    Members(Scope, Permission),
    /// Operators whose role has the permission, by a session of their own with a second factor.
    Operators(operators::roles::Permission),
    /// Figures: operators and their keys of all, and owners, admins and keys of an organization of theirs.
    Reports,
}

impl From<Scope> for Access {
    fn from(scope: Scope) -> Self {
        Self::Callers(Some(scope))
    }
}

impl From<(Scope, Permission)> for Access {
    fn from((scope, permission): (Scope, Permission)) -> Self {
        Self::Members(scope, permission)
    }
}

impl From<operators::roles::Permission> for Access {
    fn from(permission: operators::roles::Permission) -> Self {
        Self::Operators(permission)
    }
}

/// One method of one path.
pub(crate) struct Endpoint {
    pub path: String,
    pub method: Method,
    pub access: Access,
    /// What has to be proved anew.
    pub step_up: Option<StepUp>,
    /// Its part of the OpenAPI document.
    pub document: OpenApi,
    handler: Route,
}

impl Endpoint {
    /// As `document` describes it.
    ///
    /// # Panics
    /// When the document does not describe exactly one operation: [`endpoints`] makes one that does.
    pub(crate) fn new(document: OpenApi, handler: Route) -> Self {
        let described = document.paths.paths.first_key_value();
        let (path, method) = described
            .and_then(|(path, item)| Some((path.clone(), method_of(item)?)))
            .expect("a handler with #[utoipa::path]");
        Self {
            path,
            method,
            access: Access::Callers(None),
            step_up: None,
            document,
            handler,
        }
    }

    pub(crate) fn open_to(self, access: impl Into<Access>) -> Self {
        Self {
            access: access.into(),
            ..self
        }
    }

    pub(crate) fn after(self, step_up: StepUp) -> Self {
        Self {
            step_up: Some(step_up),
            ..self
        }
    }

    /// The route, with its scope and permission before the handler, and what has to be proved anew after these.
    pub(crate) fn route(self) -> Route {
        let mut route = self.handler.method(self.method);
        if let Some(needed) = self.step_up {
            route = route.wrap(from_fn(move |request, next| {
                step_up::wrap(needed, request, next)
            }));
        }
        match self.access {
            Access::Callers(scope) => route.wrap(from_fn(move |request, next| {
                authorize::wrap((scope, None), request, next)
            })),
            Access::Members(scope, permission) => route.wrap(from_fn(move |request, next| {
                authorize::wrap((Some(scope), Some(permission)), request, next)
            })),
            Access::Operators(permission) => route.wrap(from_fn(move |request, next| {
                gate::wrap(permission, request, next)
            })),
            Access::Reports => route.wrap(from_fn(figures::wrap)),
            _ => route,
        }
    }
}

fn method_of(item: &PathItem) -> Option<Method> {
    let operations = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.put, Method::PUT),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ];
    let mut described = operations.into_iter().filter(|(one, _)| one.is_some());
    described.next().map(|(_, method)| method)
}

/// Endpoints, one a line: `module::handler => access;`. Without the arrow a service needs a
/// key with all scopes. `(Scope::…, Permission::…)`: what is done for an account, by members whose role has the
/// permission ([`crate::http::roles`] makes a table of these). `Operators::…`: for operators. `…, StepUp::…`: what has to be
/// proved anew.
macro_rules! endpoints {
    ($($($segment:ident)::+ $(=> $access:expr $(, $step_up:expr)?)?;)*) => {
        vec![$({
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($segment)::+))]
            struct One;
            let document = <One as utoipa::OpenApi>::openapi();
            let handler = actix_web::web::route().to($($segment)::+);
            $crate::http::endpoint::Endpoint::new(document, handler)$(.open_to($access)$(.after($step_up))?)?
        }),*]
    };
}

pub(crate) use endpoints;
