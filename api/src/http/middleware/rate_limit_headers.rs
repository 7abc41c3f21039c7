//! The rate limit headers of a counted answer: those of the design document, section 5.3, which know one limit and tell
//! of the one that leaves least; and those of draft-ietf-httpapi-ratelimit-headers-10, which list all.

use std::borrow::Cow;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use people::rate_limits::limit::{Decision, Limit, tightest};
use people::rate_limits::rules::RateLimits;

/// Adds what is left, as of `now`.
pub(super) fn write(
    headers: &mut HeaderMap,
    policies: &Policies,
    counted: &[(Limit, Decision)],
    now: DateTime<Utc>,
) {
    let Some((limit, decision)) = tightest(counted) else {
        return;
    };
    let ends = now + TimeDelta::from_std(decision.reset).unwrap_or_default();
    let ends = ends.to_rfc3339_opts(SecondsFormat::Millis, true);
    put(headers, "x-ratelimit-limit", limit.points.into());
    put(headers, "x-ratelimit-remaining", decision.remaining.into());
    put_text(headers, "x-ratelimit-reset", &ends);
    let fields = counted.iter().map(|(limit, decision)| {
        let (name, left) = (limit.name, decision.remaining);
        Cow::Owned(format!(
            "\"{name}\";r={left};t={}",
            decision.reset_seconds()
        ))
    });
    put_text(headers, "ratelimit", &listed(fields));
    let policies = counted.iter().map(|(limit, _)| policies.of(limit));
    put_text(headers, "ratelimit-policy", &listed(policies));
}

/// Says that an account has no requests left until a moment.
pub(super) fn write_quota(headers: &mut HeaderMap, free_at: DateTime<Utc>) {
    put(headers, "x-quota-remaining", 0.into());
    let free_at = free_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    put_text(headers, "x-quota-reset", &free_at);
}

/// A list of structured fields (RFC 9651, section 3.1).
fn listed<'a>(members: impl Iterator<Item = Cow<'a, str>>) -> Cow<'a, str> {
    let joined = members.reduce(|all, one| Cow::Owned(format!("{all}, {one}")));
    joined.unwrap_or_default()
}

fn put(headers: &mut HeaderMap, name: &'static str, value: HeaderValue) {
    headers.insert(HeaderName::from_static(name), value);
}

fn put_text(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        put(headers, name, value);
    }
}

/// The members of `RateLimit-Policy`, written once.
#[derive(Clone)]
pub(crate) struct Policies(Vec<(Limit, String)>);

impl Policies {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        Self(
            limits
                .named()
                .map(|limit| (limit, policy(&limit)))
                .collect(),
        )
    }

    /// A plan and a key may have a rate of their own.
    fn of(&self, limit: &Limit) -> Cow<'_, str> {
        match self.0.iter().find(|(known, _)| known == limit) {
            Some((_, text)) => text.into(),
            None => policy(limit).into(),
        }
    }
}

fn policy(limit: &Limit) -> String {
    let seconds = limit.window.as_millis().div_ceil(1_000);
    format!("\"{}\";q={};w={seconds}", limit.name, limit.points)
}
