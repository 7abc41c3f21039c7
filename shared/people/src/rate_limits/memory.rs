//! The count of one process, for the time when Redis is away. Rule and numbers are the same, so with
//! `n` processes a client may then make up to `n` times as many requests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::buckets::{Against, Bucket};
use super::limit::{Decision, Limit};
use super::window::Window;

/// How many buckets are counted at once, at some 100 to 600 bytes each. When there are more, all counts begin
/// again: memory must not run out.
const BUCKETS_MAX: usize = 50_000;

/// The counts of all buckets.
pub struct Memory {
    start: Instant,
    counts: Mutex<HashMap<Bucket, Count>>,
}

#[derive(Default)]
struct Count {
    window: Window,
    /// When it can be forgotten.
    ends: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            counts: Mutex::default(),
        }
    }
}

impl Memory {
    /// Counts a request against all of these, or against none.
    pub fn count(&self, of: &[Against], now: Instant) -> Vec<Decision> {
        let (mut counts, now) = (self.counts(), self.since_start(now));
        let mut all = true;
        for Against { bucket, limit } in of {
            if counts.len() >= BUCKETS_MAX && !counts.contains_key(bucket) {
                evict(&mut counts, now);
            }
            let count = counts.entry(*bucket).or_default();
            count.window.slide(limit, now);
            all &= count.window.wait(limit, now) == 0;
        }
        let decided = of.iter().map(|Against { bucket, limit }| {
            let count = counts.entry(*bucket).or_default();
            let window = &mut count.window;
            let decision = match window.wait(limit, now) {
                0 if all => window.admit(limit, now),
                0 => window.decision(limit, now),
                _ => window.refuse(limit, now),
            };
            count.ends = window.ends(limit);
            decision
        });
        decided.collect()
    }

    /// For how long nothing more is admitted, if there were too many.
    pub fn blocked(&self, bucket: &Bucket, limit: &Limit, now: Instant) -> Option<Duration> {
        let (mut counts, now) = (self.counts(), self.since_start(now));
        let window = &mut counts.get_mut(bucket)?.window;
        window.slide(limit, now);
        let decision = window.decision(limit, now);
        (!decision.admitted).then_some(decision.reset)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Bucket, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since_start(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_millis() as u64
    }
}

fn evict(counts: &mut HashMap<Bucket, Count>, now: u64) {
    counts.retain(|_, count| count.ends > now);
    if counts.len() >= BUCKETS_MAX / 2 {
        counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::model::PersonKey;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Limit = Limit {
        name: "test",
        points: 2,
        window: Duration::from_secs(60),
        block: Duration::from_secs(30),
    };

    fn person(id: i64) -> Bucket {
        Bucket::person(PersonKey::Telegram(id))
    }

    fn one(memory: &Memory, id: i64, now: Instant) -> Decision {
        let of = [Against {
            bucket: person(id),
            limit: LIMIT,
        }];
        memory.count(&of, now)[0]
    }

    #[test]
    fn one_too_many_is_blocked_from_then_on_and_what_was_admitted_stays_in_the_window() {
        let (memory, start) = (Memory::default(), Instant::now());
        for (at, admitted, remaining, reset) in [
            (0, true, 1, 60),
            (10, true, 0, 50),
            (20, false, 0, 40),
            (30, false, 0, 30),
            (59, false, 0, 1),
            (60, true, 0, 10),
            (61, false, 0, 30),
            (91, true, 0, 29),
        ] {
            let now = start + SECOND * at;
            let made = one(&memory, 1, now);
            let made = (made.admitted, made.remaining, made.reset_seconds());
            assert_eq!(made, (admitted, remaining, reset), "at {at} s");
            let blocked = memory.blocked(&person(1), &LIMIT, now);
            let blocked = blocked.map(|left| left.as_secs_f64().ceil() as u64);
            assert_eq!(blocked, (!admitted).then_some(reset), "at {at} s");
        }
    }

    #[test]
    fn a_window_ends_by_itself_and_each_person_is_counted_alone() {
        let (memory, start) = (Memory::default(), Instant::now());
        for id in 1..=3 {
            assert!(one(&memory, id, start).admitted);
        }
        for _ in 0..2 {
            assert!(one(&memory, 1, start + SECOND * 60).admitted);
        }
    }

    #[test]
    fn what_one_limit_refuses_uses_nothing_of_the_other() {
        let (memory, start) = (Memory::default(), Instant::now());
        let wide = Limit {
            name: "wide",
            points: 10,
            ..LIMIT
        };
        let of = [(1, wide), (2, LIMIT)].map(|(id, limit)| Against {
            bucket: person(id),
            limit,
        });
        for left in [(9, 1), (8, 0), (8, 0), (8, 0)] {
            let made = memory.count(&of, start);
            assert_eq!((made[0].remaining, made[1].remaining), left);
        }
    }

    #[test]
    fn memory_is_bound() {
        let (memory, start) = (Memory::default(), Instant::now());
        for id in 0..120_000 {
            one(&memory, id, start);
        }
        assert!(memory.counts().len() <= BUCKETS_MAX);
    }
}
