//! The cookies of a browser: an access token for all paths, a refresh token for those of `/v1/auth` and of its other
//! spellings. No script can read them.
//!
//! A browser sends cookies along with what any page asks for. So a request that changes something and is proved by a
//! cookie has to come from a page of ours, by its `Origin`, or bring `X-CSRF-Token`, which other pages cannot know.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, SET_COOKIE};
use kernel::Error;
use people::sessions::{Lifetimes, Session, Way};
use url::Url;

use crate::state::ApiState;

/// Where the refresh token goes: a cookie of the same name for each, of which a browser sends one.
const REFRESH_PATHS: [&str; 3] = ["/auth", "/api/auth", "/v1/auth"];

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
pub(super) fn of(
    tokens: Option<(&str, &str)>,
    lifetimes: Lifetimes,
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
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
    let of_refresh = |path: &&str| line(REFRESH, refresh, path, lifetimes.idle.num_seconds());
    let first = line(ACCESS, access, "/", lifetimes.access.num_seconds());
    let rest = REFRESH_PATHS.iter().map(of_refresh);
    std::iter::once(first).chain(rest).collect()
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

/// Refuses to store a session in a browser, or to drop one, on behalf of a page of others.
///
/// # Errors
/// E204.
pub(super) fn may_begin(request: &HttpRequest, state: &ApiState) -> Result<(), Error> {
    match is_own_page(request, state) {
        Some(false) => Err(Error::Forbidden(
            "this page may not sign in or out with cookies",
        )),
        _ => Ok(()),
    }
}
