//! The cookies of a browser: an access token for all paths, a refresh token for those of `/v1/auth`. No script can read
//! them.
//!
//! A browser sends cookies along with what any page asks for. So a request that changes something and is proved by a
//! cookie has to come from a page of ours, by its `Origin`, or bring `X-CSRF-Token`, which other pages cannot know.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, SET_COOKIE};
use kernel::Error;
use people::sessions::rotation::IDLE;
use people::sessions::{LIFETIME, Session, Way};
use url::Url;

use crate::state::ApiState;

/// The prefixes bind them to this host, and to https (RFC 6265bis, section 4.1.3).
const ACCESS: &str = "__Host-session";
const REFRESH: &str = "__Secure-refresh";

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

fn find<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(COOKIE)
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// The access token of a cookie.
pub(crate) fn access(headers: &HeaderMap) -> Option<&str> {
    find(headers, ACCESS)
}

/// The refresh token of a cookie.
pub(super) fn refresh(headers: &HeaderMap) -> Option<&str> {
    find(headers, REFRESH)
}

/// The headers that store a session, or end it.
pub(super) fn of(tokens: Option<(&str, &str)>) -> Result<[(HeaderName, HeaderValue); 2], Error> {
    let (access, refresh) = tokens.unwrap_or_default();
    let age = |seconds: i64| if tokens.is_some() { seconds } else { 0 };
    let line = |name: &str, value: &str, path: &str, seconds: i64| {
        let line = format!(
            "{name}={value}; Path={path}; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
            age(seconds)
        );
        let line = HeaderValue::try_from(line).map_err(Error::internal)?;
        Ok::<_, Error>((SET_COOKIE, line))
    };
    Ok([
        line(ACCESS, access, "/", LIFETIME.num_seconds())?,
        line(REFRESH, refresh, "/v1/auth", IDLE.num_seconds())?,
    ])
}

/// Whether a request that is proved by a cookie may change something.
///
/// # Errors
/// E204 if it may come from a page of others.
pub(crate) fn judge(
    request: &HttpRequest,
    state: &ApiState,
    session: &Session,
) -> Result<(), Error> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return Ok(());
    }
    let token = request
        .headers()
        .get(CSRF)
        .and_then(|token| token.to_str().ok());
    let is_ours = match (token, session.way) {
        (Some(token), Way::Stored { id, .. }) => state.sessions.is_page_token(id, token),
        _ => false,
    };
    match is_ours || is_own_page(request, state) == Some(true) {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "a cookie proves only what a page of ours asks for: Origin or X-CSRF-Token",
        )),
    }
}

/// Whether a page of ours has sent a request; `None`: no page says that it has.
fn is_own_page(request: &HttpRequest, state: &ApiState) -> Option<bool> {
    let origin = request.headers().get(ORIGIN)?;
    let Ok(origin) = origin.to_str() else {
        return Some(false);
    };
    let own = Url::parse(&state.core.config.public_url.at("/"));
    let own = own.map(|own| own.origin().ascii_serialization());
    Some(own.is_ok_and(|own| own == origin) || state.config.cors_origins.allow(origin))
}

/// Refuses to store a session in a browser on behalf of a page of others.
///
/// # Errors
/// E204.
pub(super) fn may_begin(request: &HttpRequest, state: &ApiState) -> Result<(), Error> {
    match is_own_page(request, state) {
        Some(false) => Err(Error::Forbidden("this page may not sign in with cookies")),
        _ => Ok(()),
    }
}
