//! Faults on demand. `PUT /control/faults` fills the plan, every vendor asks for an injection
//! before (and after) it does its work, and every delivery to a webhook.

mod dice;
mod door;
mod rules;
mod service;
mod twist;

use std::sync::Mutex;
use std::time::Duration;

use dice::Dice;
pub use door::{ErrorForm, through, through_twisted};
use rules::{Plan, Rule};
use serde_json::Value;
pub use service::{Kind, Service};
pub use twist::Twist;

/// What happens to one call.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Injection {
    /// Waits this long first.
    pub latency: Duration,
    /// Then this.
    pub fate: Fate,
    /// How an answer that is given is spoilt.
    pub twist: Twist,
}

/// The end of one call.
#[derive(Debug, Default, Clone, PartialEq)]
pub enum Fate {
    /// Nothing is done to it.
    #[default]
    Pass,
    /// Cut before anything happens.
    Down,
    /// Accepted and never answered.
    Hang,
    /// This HTTP status in the vendor's own form.
    Fail(u16),
    /// 429 (S3: 503 SlowDown) with this many seconds to wait.
    RateLimit(u64),
    /// The effect happens, then the connection is cut.
    LoseReply,
}

impl Fate {
    /// How the call log names it; nothing for a healthy call.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Pass => None,
            Self::Down => Some("down"),
            Self::Hang => Some("hang"),
            Self::Fail(_) => Some("error"),
            Self::RateLimit(_) => Some("rate_limit"),
            Self::LoseReply => Some("lost_reply"),
        }
    }
}

/// The plan in force and the dice it is thrown with.
pub struct Faults {
    inner: Mutex<(Plan, Dice)>,
}

fn none() -> (Plan, Dice) {
    let plan = Plan::default();
    let dice = Dice::new(plan.seed);
    (plan, dice)
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            inner: Mutex::new(none()),
        }
    }
}

impl Faults {
    fn locked(&self) -> std::sync::MutexGuard<'_, (Plan, Dice)> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The plan as it stands, with each of `services`; used-up faults are gone.
    pub fn plan(&self, services: &[&Service]) -> Value {
        self.locked().0.whole(services)
    }

    /// Replaces the whole plan and starts the dice anew.
    ///
    /// # Errors
    /// A sentence for the client: what of the plan the `services` do not take.
    pub fn replace(&self, value: Value, services: &[&Service]) -> Result<(), String> {
        let plan = Plan::read(value, services)?;
        let dice = Dice::new(plan.seed);
        *self.locked() = (plan, dice);
        Ok(())
    }

    /// Merges `patch` into the plan (JSON merge patch: null removes). The dice roll on unless
    /// `seed` is in the patch.
    ///
    /// # Errors
    /// As of [`Faults::replace`].
    pub fn patch(&self, patch: Value, services: &[&Service]) -> Result<(), String> {
        let reseed = patch.get("seed").is_some();
        let mut inner = self.locked();
        let mut whole = inner.0.whole(services);
        rules::merge(&mut whole, patch);
        inner.0 = Plan::read(whole, services)?;
        if reseed {
            inner.1 = Dice::new(inner.0.seed);
        }
        Ok(())
    }

    /// No faults at all.
    pub fn clear(&self) {
        *self.locked() = none();
    }

    /// Throws the dice for one call and uses up one of the rule's `times` if anything happens.
    pub fn injection(&self, service: &Service, method: &str) -> Injection {
        self.ask(
            service,
            method,
            |rule, dice| rule.injection(dice),
            |v| *v != Injection::default(),
        )
    }

    /// Whether a delivery that was taken is sent once more.
    pub fn duplicates(&self, service: &Service, kind: &str) -> bool {
        self.ask(
            service,
            kind,
            |r, dice| dice.hits(r.duplicate_rate),
            |hit| *hit,
        )
    }

    /// Whether a later update overtakes this one.
    pub fn reorders(&self, service: &Service, kind: &str) -> bool {
        self.ask(service, kind, |r, _| r.reorder, |hit| *hit)
    }

    fn ask<T: Default>(
        &self,
        service: &Service,
        method: &str,
        throw: impl Fn(&Rule, &mut Dice) -> T,
        used: impl Fn(&T) -> bool,
    ) -> T {
        let mut inner = self.locked();
        let (plan, dice) = &mut *inner;
        let Some(rule) = plan.rule(service.name, method) else {
            return T::default();
        };
        let outcome = throw(rule, dice);
        if used(&outcome) {
            plan.use_up(service.name, method);
        }
        outcome
    }
}
