//! The fault plan as JSON: what can be asked for, and the plain sentence when it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dice::Dice;
use super::{Fate, Injection, Kind, Service, Twist};

/// One service's faults. Absent fields do nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Milliseconds before anything else happens.
    #[serde(skip_serializing_if = "is_default")]
    pub latency_ms: u64,
    /// Share of calls answered with `status`.
    #[serde(skip_serializing_if = "is_default")]
    pub error_rate: f64,
    /// Status of those; 500 when absent.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Option<u16>,
    /// Every connection is dropped without a reply.
    #[serde(skip_serializing_if = "is_default")]
    pub down: bool,
    /// Every call is told to come back later.
    #[serde(skip_serializing_if = "is_default")]
    pub rate_limit: Option<RateLimit>,
    /// Share of calls whose effect happens while the reply gets lost.
    #[serde(skip_serializing_if = "is_default")]
    pub lost_reply_rate: f64,
    /// Every call is accepted and never answered.
    #[serde(skip_serializing_if = "is_default")]
    pub hang: bool,
    /// The rule disappears after it has struck this often.
    #[serde(skip_serializing_if = "is_default")]
    pub times: Option<u32>,
    /// Webhook only: share of deliveries sent twice.
    #[serde(skip_serializing_if = "is_default")]
    pub duplicate_rate: f64,
    /// Webhook only: a waiting later update goes first.
    #[serde(skip_serializing_if = "is_default")]
    pub reorder: bool,
    /// AI only: how an answer that is given is spoilt.
    #[serde(flatten)]
    pub twist: Twist,
    /// Rules for single methods; one that is present replaces the service's own rule for it.
    #[serde(skip_serializing_if = "is_default")]
    pub methods: BTreeMap<String, Rule>,
}

/// How long a rate-limited caller is told to wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Seconds.
    pub retry_after: u64,
}

/// All faults in force.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Plan {
    /// Seed of all rates, so that a run can be repeated.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// By name of the service; one that is not there has no faults.
    #[serde(flatten)]
    services: BTreeMap<String, Rule>,
}

/// The default, so that every run is repeatable.
fn default_seed() -> u64 {
    1
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: default_seed(),
            services: BTreeMap::new(),
        }
    }
}

impl Plan {
    /// A plan from JSON; the error is a sentence for the client.
    pub fn read(value: Value, services: &[&Service]) -> Result<Self, String> {
        let plan: Self =
            serde_json::from_value(value).map_err(|e| format!("this is not a fault plan: {e}"))?;
        for (name, rule) in &plan.services {
            let declared: Vec<&Service> = of_name(services, name).collect();
            if declared.is_empty() {
                let known = distinct(services.iter().map(|it| it.name));
                return Err(format!("{name} is unknown; known: seed, {known}"));
            }
            rule.check(name, &declared)?;
        }
        Ok(plan)
    }

    /// The plan as JSON, in which each of `services` stands.
    pub fn whole(&self, services: &[&Service]) -> Value {
        let rule = |name| self.services.get(name).cloned().unwrap_or_default();
        let rules = services.iter().map(|it| (it.name, json!(rule(it.name))));
        let seed = ("seed", json!(self.seed));
        let whole = std::iter::once(seed).chain(rules);
        Value::Object(whole.map(|(name, rule)| (name.to_owned(), rule)).collect())
    }

    /// The rule for one call, if any says something.
    pub(super) fn rule(&self, service: &str, method: &str) -> Option<&Rule> {
        let door = self.services.get(service)?;
        let named = door
            .methods
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(method));
        named
            .map(|(_, rule)| rule)
            .or((*door != Rule::default()).then_some(door))
    }

    /// Counts one strike; the last one removes the rule.
    pub(super) fn use_up(&mut self, service: &str, method: &str) {
        let Some(door) = self.services.get_mut(service) else {
            return;
        };
        let key = door
            .methods
            .keys()
            .find(|name| name.eq_ignore_ascii_case(method))
            .cloned();
        let rule = match &key {
            Some(key) => door.methods.get_mut(key),
            None => Some(&mut *door),
        };
        let Some(left) = rule.and_then(|rule| rule.times.as_mut()) else {
            return;
        };
        *left = left.saturating_sub(1);
        if *left == 0 {
            match key {
                Some(key) => drop(door.methods.remove(&key)),
                None => {
                    *door = Rule {
                        methods: std::mem::take(&mut door.methods),
                        ..Rule::default()
                    }
                }
            }
        }
    }
}

impl Rule {
    pub(super) fn injection(&self, dice: &mut Dice) -> Injection {
        let fate = if self.down {
            Fate::Down
        } else if self.hang {
            Fate::Hang
        } else if let Some(limit) = self.rate_limit {
            Fate::RateLimit(limit.retry_after)
        } else if dice.hits(self.error_rate) {
            Fate::Fail(self.status.unwrap_or(500))
        } else if dice.hits(self.lost_reply_rate) {
            Fate::LoseReply
        } else {
            Fate::Pass
        };
        let passes = matches!(fate, Fate::Pass | Fate::LoseReply);
        Injection {
            latency: Duration::from_millis(self.latency_ms),
            fate,
            twist: if passes { self.twist } else { Twist::default() },
        }
    }

    /// `declared`: what the vendors say of the service `door`.
    fn check(&self, door: &str, declared: &[&Service]) -> Result<(), String> {
        let is = |kind| declared.iter().any(|service| service.kind == kind);
        for (name, rate) in [
            ("error_rate", self.error_rate),
            ("lost_reply_rate", self.lost_reply_rate),
            ("duplicate_rate", self.duplicate_rate),
        ] {
            if !(0.0..=1.0).contains(&rate) {
                return Err(format!(
                    "{door}.{name} must lie between 0 and 1, not {rate}"
                ));
            }
        }
        if self.status.is_some_and(|s| !(400..=599).contains(&s)) {
            return Err(format!("{door}.status must be an HTTP error, 400 to 599"));
        }
        if self.times == Some(0) {
            return Err(format!("{door}.times must be at least 1"));
        }
        if !is(Kind::Deliveries) && (self.reorder || self.duplicate_rate > 0.0) {
            return Err(format!(
                "{door}: only webhooks can be duplicated or reordered"
            ));
        }
        if !is(Kind::Answers) && self.twist != Twist::default() {
            return Err(format!(
                "{door}: only the answers of the AI can be spoilt ({})",
                Twist::NAMES.join(", ")
            ));
        }
        for (name, rule) in &self.methods {
            known(door, name, declared)?;
            if !rule.methods.is_empty() {
                return Err(format!(
                    "{door}.methods.{name} cannot have methods of its own"
                ));
            }
            rule.check(door, declared)?;
        }
        Ok(())
    }
}

fn known(door: &str, method: &str, declared: &[&Service]) -> Result<(), String> {
    let names = declared.iter().flat_map(|service| service.operations);
    if names.clone().any(|name| name.eq_ignore_ascii_case(method)) {
        return Ok(());
    }
    let known = distinct(names.copied());
    Err(format!(
        "{door}.methods.{method} is unknown; known: {known}"
    ))
}

fn of_name<'a>(services: &[&'a Service], name: &str) -> impl Iterator<Item = &'a Service> {
    services.iter().copied().filter(move |it| it.name == name)
}

/// Each name once, in the order in which they come.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct.join(", ")
}

/// JSON merge patch, RFC 7396.
pub(super) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            object.remove(&key);
        } else {
            merge(object.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
