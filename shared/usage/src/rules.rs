//! Rules of usage. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::Event;
use serde_json::Value;
use uuid::Uuid;

/// The last bucket: some 27 minutes.
const BUCKET_MAX: i16 = 150;

/// The bucket of requests whose time says nothing: their clients have asked to wait, or have sent a file.
pub const UNTIMED: i16 = -1;

/// How far one bucket of times is above the one before.
const STEP: f64 = 1.1;

/// The bucket of a time in milliseconds: `ceil(ln(max(ms, 1)) / ln(1.1))`, 0 to 150.
pub fn latency_bucket(ms: u32) -> i16 {
    let exact = f64::from(ms.max(1)).ln() / STEP.ln();
    #[expect(clippy::cast_possible_truncation, reason = "ln of a u32 is small")]
    let bucket = exact.ceil() as i16;
    bucket.clamp(0, BUCKET_MAX)
}

/// The time within which this share of requests was answered: the upper edge of the bucket that reaches it, in
/// milliseconds. `counts` are buckets with their requests, in any order. `None`: there were none with a time.
pub fn quantile(counts: &[(i16, i64)], share: f64) -> Option<f64> {
    let mut counts = counts.to_vec();
    counts.retain(|(bucket, _)| *bucket != UNTIMED);
    counts.sort_unstable();
    let all: i64 = counts.iter().map(|(_, requests)| requests).sum();
    #[expect(clippy::cast_precision_loss, reason = "numbers of requests")]
    let wanted = all as f64 * share;
    let mut seen = 0;
    let reached = counts.iter().find(|(_, requests)| {
        seen += requests;
        #[expect(clippy::cast_precision_loss, reason = "numbers of requests")]
        let seen = seen as f64;
        *requests > 0 && seen >= wanted
    });
    reached.map(|(bucket, _)| (STEP.powi(i32::from(*bucket)) * 100.0).round() / 100.0)
}

/// How many units a process takes at once, of `left` that the plan has still: a hundredth, so that what processes hold
/// unspent is little, and one by one at the end, so that the last unit goes to whichever process needs it.
pub fn block(left: i64) -> i64 {
    (left / 100).clamp(1, 1_000)
}

/// What an event of the outbox says of usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub messages: i64,
    pub readings: i64,
    pub files: i64,
    pub tokens: i64,
    pub cost_micros: i64,
}

/// Reads an event; `None`: it says nothing of usage, or its person is gone.
pub fn used(event: &Event) -> Option<(Uuid, Used)> {
    let account = event.account_id?;
    let number = |name: &str| event.data[name].as_i64().unwrap_or_default();
    match (event.name.as_str(), event.version) {
        ("reading.ended", 1) => {
            let is_completed = event.data["state"].as_str() == Some("completed");
            let used = Used {
                readings: is_completed.into(),
                ..Used::default()
            };
            Some((account, used))
        }
        // Of each call by itself: one may end after its reading, and a reading may end twice.
        ("provider.called", 1) => {
            let used = Used {
                tokens: number("tokens_in") + number("tokens_out"),
                cost_micros: number("cost_micro_usd"),
                ..Used::default()
            };
            Some((account, used))
        }
        _ => None,
    }
}

/// When that was: a call of a model belongs to the day on which it began, also what corrects it.
pub fn happened_at(event: &Event) -> DateTime<Utc> {
    let began = event.data["at"]
        .as_str()
        .filter(|_| event.name == "provider.called");
    began
        .and_then(|at| at.parse().ok())
        .unwrap_or(event.occurred_at)
}

/// How long after they have happened events of an account's own are taken.
pub const LATE: TimeDelta = TimeDelta::days(35);

/// How many events of its own an account may have of a day.
pub const EVENTS_OF_DAY: i64 = 100_000;

/// When more of them are worth another try: perhaps the next day has begun by then.
pub const EVENTS_AGAIN: Duration = Duration::from_secs(3600);

/// How far a clock of theirs may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

const PROPERTIES_MAX: usize = 20;
const WORDS_MAX: usize = 200;
const NAME_MAX: usize = 100;

