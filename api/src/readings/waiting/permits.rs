//! How many requests may wait or stream at once in this process: of one person, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Error;
use kernel::env::{Env, Section, Setting};
use people::codes;
use people::rate_limits::buckets::Bucket;
use people::users::model::PersonKey;
use uuid::Uuid;

const PER_PERSON: Setting = Setting::new(
    "WAITING_PER_PERSON",
    "8",
    "Requests of one person that wait or stream at once, in one process. 0: no limit.",
);
const PER_ADDRESS: Setting = Setting::new(
    "WAITING_PER_ADDRESS",
    "200",
    "The same from one address. 0: no limit.",
);

pub const SETTINGS: Section = Section {
    title: "Requests that wait",
    settings: &[PER_PERSON, PER_ADDRESS],
};

/// When to come again after a refusal: nothing says when another request ends.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The most that are open at once; 0: no limit.
#[derive(Clone, Copy, Debug)]
pub struct WaitLimits {
    person: u32,
    address: u32,
}

impl WaitLimits {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            person: env.value(&PER_PERSON),
            address: env.value(&PER_ADDRESS),
        }
    }

    fn of(self, bucket: &Bucket) -> u32 {
        match bucket {
            Bucket::Address(_) => self.address,
            _ => self.person,
        }
    }
}

/// The permits of this process. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Permits {
    limits: WaitLimits,
    open: Arc<Mutex<HashMap<Bucket, u32>>>,
}

/// The right of one request to wait, until it is dropped: with the answer, or when the client goes.
pub(crate) struct Permit {
    open: Arc<Mutex<HashMap<Bucket, u32>>>,
    buckets: Vec<Bucket>,
}

impl Permits {
    pub fn new(limits: WaitLimits) -> Self {
        Self {
            limits,
            open: Arc::default(),
        }
    }

    /// A permit for a request: for the person that it acts for, by their row, and for its address. A person with two ways
    /// in is one.
    ///
    /// # Errors
    /// E306 if too many are open.
    pub(crate) fn take(&self, person: Option<Uuid>, address: IpAddr) -> Result<Permit, Error> {
        let person = person.map(|id| Bucket::person(PersonKey::Row(id)));
        let buckets: Vec<Bucket> = person
            .into_iter()
            .chain([Bucket::address(address)])
            .collect();
        let mut open = locked(&self.open);
        let is_full = |bucket: &Bucket| {
            let limit = self.limits.of(bucket);
            limit != 0 && open.get(bucket).is_some_and(|count| *count >= limit)
        };
        if buckets.iter().any(is_full) {
            return Err(Error::NotYet {
                code: codes::TOO_MANY_OPEN,
                retry_after: RETRY_AFTER,
            });
        }
        for bucket in &buckets {
            *open.entry(*bucket).or_default() += 1;
        }
        Ok(Permit {
            open: self.open.clone(),
            buckets,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = locked(&self.open);
        for bucket in &self.buckets {
            if let Some(count) = open.get_mut(bucket) {
                *count -= 1;
                if *count == 0 {
                    open.remove(bucket);
                }
            }
        }
    }
}

// A panic while the lock was held cannot have left the map inconsistent.
fn locked(open: &Mutex<HashMap<Bucket, u32>>) -> MutexGuard<'_, HashMap<Bucket, u32>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(permits: &Permits, person: u128, address: u8) -> Result<Permit, Error> {
        permits.take(
            Some(Uuid::from_u128(person)),
            IpAddr::from([192, 0, 2, address]),
        )
    }

    #[test]
    fn a_person_and_an_address_have_their_own_numbers_and_a_dropped_permit_is_free() {
        let permits = Permits::new(WaitLimits {
            person: 2,
            address: 3,
        });
        let first = take(&permits, 1, 1).expect("free");
        let second = take(&permits, 1, 2).expect("free");
        assert!(take(&permits, 1, 3).is_err(), "of the person");
        let others = [2, 3].map(|person| take(&permits, person, 1).expect("free"));
        let full = take(&permits, 4, 1).err().expect("of the address");
        assert_eq!((full.status(), full.code().as_str()), (429, "E306"));
        drop(first);
        let again = take(&permits, 4, 1).expect("free again");
        drop((again, others, second));
        assert!(
            locked(&permits.open).is_empty(),
            "nothing is left in memory"
        );
    }

    #[test]
    fn without_a_limit_all_are_let_in() {
        let permits = Permits::new(WaitLimits {
            person: 0,
            address: 0,
        });
        let open: Vec<_> = (0..100).map(|_| take(&permits, 1, 1)).collect();
        assert!(open.iter().all(Result::is_ok));
    }
}
