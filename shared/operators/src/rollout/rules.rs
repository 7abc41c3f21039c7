//! By the Telegram id alone, so that the answer stays the same. Pure.

/// Who handles a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    Api,
    Workflow,
}

/// Who handles a person. Whom the API handles stays with it when the percentage grows; with 0 the workflow handles all,
/// also those who were invited.
pub fn handler(telegram_id: i64, is_invited: bool, percent: u64) -> Handler {
    match percent > 0 && (is_invited || u64::from(bucket(telegram_id)) < percent) {
        true => Handler::Api,
        false => Handler::Workflow,
    }
}

/// The place of a person, from 0 to 99. The SQL function `rollout_bucket` says the same.
pub fn bucket(telegram_id: i64) -> u32 {
    fnv1a(format!("mvp:{telegram_id}").as_bytes()) % 100
}

/// FNV-1a of 32 bits (<https://datatracker.ietf.org/doc/html/rfc9923>): spreads numbers that follow each other, and
/// is a line in any language.
fn fnv1a(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Of the authors' test vectors.
    #[test]
    fn the_hash_is_fnv_1a() {
        for (text, hash) in [
            ("", 0x811c_9dc5),
            ("a", 0xe40c_292c),
            ("b", 0xe70c_2de5),
            ("foobar", 0xbf9c_f968),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn the_places_are_those_of_the_vectors() {
        let vectors = include_str!("../../../../fixtures/rollout.json");
        let vectors: Vec<Value> = serde_json::from_str(vectors).expect("a list");
        assert_eq!(vectors.len(), 40);
        for one in vectors {
            let id = one["telegram_id"].as_i64().expect("an id");
            assert_eq!(one["bucket"], bucket(id), "{id}");
        }
    }

    #[test]
    fn a_percentage_is_kept_and_one_who_has_come_over_stays() {
        const PERSONS: i64 = 200_000;
        let ours = |percent| -> Vec<i64> {
            let first = 700_000_000;
            let all = first..first + PERSONS;
            all.filter(|id| handler(*id, false, percent) == Handler::Api)
                .collect()
        };
        assert_eq!(ours(0).len(), 0);
        assert_eq!(ours(100).len(), PERSONS as usize);
        let mut before: Vec<i64> = Vec::new();
        for percent in [1, 10, 25, 50, 75, 99] {
            let now = ours(percent);
            let share = now.len() as f64 / PERSONS as f64 * 100.0;
            assert!((share - percent as f64).abs() < 0.5, "{percent}: {share}");
            assert!(before.iter().all(|id| now.binary_search(id).is_ok()));
            before = now;
        }
    }

    #[test]
    fn who_is_invited_is_handled_by_the_api_unless_all_is_stopped() {
        assert_eq!(handler(7, false, 1), Handler::Workflow);
        assert_eq!(handler(7, true, 1), Handler::Api);
        assert_eq!(handler(7, true, 0), Handler::Workflow);
    }
}
