//! What is published together, what is told of an event, and how long a publisher waits. No I/O.

use std::collections::HashMap;
use std::time::Duration;

use events::{Event, envelope};
use serde_json::{Map, Value};
use uuid::Uuid;
use vendors::broker::Message;

/// The longest wait for a vendor that is away.
const LONGEST: Duration = Duration::from_secs(60);

/// The longest word that is told to product analytics: a status, a plan, a kind.
const WORD_MOST: usize = 40;

/// Which events may be published at once: those of wave 0, then those of wave 1, and so on. In a wave no two events are
/// of one person or of one account, and an event is in a later wave than those before it of the same person or account.
/// So what is published in a wave may arrive in any order, or in part.
pub fn waves(events: &[Event]) -> Vec<usize> {
    let mut next: HashMap<Uuid, usize> = HashMap::new();
    let mut waves = Vec::with_capacity(events.len());
    for event in events {
        let subjects = [event.account_id, event.user_id].into_iter().flatten();
        let wave = subjects.clone().filter_map(|one| next.get(&one).copied());
        let wave = wave.max().unwrap_or_default();
        next.extend(subjects.map(|one| (one, wave + 1)));
        waves.push(wave);
    }
    waves
}

/// An event as a message of the broker.
pub fn message(event: &Event) -> Message {
    Message {
        id: event.id,
        name: event.name.clone(),
        version: event.version,
        account: event.account_id,
        at: event.occurred_at,
        body: envelope(event).to_string().into_bytes(),
    }
}

/// What product analytics is told of the data of an event: numbers, yes or no, and single small words. Not ids, which
/// lead back to a person, not texts, and nothing that is nested.
pub fn properties(data: &Value) -> Map<String, Value> {
    let all = data.as_object().into_iter().flatten();
    let told = all.filter(|(name, value)| !is_id(name) && is_small(value));
    told.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("_id") || name.starts_with('$')
}

fn is_small(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(word) => is_word(word),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_word(word: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let has_letter = word.bytes().any(|byte| byte.is_ascii_alphabetic());
    has_letter && word.len() <= WORD_MOST && word.bytes().all(is_letter) && !is_hex(word)
}

/// An id without its dashes, or a hash.
fn is_hex(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// How long a publisher waits after so many failures in a row and another one: 1 s, doubling, at most a minute.
pub fn patience(failures: u32) -> Duration {
    // 64 s are beyond the longest.
    Duration::from_secs(1 << failures.min(6)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(person: Option<u128>, account: Option<u128>) -> Event {
        Event {
            id: Uuid::nil(),
            name: "bell.rang".to_owned(),
            version: 2,
            occurred_at: "2026-12-01T12:00:00Z".parse().expect("a time"),
            user_id: person.map(Uuid::from_u128),
            account_id: account.map(Uuid::from_u128),
            data: json!({}),
        }
    }

    #[test]
    fn events_of_one_person_or_account_are_in_different_waves_in_their_order() {
        let events = [
            event(Some(1), Some(1)),
            event(Some(2), Some(2)),
            event(Some(1), Some(1)),
            event(None, None),
            // In the account of an organization: after what the person did before, and what happened in it before.
            event(Some(1), Some(9)),
            event(Some(2), Some(9)),
            event(None, Some(9)),
            event(Some(2), Some(2)),
            event(None, None),
        ];
        assert_eq!(waves(&events), [0, 0, 1, 0, 2, 3, 4, 4, 0]);
    }

    #[test]
    fn a_message_has_the_body_that_all_are_told() {
        let message = message(&event(Some(1), Some(2)));
        let body: Value = serde_json::from_slice(&message.body).expect("JSON");
        assert_eq!((message.name.as_str(), message.version), ("bell.rang", 2));
        assert_eq!(message.account, Some(Uuid::from_u128(2)));
        assert_eq!(body["type"], "bell.rang");
        assert_eq!(body["subject"], Uuid::from_u128(1).to_string());
    }

    #[test]
    fn product_analytics_is_told_numbers_and_words_and_no_ids_and_no_texts() {
        let data = json!({
            "plan": "PRO", "method": "passkey", "kind": "reading.v2", "took_ms": 1200, "is_first": true,
            "id": 7, "analysis_id": "abc", "$set": "x",
            "reading": "0190f3a2-7c1b-7d2e-8f00-aabbccddeeff", "key": "0190f3a27c1b7d2e8f00aabbccddeeff",
            "caption": "will I travel?", "name": "Анна", "phone": "4915112345678", "nothing": null,
            "long": "a".repeat(41), "list": ["a"], "deep": { "a": 1 }, "empty": "",
        });
        let told = Value::Object(properties(&data));
        let expected = json!({
            "plan": "PRO", "method": "passkey", "kind": "reading.v2", "took_ms": 1200, "is_first": true,
        });
        assert_eq!(told, expected);
        assert_eq!(properties(&json!("a text")), Map::new());
    }

    #[test]
    fn a_publisher_waits_twice_as_long_each_time_and_at_most_a_minute() {
        let waits = [0, 1, 2, 5, 6, 7, u32::MAX].map(|failures| patience(failures).as_secs());
        assert_eq!(waits, [1, 2, 4, 32, 60, 60, 60]);
    }
}
