//! Access to the admin page and its buttons.
//!
//! A browser proves itself with HTTP Basic: any user name, the key as password. A program sends the
//! key as `X-Admin-Key`. Keys are compared in constant time, and wrong ones are counted against the
//! address they come from. The right one is accepted all the same: wrong keys cannot lock the operator out.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::Error;
use kernel::codes::INVALID_TOKEN;

use super::page;
use crate::http::middleware::rate_limit;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// The user name of the operator at the page, for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visitor(pub String);

/// Admits requests with the key, and adds the headers for browsers to every answer.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let mut answered = match visitor(&request) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.call(request).await?.map_into_left_body()
        }
        Err(why) => {
            let why = counted(&request, why).await;
            request.error_response(Problem(why)).map_into_right_body()
        }
    };
    let status = answered.status();
    harden(answered.headers_mut(), status);
    Ok(answered)
}

/// A wrong key is one more of this address; too many are refused as such.
async fn counted(request: &ServiceRequest, why: Error) -> Error {
    let wrong = matches!(why, Error::Unauthenticated(code) if code == INVALID_TOKEN);
    match request.app_data::<web::Data<ApiState>>() {
        Some(state) if wrong => {
            let counted = rate_limit::count_wrong(state, request.request()).await;
            counted.err().unwrap_or(why)
        }
        _ => why,
    }
}

fn visitor(request: &ServiceRequest) -> Result<Visitor, Error> {
    let state = request.app_data::<web::Data<ApiState>>();
    let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
    let headers = request.headers();
    if let Some(key) = headers.get("x-admin-key") {
        // No page of another site can make a browser send this header.
        return match state.is_admin_key(key.as_bytes()) {
            true => Ok(Visitor("a program".to_owned())),
            false => Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN)),
        };
    }
    let given = headers.get(header::AUTHORIZATION);
    let given = given.ok_or(Error::Unauthenticated(kernel::codes::UNAUTHORIZED))?;
    let (name, key) = basic(given).ok_or(Error::Unauthenticated(kernel::codes::INVALID_TOKEN))?;
    if !state.is_admin_key(&key) {
        return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
    }
    if *request.method() != Method::GET && !comes_from_our_page(headers) {
        return Err(Error::Forbidden("the request comes from another site"));
    }
    Ok(Visitor(name))
}

/// The longest user name in the audit log, in characters.
const NAME_MAX: usize = 40;

/// User name and password (RFC 7617).
fn basic(given: &HeaderValue) -> Option<(String, Vec<u8>)> {
    let (scheme, coded) = given.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let mut name = BASE64_STANDARD.decode(coded.trim()).ok()?;
    let colon = name.iter().position(|byte| *byte == b':')?;
    let key = name.split_off(colon + 1);
    name.truncate(colon);
    let name = String::from_utf8_lossy(&name);
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_MAX)
        .collect();
    let name = if name.is_empty() {
        "unnamed operator".to_owned()
    } else {
        name
    };
    Some((name, key))
}

/// A browser sends Basic with every request, also with one that a page of another site makes it
/// send. It names that page in `Sec-Fetch-Site`, or, where it does not send that (plain HTTP to
/// another machine), in `Origin`. A request with neither does not come from a browser, and has a header
/// for the key.
fn comes_from_our_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => {
            let origin = origin.split_once("://").map(|(_, rest)| rest);
            origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

fn harden(headers: &mut HeaderMap, status: StatusCode) {
    let csp = format!(
        "default-src 'none'; style-src '{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        page::style_hash()
    );
    if let Ok(csp) = HeaderValue::from_str(&csp) {
        headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    }
    let mut say = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::CACHE_CONTROL, "no-store");
    // Not `no-referrer`: with that a browser sends `Origin: null` with our own forms as well.
    say(header::REFERRER_POLICY, "same-origin");
    if status == StatusCode::UNAUTHORIZED {
        say(
            header::WWW_AUTHENTICATE,
            "Basic realm=\"Symancy admin\", charset=\"UTF-8\"",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own(headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        comes_from_our_page(&map)
    }

    #[test]
    fn only_requests_of_our_own_page_are_ours() {
        let host = ("host", "symancy.test:3000");
        for (site, ours) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
        ] {
            // What the browser says of the site counts, whatever else it says.
            let own = ("origin", "http://symancy.test:3000");
            assert_eq!(
                is_own(&[host, own, ("sec-fetch-site", site)]),
                ours,
                "{site}"
            );
        }
        for (origin, ours) in [
            ("http://symancy.test:3000", true),
            ("http://SYMANCY.test:3000", true),
            ("http://symancy.test", false),
            ("http://evil.test", false),
            ("http://symancy.test:3000.evil.test", false),
            ("null", false),
        ] {
            assert_eq!(is_own(&[host, ("origin", origin)]), ours, "{origin}");
        }
        assert!(!is_own(&[host]), "no browser sends neither with a POST");
        assert!(!is_own(&[("origin", "http://symancy.test:3000")]));
    }

    /// The vector of RFC 7617, section 2.
    #[test]
    fn basic_is_read_as_the_rfc_writes_it() {
        let read = |text: &'static str| basic(&HeaderValue::from_static(text));
        let aladdin = Some(("Aladdin".to_owned(), b"open sesame".to_vec()));
        assert_eq!(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), aladdin);
        assert_eq!(read("basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), aladdin);
        for wrong in [
            "Basic",
            "Basic !!",
            "Basic QWxhZGRpbg==",
            "Bearer QWxhZGRpbjpv",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
