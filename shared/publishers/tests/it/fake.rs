//! A broker in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;
use vendors::broker::{Broker, Confirm, Message, SERVICE};
use vendors::{ProviderError, ProviderErrorKind};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All messages are taken.
    Taken,
    /// All but this one are; the others may be stored before it.
    Refuses(usize),
    /// All are confirmed, and no queue wants this one.
    Returns(usize),
    /// So many arrive, and the connection is lost.
    Cut(usize),
    /// So many arrive, and there is never an answer: until the publisher is killed.
    Hangs(usize),
}

/// The broker. Calls end by the plan, and well when it is used up.
#[derive(Default)]
pub struct Fake {
    plan: Mutex<VecDeque<Fate>>,
    arrived: Mutex<Vec<Message>>,
    calls: Mutex<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fake {
    pub fn plan(&self, fates: impl IntoIterator<Item = Fate>) {
        *lock(&self.plan) = fates.into_iter().collect();
    }

    /// The ids of all copies, in the order of their arrival.
    pub fn arrived(&self) -> Vec<Uuid> {
        lock(&self.arrived).iter().map(|one| one.id).collect()
    }

    pub fn messages(&self) -> Vec<Message> {
        lock(&self.arrived).clone()
    }

    pub fn calls(&self) -> usize {
        *lock(&self.calls)
    }

    /// Whether the next call ends well.
    pub fn is_well(&self) -> bool {
        lock(&self.plan).is_empty()
    }
}

#[async_trait]
impl Broker for Fake {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Confirm>, ProviderError> {
        *lock(&self.calls) += 1;
        let fate = lock(&self.plan).pop_front().unwrap_or(Fate::Taken);
        let all = messages.len();
        let mut confirms = vec![Confirm::Taken; all];
        match fate {
            Fate::Taken => lock(&self.arrived).extend_from_slice(messages),
            Fate::Refuses(which) => {
                let mut others = messages.to_vec();
                others.remove(which % all);
                confirms[which % all] = Confirm::Refused;
                lock(&self.arrived).extend(others);
            }
            Fate::Returns(which) => {
                confirms[which % all] = Confirm::Returned;
                lock(&self.arrived).extend_from_slice(messages);
            }
            Fate::Cut(count) | Fate::Hangs(count) => {
                let some = count % (all + 1);
                lock(&self.arrived).extend_from_slice(&messages[..some]);
                if fate == Fate::Hangs(count) {
                    std::future::pending::<()>().await;
                }
                let kind = ProviderErrorKind::Interrupted;
                return Err(ProviderError::new(SERVICE, "fake", kind, "cut"));
            }
        }
        Ok(confirms)
    }
}
