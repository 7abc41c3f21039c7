//! The pages of other sites that may call the API (design document, section 6.1).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use actix_cors::Cors;
use actix_web::dev::Url;
use actix_web::http::Uri;
use kernel::env::{Setting, Spelling};

/// Its default is that of the design document.
pub(crate) const ALLOWED_ORIGINS: Setting = Setting::new(
    "CORS_ALLOWED_ORIGINS",
    "https://coffeereader.com,https://*.coffeereader.com,https://t.me",
    "Sites whose pages may call the API, separated by commas; the star stands for one or more labels.",
)
.also(&[
    Spelling::same("CORS_ORIGINS"),
    Spelling::converted("FRONTEND_URL", "the site of this address", |url| {
        let url = url::Url::parse(url).map_err(|why| why.to_string())?;
        Ok(url.origin().ascii_serialization())
    }),
]);

/// What a page may read of an answer besides its body.
const EXPOSED: [&str; 12] = [
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
];

/// What a page may send.
const ALLOWED: [&str; 14] = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-API-Key",
    "X-CSRF-Token",
    "X-Request-Id",
    "X-Telegram-Init-Data",
    "X-Telegram-User-Id",
    "X-Account-Id",
];

/// For how long a browser may remember the answer to a preflight.
const MAX_AGE_SECONDS: usize = 86_400;

/// Sites, such as `https://t.me` and `https://*.coffeereader.com`. The star stands for one or more
/// labels, as in a content security policy.
#[derive(Clone, Debug)]
pub struct Origins(Arc<[Origin]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Exactly(String),
    Below { scheme: String, domain: String },
}

impl Origins {
    /// Whether a page of this origin may call the API.
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|one| match one {
            Origin::Exactly(text) => text.eq_ignore_ascii_case(origin),
            Origin::Below { scheme, domain } => {
                let origin = origin.to_ascii_lowercase();
                let host = origin.strip_prefix(scheme.as_str());
                let below = host.and_then(|host| host.strip_suffix(domain.as_str()));
                below.is_some_and(are_labels)
            }
        })
    }
}

/// `a` or `a.b`: what may stand before a domain.
fn are_labels(text: &str) -> bool {
    text.split('.').all(|label| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(letters)
    })
}

impl fmt::Display for Origins {
    /// As sources of a content security policy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in self.0.iter() {
            match one {
                Origin::Exactly(text) => write!(f, "{text} ")?,
                Origin::Below { scheme, domain } => write!(f, "{scheme}*{domain} ")?,
            }
        }
        // A policy without a source would have to be left out; `'none'` refuses all.
        if self.0.is_empty() {
            f.write_str("'none'")
        } else {
            Ok(())
        }
    }
}

impl FromStr for Origins {
    type Err = String;

    /// Separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        parts.map(origin).collect::<Result<_, _>>().map(Self)
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    let text = text.to_ascii_lowercase();
    let wrong = || {
        format!("{text:?} is not an origin (examples: https://example.com, https://*.example.com)")
    };
    let (scheme, host) = text.split_once("://").ok_or_else(wrong)?;
    let plain = host.strip_prefix("*.").unwrap_or(host);
    let url = url::Url::parse(&format!("{scheme}://{plain}")).map_err(|_| wrong())?;
    let same = url.origin().ascii_serialization() == format!("{scheme}://{plain}");
    if !same || !matches!(scheme, "http" | "https") || plain.contains('*') {
        return Err(wrong());
    }
    if plain.len() == host.len() {
        return Ok(Origin::Exactly(text));
    }
    Ok(Origin::Below {
        scheme: format!("{scheme}://"),
        domain: format!(".{plain}"),
    })
}

/// What pages of other sites are for. Never the admin page: a browser that has its password would
/// show it to all of them.
///
/// This is asked before there is a route, so the path is read as the router is going to read it.
fn is_open(uri: &Uri) -> bool {
    let routed = Url::new(uri.clone());
    routed.path().starts_with("/v1/") || routed.path() == "/openapi.json"
}

/// The middleware.
pub(crate) fn cors(origins: &Origins) -> Cors {
    let origins = origins.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, head| {
            let origin = origin.to_str().ok();
            is_open(&head.uri) && origin.is_some_and(|origin| origins.allow(origin))
        })
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers(ALLOWED)
        .expose_headers(EXPOSED)
        .supports_credentials()
        .max_age(MAX_AGE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_open_however_it_is_spelled() {
        for (path, open) in [
            ("/v1/plans", true),
            ("/%761/pl%61ns", true),
            ("/openapi%2Ejson", true),
            ("/admin", false),
            ("/%61dmin", false),
            ("/v1", false),
            ("/v1%2Fplans", false),
            ("/docs/", false),
        ] {
            assert_eq!(is_open(&path.parse().expect("a path")), open, "{path}");
        }
    }

    #[test]
    fn only_the_sites_of_the_list_may_call_us() {
        let origins = ALLOWED_ORIGINS.default::<Origins>();
        for (origin, allowed) in [
            ("https://coffeereader.com", true),
            ("https://t.me", true),
            ("https://app.coffeereader.com", true),
            ("https://a.b.coffeereader.com", true),
            ("http://coffeereader.com", false),
            ("http://app.coffeereader.com", false),
            ("https://evilcoffeereader.com", false),
            ("https://.coffeereader.com", false),
            ("https://evil.test/.coffeereader.com", false),
            ("https://evil.test:443#.coffeereader.com", false),
            ("https://u@coffeereader.com", false),
            ("https://app.coffeereader.com:8443", false),
            ("https://coffeereader.com.evil.test", false),
            ("https://web.t.me", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origins.allow(origin), allowed, "{origin}");
        }
    }

    #[test]
    fn a_list_is_read_and_what_is_not_an_origin_is_an_error() {
        let origins: Origins = "http://localhost:5173, https://*.example.com:8443,"
            .parse()
            .expect("a list");
        assert!(origins.allow("http://localhost:5173"));
        assert!(!origins.allow("http://localhost:5174"));
        assert!(origins.allow("https://x.example.com:8443"));
        assert!(!origins.allow("https://x.example.com"));
        for wrong in [
            "*",
            "example.com",
            "https://*",
            "https://a.*.com",
            "https://example.com/",
            "https://example.com/path",
            "ftp://example.com",
            "https://user@example.com",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }
}
