//! Which endpoints have a limit of their own, beside the general one of who calls them (`people::rate_limits::policies`).
//! Found when the routes are made, by the path of the endpoint, never by the text of a request.

use std::sync::Arc;

use actix_web::http::Method;
use people::rate_limits::policies::Class;

use super::endpoint::Endpoint;

/// Below `/v1/auth/`, but no guess: what they take cannot be found by trying, and apps that are open send them often.
const NO_GUESS: [&str; 4] = ["telegram", "renewal", "refresh", "logout"];

/// The class of an endpoint.
pub(crate) fn class_of(method: &Method, path: &str) -> Class {
    if method != Method::POST {
        return Class::General;
    }
    if let Some(name) = path.strip_prefix("/v1/auth/") {
        return match NO_GUESS.contains(&name) {
            true => Class::General,
            false => Class::Auth,
        };
    }
    match path {
        "/v1/analyses" | "/v1/analyses/{id}/questions" | "/v1/analyses/{id}/again" => Class::Ai,
        "/v1/users/me/exports" => Class::Export,
        _ => Class::General,
    }
}

/// The classes of the methods of one path.
#[derive(Clone, Default)]
pub(crate) struct Classes(Arc<[(Method, Class)]>);

impl Classes {
    pub(crate) fn of(endpoints: &[Endpoint]) -> Self {
        let classes = endpoints
            .iter()
            .map(|one| (one.method.clone(), class_of(&one.method, &one.path)));
        Self(classes.collect())
    }

    /// That of a request; of a method that the path does not have, the general one.
    pub(crate) fn find(&self, method: &Method) -> Class {
        let found = self.0.iter().find(|(one, _)| one == method);
        found.map_or(Class::General, |(_, class)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::endpoints;

    /// Every endpoint that changes something, so that a new one has to be decided on.
    #[test]
    fn these_endpoints_have_a_limit_of_their_own_and_no_others() {
        let mut limited: Vec<(Class, String)> = endpoints()
            .into_iter()
            .map(|one| (class_of(&one.method, &one.path), one.path))
            .filter(|(class, _)| *class != Class::General)
            .collect();
        limited.sort_by(|one, other| one.1.cmp(&other.1));
        let auth = |name: &str| (Class::Auth, format!("/v1/auth/{name}"));
        let ai = |name: &str| (Class::Ai, format!("/v1/analyses{name}"));
        assert_eq!(
            limited,
            [
                ai(""),
                ai("/{id}/again"),
                ai("/{id}/questions"),
                auth("2fa/recovery-codes"),
                auth("2fa/totp"),
                auth("2fa/totp/confirm"),
                auth("change-email"),
                auth("change-password"),
                auth("confirm-email"),
                auth("forgot-password"),
                auth("link/email"),
                auth("link/email/confirm"),
                auth("link/telegram"),
                auth("login"),
                auth("login/2fa"),
                auth("passkeys"),
                auth("passkeys/options"),
                auth("passkeys/prove/options"),
                auth("passkeys/signin"),
                auth("passkeys/signin/options"),
                auth("reauthenticate"),
                auth("register"),
                auth("resend-verification"),
                auth("reset-password"),
                auth("telegram-login"),
                auth("undo-email"),
                auth("verify-email"),
                (Class::Export, "/v1/users/me/exports".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_excepted_is_there() {
        let all = endpoints();
        for name in NO_GUESS {
            let path = format!("/v1/auth/{name}");
            assert!(all.iter().any(|one| one.path == path), "{path}");
        }
    }
}
