//! Access to the admin page and its buttons.
//!
//! A browser proves itself with HTTP Basic: any user name, the key as password. A program sends the
//! key as `X-Admin-Key`. Keys are compared in constant time, and wrong ones are counted twice: against the
//! address they come from, and all together (`RATE_LIMIT_ADMIN`), for guesses may come from many. While there
//! are too many, only addresses are looked at from which the page was opened before: wrong keys
//! cannot lock the operator out. Addresses outside of `ADMIN_ALLOW` find no page at all.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use audit::model::Origin;
use audit::operator;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::Error;
use kernel::codes::INVALID_TOKEN;
use people::rate_limits::buckets::Bucket;

use super::page;
use crate::http::admin_networks::may_come;
use crate::http::extract::origin;
use crate::http::middleware::rate_limit;
use crate::http::problem::Problem;
use crate::http::security::Event;
use crate::state::ApiState;

/// The user name of the operator at the page, for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visitor(pub String);

/// Admits requests with the key, and adds the headers for browsers to every answer.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let mut answered = match admit(&request).await {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.call(request).await?.map_into_left_body()
        }
        Err(why) => request.error_response(Problem(why)).map_into_right_body(),
    };
    let status = answered.status();
    harden(answered.headers_mut(), status);
    Ok(answered)
}

async fn admit(request: &ServiceRequest) -> Result<Visitor, Error> {
    let state = request.app_data::<web::Data<ApiState>>();
    let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
    let request = request.request();
    may_come(state, request)?;
    let address = origin::address(request);
    let known = state.admin_addresses.know(address);
    if !known && let Some(retry_after) = state.limiter.blocked(Bucket::WrongAdminKeys).await {
        state.security_log.note(request, Event::AdminThrottled);
        return Err(Error::RateLimited { retry_after });
    }
    match visitor(request, state) {
        Ok(visitor) => {
            if !known {
                greet(state, request, &visitor).await;
            }
            Ok(visitor)
        }
        Err(Error::Unauthenticated(code)) if code == INVALID_TOKEN => {
            state.security_log.note(request, Event::WrongAdminKey);
            state.limiter.count_one(Bucket::WrongAdminKeys).await;
            rate_limit::count_wrong(state, request).await?;
            Err(Error::Unauthenticated(code))
        }
        Err(why) => Err(why),
    }
}

/// Remembers the address of an operator; the first time, with a line in both logs. If that cannot be
/// written now, the next request does it.
async fn greet(state: &ApiState, request: &HttpRequest, visitor: &Visitor) {
    let (origin, by) = visitor.operator(request);
    let seen =
        async { Ok::<_, Error>(operator::seen(&mut *state.db().await?, &origin, &by).await?) };
    match seen.await {
        Ok(first) => {
            state.admin_addresses.remember(origin.address);
            if first {
                state.security_log.note(request, Event::AdminAtNewAddress);
            }
        }
        Err(why) => tracing::warn!(error = %why, "the address of an operator was not written down"),
    }
}

impl Visitor {
    /// Where the operator is, and what they are called, for the audit log.
    pub(super) fn operator(&self, request: &HttpRequest) -> (Origin, String) {
        let origin = origin::origin(request, "operator".to_owned());
        (origin, format!("{}, admin page", self.0))
    }
}

fn visitor(request: &HttpRequest, state: &ApiState) -> Result<Visitor, Error> {
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
    // Letters of any script, and what names and addresses are written with: nothing that turns a line
    // round, hides in it, or is read as markup where a log is shown.
    let written = |c: &char| c.is_alphanumeric() || " .-_@+".contains(*c);
    let name: String = name.chars().filter(written).take(NAME_MAX).collect();
    let name = name.trim().to_owned();
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
        // `<b>Ann</b>` with U+202E and U+200B, made with `base64`.
        let odd = read("Basic PGI+QW5u4oCu4oCLPC9iPjprZXk=");
        assert_eq!(odd, Some(("bAnnb".to_owned(), b"key".to_vec())));
        let none = read("Basic 4oCuOmtleQ==");
        assert_eq!(none, Some(("unnamed operator".to_owned(), b"key".to_vec())));
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
