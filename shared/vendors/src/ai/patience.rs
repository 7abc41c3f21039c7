//! How long a vendor asks its clients to wait, from the headers of its refusal.
//!
//! Sources: RFC 9110 section 10.2.3 (`Retry-After`: seconds or a date); the SDKs of OpenAI, Azure and
//! Anthropic (`retry-after-ms`, fractions of seconds);
//! <https://platform.openai.com/docs/guides/rate-limits> and <https://console.groq.com/docs/rate-limits>
//! (`x-ratelimit-reset-*`: `1m2.5s`, `7.66s`, `120ms`).

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

/// The wait that the headers ask for; `None` if there is none that can be understood.
pub(super) fn of(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    header("retry-after-ms")
        .and_then(|text| seconds(text, 0.001))
        .or_else(|| header("retry-after").and_then(|text| retry_after(text, now)))
        .or_else(|| reset(header))
}

fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    // Whole seconds first: as a fraction a large number would lose precision.
    let whole = text.parse().ok().map(Duration::from_secs);
    whole.or_else(|| seconds(text, 1.0)).or_else(|| {
        let date = DateTime::parse_from_rfc2822(text).ok()?;
        // A date that is over asks for no wait at all.
        Some(
            (date.with_timezone(&Utc) - now)
                .to_std()
                .unwrap_or_default(),
        )
    })
}

/// When the limit that is used up is reset; if the headers do not name it, when that of the tokens is,
/// for a request may need more of them than there are left.
fn reset<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
    let of = |what: &str| header(&format!("x-ratelimit-reset-{what}")).and_then(duration);
    let used_up = ["requests", "tokens"]
        .into_iter()
        .filter(|what| header(&format!("x-ratelimit-remaining-{what}")) == Some("0"))
        .filter_map(of);
    used_up.max().or_else(|| of("tokens"))
}

fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let count: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(count * unit).ok()
}

/// Such as `1h2m3.5s`, `120ms`, or Google's `17s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| c != '.' && !c.is_ascii_digit())?;
        let (count, tail) = rest.split_at(unit_at);
        let next = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(next);
        let unit = match unit {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        sum = sum.checked_add(seconds(count, unit)?)?;
        rest = tail;
    }
    (!text.trim().is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn asked(headers: &[(&'static str, &'static str)]) -> Option<f64> {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let now = DateTime::parse_from_rfc3339("2015-10-21T07:27:00Z").expect("a date");
        of(&headers.collect(), now.into()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_understood() {
        for (headers, wait) in [
            (&[("retry-after", "17")][..], Some(17.0)),
            (&[("retry-after", "0.5")], Some(0.5)),
            (
                &[("retry-after", "18446744073709551615")],
                Some(18_446_744_073_709_551_615.0),
            ),
            (
                &[("retry-after-ms", "1500"), ("retry-after", "2")],
                Some(1.5),
            ),
            // The date is the example of RFC 9110, a minute later than now.
            (
                &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")],
                Some(60.0),
            ),
            (
                &[("retry-after", "Wed, 21 Oct 2015 07:20:00 GMT")],
                Some(0.0),
            ),
        ] {
            assert_eq!(asked(headers), wait, "{headers:?}");
        }
    }

    #[test]
    fn without_them_the_limit_that_is_used_up_counts() {
        for (headers, wait) in [
            (&[("x-ratelimit-reset-tokens", "6m0s")][..], Some(360.0)),
            (
                &[
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "1m2.5s"),
                    ("x-ratelimit-remaining-tokens", "149984"),
                    ("x-ratelimit-reset-tokens", "7.66s"),
                ],
                Some(62.5),
            ),
            (&[("x-ratelimit-reset-requests", "2m59.56s")], None),
            (
                &[
                    ("retry-after", "soon"),
                    ("x-ratelimit-reset-tokens", "120ms"),
                ],
                Some(0.12),
            ),
        ] {
            assert_eq!(asked(headers), wait, "{headers:?}");
        }
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        for text in ["", "soon", "-1", "NaN", "inf", "1e300", "12q", "s", "3"] {
            assert_eq!(duration(text), None, "{text}");
        }
        for text in ["", "soon", "-1", "NaN", "inf", "1e300"] {
            assert_eq!(asked(&[("retry-after", text)]), None, "{text}");
        }
    }
}
