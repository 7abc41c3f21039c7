//! Who may keep an answer. What an answer does not say itself is decided here: all of `/v1`, and every
//! refusal, is for its caller alone and kept by nothing on the way (OWASP ASVS 5, 14.3.2).

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, VARY};

/// What an answer to a caller depends on.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static(
    "x-telegram-init-data, authorization, cookie, x-api-key, x-telegram-user-id, x-account-id, accept-language",
);

/// `route` is the pattern that was chosen.
pub(super) fn dress(headers: &mut HeaderMap, route: &str, status: StatusCode) {
    let refused = status.is_client_error() || status.is_server_error();
    let told = headers.contains_key(CACHE_CONTROL);
    if !told && (refused || route.starts_with("/v1/")) {
        let nothing = HeaderValue::from_static("private, no-store");
        headers.insert(CACHE_CONTROL, nothing);
    }
    let private = headers.get(CACHE_CONTROL);
    if private.is_some_and(|told| told.as_bytes().starts_with(b"private")) {
        headers.append(VARY, DEPENDS_ON);
    }
}
