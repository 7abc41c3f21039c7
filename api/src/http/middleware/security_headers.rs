//! The security headers of every answer (design document, section 6.1).
//!
//! Differences: `X-XSS-Protection` is 0, because the filters it switched on were themselves vulnerable
//! and are gone from browsers (OWASP Secure Headers); photos come from the bucket; pages of the API may
//! not be framed.
//! `Strict-Transport-Security` is sent only to clients that came by HTTPS, as RFC 6797, section 7.2, demands.
//! TLS ends at the proxy before the API, so its `X-Forwarded-Proto` counts, whichever proxy it is: a
//! client that forges it changes only its own answer.

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use url::Url;

const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_XSS_PROTECTION, "0"),
    (REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "geolocation=(), microphone=(), camera=()",
    ),
];

const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains; preload");

/// The prepared headers.
#[derive(Clone)]
pub(crate) struct SecurityHeaders {
    policy: HeaderValue,
    policy_by_https: HeaderValue,
}

impl SecurityHeaders {
    /// Photos may be shown from this bucket.
    pub(crate) fn new(bucket: &Url) -> Self {
        let bucket = bucket.origin().ascii_serialization();
        let policy = format!(
            "default-src 'self'; script-src 'self' https://telegram.org; \
             style-src 'self' 'unsafe-inline'; img-src 'self' data: {bucket}; connect-src 'self'; \
             frame-src https://t.me; object-src 'none'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        );
        let value = |text: &str| {
            HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("default-src 'self'"))
        };
        Self {
            policy: value(&policy),
            policy_by_https: value(&format!("{policy}; upgrade-insecure-requests")),
        }
    }

    /// Adds all headers that the answer does not set itself.
    pub(crate) fn dress(&self, headers: &mut HeaderMap, by_https: bool) {
        let policy = match by_https {
            true => &self.policy_by_https,
            false => &self.policy,
        };
        if !may_be_framed(headers) {
            set_default(headers, &X_FRAME_OPTIONS, || {
                HeaderValue::from_static("DENY")
            });
        }
        for (name, value) in &ALWAYS {
            set_default(headers, name, || HeaderValue::from_static(value));
        }
        set_default(headers, &CONTENT_SECURITY_POLICY, || policy.clone());
        if by_https {
            set_default(headers, &STRICT_TRANSPORT_SECURITY, || HSTS);
        }
    }
}

/// A page says so in a policy of its own, which can name sites; `X-Frame-Options` cannot.
fn may_be_framed(headers: &HeaderMap) -> bool {
    let own = headers.get(CONTENT_SECURITY_POLICY);
    let own = own.and_then(|policy| policy.to_str().ok());
    own.is_some_and(|policy| !policy.contains("frame-ancestors 'none'"))
}

fn set_default(headers: &mut HeaderMap, name: &HeaderName, value: impl FnOnce() -> HeaderValue) {
    if !headers.contains_key(name) {
        headers.insert(name.clone(), value());
    }
}

/// Whether the client uses HTTPS with the proxy before the API.
pub(super) fn came_by_https(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto");
    proto.is_some_and(|proto| {
        let first = proto.as_bytes().split(|byte| *byte == b',').next();
        first.is_some_and(|first| first.trim_ascii().eq_ignore_ascii_case(b"https"))
    })
}