/// Why an event of an account's own is not taken, if it is not.
pub fn fault(
    id: &str,
    name: &str,
    occurred_at: Option<DateTime<Utc>>,
    properties: &Value,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    let is_id = (1..=NAME_MAX).contains(&id.len()) && id.bytes().all(|one| one.is_ascii_graphic());
    let is_name = (1..=NAME_MAX).contains(&name.len())
        && name.starts_with(|one: char| one.is_ascii_lowercase())
        && name
            .bytes()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || b"._".contains(&one));
    match occurred_at {
        _ if !is_id => Some("invalid_id"),
        _ if !is_name => Some("invalid_name"),
        _ if !are_small(properties) => Some("invalid_properties"),
        Some(at) if at < now - LATE => Some("too_late"),
        Some(at) if at > now + AHEAD => Some("in_the_future"),
        _ => None,
    }
}

/// Whether these are few small values: no text of a person has room in them.
fn are_small(properties: &Value) -> bool {
    let Value::Object(fields) = properties else {
        return false;
    };
    let is_small = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Bool(_) | Value::Number(_) => true,
            Value::String(words) => words.chars().count() <= WORDS_MAX,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        value && (1..=NAME_MAX).contains(&name.chars().count())
    };
    fields.len() <= PROPERTIES_MAX && fields.iter().all(is_small)
}

/// Whether persons are told that an account has used so much of a unit. Of readings the bot says itself, under each of
/// them, how many are left.
pub fn is_told(unit: &str) -> bool {
    unit != "analyses"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_falls_into_the_bucket_whose_upper_edge_it_does_not_pass() {
        assert_eq!([0, 1].map(latency_bucket), [0, 0]);
        for ms in [2, 3, 10, 99, 1_000, 60_000, 1_600_000] {
            let bucket = i32::from(latency_bucket(ms));
            let (below, above) = (1.1_f64.powi(bucket - 1), 1.1_f64.powi(bucket));
            assert!(f64::from(ms) > below * 0.999_999, "{ms}");
            assert!(f64::from(ms) <= above * 1.000_001, "{ms}");
        }
        assert_eq!(latency_bucket(u32::MAX), 150);
    }

    #[test]
    fn a_quantile_is_the_upper_edge_of_the_bucket_that_reaches_the_share() {
        assert_eq!(quantile(&[], 0.5), None);
        let counts = [(10, 1), (0, 98), (UNTIMED, 900), (20, 1)];
        assert_eq!(quantile(&counts, 0.5), Some(1.0));
        assert_eq!(quantile(&counts, 0.99), Some(2.59));
        assert_eq!(quantile(&counts, 1.0), Some(6.73));
    }

    #[test]
    fn much_is_taken_while_much_is_left_and_one_near_the_end() {
        assert_eq!(
            [1_000_000, 10_000, 199, 100, 1, 0].map(block),
            [1_000, 100, 1, 1, 1, 1]
        );
    }

    #[test]
    fn an_event_is_small_and_of_the_last_35_days_or_is_refused_with_its_reason() {
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("a time");
        let fine = json!({ "size": 3, "paid": true, "kind": "cup" });
        let judge = |id: &str, name: &str, at: Option<&str>, properties: &Value| {
            let at = at.map(|at| at.parse().expect("a time"));
            fault(id, name, at, properties, now)
        };
        assert_eq!(judge("a-1", "cup.sold", None, &fine), None);
        let of = |at: &str| judge("a", "b", Some(at), &fine);
        assert_eq!(of("2026-10-27T12:00:00Z"), None);
        assert_eq!(of("2026-10-27T11:59:59Z"), Some("too_late"));
        assert_eq!(of("2026-12-01T12:05:00Z"), None);
        assert_eq!(of("2026-12-01T12:05:01Z"), Some("in_the_future"));
        for id in ["", "two words", "ü", &"x".repeat(101)] {
            assert_eq!(judge(id, "b", None, &fine), Some("invalid_id"), "{id}");
        }
        for name in ["", "Cup", "1cup", "a b", "a-b"] {
            assert_eq!(
                judge("a", name, None, &fine),
                Some("invalid_name"),
                "{name}"
            );
        }
        let many: serde_json::Map<_, _> = (0..21).map(|n| (n.to_string(), json!(n))).collect();
        for properties in [
            json!([]),
            json!({ "a": null }),
            json!({ "a": [1] }),
            json!({ "a": { "b": 1 } }),
            json!({ "a": "x".repeat(201) }),
            json!({ "": 1 }),
            Value::Object(many),
        ] {
            let judged = judge("a", "b", None, &properties);
            assert_eq!(judged, Some("invalid_properties"), "{properties}");
        }
    }
}
