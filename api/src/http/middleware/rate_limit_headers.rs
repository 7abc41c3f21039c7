//! The rate limit headers of a counted answer: those of the design document, section 5.3, and
//! those of draft-ietf-httpapi-ratelimit-headers-10.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use people::rate_limits::rules::{Decision, Limit, RateLimits};

/// Adds what is left, as of `now`.
pub(super) fn write(
    headers: &mut HeaderMap,
    policies: &Policies,
    limit: &Limit,
    decision: &Decision,
    now: DateTime<Utc>,
) {
    let ends = now + TimeDelta::from_std(decision.reset).unwrap_or_default();
    let (name, left) = (limit.name, decision.remaining);
    let fields = format!("\"{name}\";r={left};t={}", decision.reset_seconds());
    let ends = ends.to_rfc3339_opts(SecondsFormat::Millis, true);
    put(headers, "x-ratelimit-limit", limit.points.into());
    put(headers, "x-ratelimit-remaining", left.into());
    put_text(headers, "x-ratelimit-reset", &ends);
    put_text(headers, "ratelimit", &fields);
    put(headers, "ratelimit-policy", policies.of(limit));
}

fn put(headers: &mut HeaderMap, name: &'static str, value: HeaderValue) {
    headers.insert(HeaderName::from_static(name), value);
}

fn put_text(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        put(headers, name, value);
    }
}

/// The values of `RateLimit-Policy`, written once.
#[derive(Clone)]
pub(crate) struct Policies([(Limit, HeaderValue); 3]);

impl Policies {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        Self([limits.address, limits.person, limits.key].map(|limit| (limit, policy(&limit))))
    }

    /// A key may have a rate of its own.
    fn of(&self, limit: &Limit) -> HeaderValue {
        let is_it = |known: &Limit| known.name == limit.name && known.points == limit.points;
        match self.0.iter().find(|(known, _)| is_it(known)) {
            Some((_, value)) => value.clone(),
            None => policy(limit),
        }
    }
}

fn policy(limit: &Limit) -> HeaderValue {
    let text = format!(
        "\"{}\";q={};w={}",
        limit.name,
        limit.points,
        limit.window.as_millis().div_ceil(1_000)
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
