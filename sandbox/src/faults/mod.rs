//! Faults on demand. `PUT /control/faults` fills the plan, every front door asks for a verdict
//! before (and after) it does its work, the webhook courier for each delivery.

mod dice;
mod door;
mod rules;
mod twist;

use std::sync::Mutex;
use std::time::Duration;

use dice::Dice;
pub use door::{Vendor, through, through_twisted};
pub use rules::{Plan, Rule};
use serde_json::Value;
pub use twist::Twist;

/// The doors faults can be put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Bot API calls and file downloads.
    Telegram,
    /// Chat completions and the model list.
    Ai,
    /// The object store.
    S3,
    /// Payments in roubles.
    Bank,
    /// Deliveries from Telegram to the bot.
    Webhook,
}

impl Service {
    /// The name used in the control API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Ai => "ai",
            Self::S3 => "s3",
            Self::Bank => "bank",
            Self::Webhook => "webhook",
        }
    }
}

/// What happens to one call.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Verdict {
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

impl Default for Faults {
    fn default() -> Self {
        Self {
            inner: Mutex::new((Plan::default(), Dice::new(Plan::DEFAULT_SEED))),
        }
    }
}

impl Faults {
    fn locked(&self) -> std::sync::MutexGuard<'_, (Plan, Dice)> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The plan as it stands; used-up faults are gone.
    pub fn plan(&self) -> Plan {
        self.locked().0.clone()
    }

    /// Replaces the whole plan and starts the dice anew.
    pub fn replace(&self, value: Value) -> Result<Plan, String> {
        let plan = Plan::read(value)?;
        *self.locked() = (plan.clone(), Dice::new(plan.seed));
        Ok(plan)
    }

    /// Merges `patch` into the plan (JSON merge patch: null removes). The dice roll on unless
    /// `seed` is in the patch.
    pub fn patch(&self, patch: Value) -> Result<Plan, String> {
        let reseed = patch.get("seed").is_some();
        let mut inner = self.locked();
        let mut whole = serde_json::to_value(&inner.0).map_err(|e| e.to_string())?;
        rules::merge(&mut whole, patch);
        inner.0 = Plan::read(whole)?;
        if reseed {
            inner.1 = Dice::new(inner.0.seed);
        }
        Ok(inner.0.clone())
    }

    /// No faults at all.
    pub fn clear(&self) {
        *self.locked() = (Plan::default(), Dice::new(Plan::DEFAULT_SEED));
    }

    /// Throws the dice for one call and uses up one of the rule's `times` if anything happens.
    pub fn verdict(&self, service: Service, method: &str) -> Verdict {
        self.ask(
            service,
            method,
            |rule, dice| rule.verdict(dice),
            |v| *v != Verdict::default(),
        )
    }

    /// Whether a delivery that was taken is sent once more.
    pub fn duplicates(&self, kind: &str) -> bool {
        self.ask(
            Service::Webhook,
            kind,
            |r, dice| dice.hits(r.duplicate_rate),
            |hit| *hit,
        )
    }

    /// Whether a later update overtakes this one.
    pub fn reorders(&self, kind: &str) -> bool {
        self.ask(Service::Webhook, kind, |r, _| r.reorder, |hit| *hit)
    }

    fn ask<T: Default>(
        &self,
        service: Service,
        method: &str,
        throw: impl Fn(&Rule, &mut Dice) -> T,
        used: impl Fn(&T) -> bool,
    ) -> T {
        let mut inner = self.locked();
        let (plan, dice) = &mut *inner;
        let Some(rule) = plan.rule(service, method) else {
            return T::default();
        };
        let outcome = throw(rule, dice);
        if used(&outcome) {
            plan.use_up(service, method);
        }
        outcome
    }
}
