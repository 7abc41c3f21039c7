//! The count of one process, for the time when Redis is away. Rule and numbers are the same, so with
//! `n` processes a client may then make up to `n` times as many requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::rules::{Bucket, Decision, Limit};

/// How many buckets are counted at once, at some 100 bytes each. When there are more, all counts begin
/// again: memory must not run out.
const BUCKETS_MAX: usize = 50_000;

/// The counts of all buckets.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<Bucket, Count>>);

struct Count {
    used: u32,
    ends: Instant,
}

impl Memory {
    /// Counts a request.
    pub fn count(&self, bucket: Bucket, limit: &Limit, now: Instant) -> Decision {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= BUCKETS_MAX && !counts.contains_key(&bucket) {
            evict(&mut counts, now);
        }
        let fresh = Count {
            used: 0,
            ends: now + limit.window,
        };
        let count = counts.entry(bucket).or_insert(fresh);
        if count.ends <= now {
            (count.used, count.ends) = (0, now + limit.window);
        }
        count.used = count.used.saturating_add(1);
        if count.used == limit.points.saturating_add(1) && !limit.block.is_zero() {
            count.ends = now + limit.block;
        }
        Decision::of(limit, count.used, count.ends - now)
    }

    /// For how long nothing more is admitted, if there were too many.
    pub fn blocked(&self, bucket: &Bucket, limit: &Limit, now: Instant) -> Option<Duration> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(bucket)?;
        let over = count.used > limit.points && count.ends > now;
        over.then(|| count.ends - now)
    }
}

fn evict(counts: &mut HashMap<Bucket, Count>, now: Instant) {
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

    /// As rate-limiter-flexible 5.0.5 answered (`RateLimiterMemory`, points 2, duration 6,
    /// blockDuration 3; here ten times slower): the block runs from the first request over the limit,
    /// and later ones do not prolong it.
    #[test]
    fn one_too_many_is_blocked_from_then_on() {
        let (memory, start) = (Memory::default(), Instant::now());
        for (at, admitted, remaining, reset) in [
            (0, true, 1, 60),
            (10, true, 0, 50),
            (20, false, 0, 30),
            (30, false, 0, 20),
            (49, false, 0, 1),
            (51, true, 1, 60),
        ] {
            let made = memory.count(
                Bucket::Person(PersonKey::Telegram(1)),
                &LIMIT,
                start + SECOND * at,
            );
            let made = (made.admitted, made.remaining, made.reset_seconds());
            assert_eq!(made, (admitted, remaining, reset), "at {at} s");
            let blocked = memory.blocked(
                &Bucket::Person(PersonKey::Telegram(1)),
                &LIMIT,
                start + SECOND * at,
            );
            assert_eq!(
                blocked,
                (!admitted).then(|| SECOND * reset as u32),
                "at {at} s"
            );
        }
    }

    #[test]
    fn a_window_ends_by_itself_and_each_person_is_counted_alone() {
        let (memory, start) = (Memory::default(), Instant::now());
        for person in 1..=3 {
            assert!(
                memory
                    .count(Bucket::Person(PersonKey::Telegram(person)), &LIMIT, start)
                    .admitted
            );
        }
        for _ in 0..2 {
            let later = start + SECOND * 60;
            assert!(
                memory
                    .count(Bucket::Person(PersonKey::Telegram(1)), &LIMIT, later)
                    .admitted
            );
        }
    }

    #[test]
    fn memory_is_bound() {
        let (memory, start) = (Memory::default(), Instant::now());
        for person in 0..120_000 {
            memory.count(Bucket::Person(PersonKey::Telegram(person)), &LIMIT, start);
        }
        assert!(memory.0.lock().expect("it").len() <= BUCKETS_MAX);
    }
}
