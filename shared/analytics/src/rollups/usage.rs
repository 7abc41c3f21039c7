//! What facts about readings, messages and calls of models add. Pure.

use super::facts::{Called, Ended, Message, Model};
use super::sums::{Activity, Conversation, ModelKey, ModelUse, ModelUser, PerformanceKey};
use super::turn::{NO_PLAN, Turn};

/// The last bucket of a histogram: 27 minutes and more.
const SLOWEST: i16 = 150;

/// The bucket of a histogram for so many milliseconds: `ceil(ln(max(ms, 1)) / ln(1.1))`, 150 at most.
pub fn histogram(ms: i64) -> i16 {
    let mut upper = 1.0_f64;
    let ms = ms.max(1) as f64;
    for at in 0..SLOWEST {
        if ms <= upper {
            return at;
        }
        upper *= 1.1;
    }
    SLOWEST
}

impl Turn<'_> {
    pub(super) fn activity(&mut self) -> &mut Activity {
        self.sums.activity.entry(self.quarter.clone()).or_default()
    }

    pub(super) fn message(&mut self) {
        self.activity().messages += 1;
        self.used(|usage| usage.messages += 1);
        self.active();
    }

    pub(super) fn conversation(&mut self, message: &Message, messages: i64) {
        let Some(id) = message.conversation else {
            return;
        };
        let at = self.event.occurred_at;
        let new = Conversation {
            organization_id: self.quarter.organization_id,
            created_at: at,
            messages: 0,
            last_at: at,
        };
        let one = self.sums.conversations.entry(id).or_insert(new);
        one.messages += messages;
        one.created_at = one.created_at.min(at);
        one.last_at = one.last_at.max(at);
    }

    pub(super) fn reply(&mut self, ended: &Ended) {
        self.activity().replies += 1;
        self.used(|usage| usage.replies += 1);
        let key = self.of_plan(ended.plan.as_deref().unwrap_or(NO_PLAN));
        let tokens = self.sums.tokens.entry(key).or_default();
        tokens.replies += 1;
        tokens.tokens_in += ended.tokens_in;
        tokens.tokens_out += ended.tokens_out;
        let Some(provider) = &ended.provider else {
            return;
        };
        let model = ended.model.clone().unwrap_or_default();
        self.model(provider, &model).replies += 1;
        if let Some(key) = self.person_day() {
            self.sums.model_users.insert(ModelUser {
                day: key.day,
                organization_id: key.organization_id,
                provider: provider.clone(),
                model,
                user_id: key.user_id,
            });
        }
    }

    pub(super) fn model(&mut self, provider: &str, model: &str) -> &mut ModelUse {
        let key = self.model_key(provider, model);
        self.sums.models.entry(key).or_default()
    }

    pub(super) fn model_key(&self, provider: &str, model: &str) -> ModelKey {
        ModelKey {
            quarter: self.quarter.clone(),
            provider: provider.to_owned(),
            model: model.to_owned(),
        }
    }

    pub(super) fn called(&mut self, called: &Called) {
        let model = called.model.clone().unwrap_or_default();
        let (is, was) = (called.kind.as_str(), called.was.as_deref());
        let moved = |kinds: &[&str]| {
            i64::from(kinds.contains(&is)) - i64::from(was.is_some_and(|was| kinds.contains(&was)))
        };
        let sums = self.model(&called.provider, &model);
        sums.calls += i64::from(was.is_none());
        sums.answered += moved(&["answered"]);
        sums.unknown_outcomes += moved(&["timeout", "unknown"]);
        sums.tokens_in += called.tokens_in;
        sums.tokens_out += called.tokens_out;
        sums.cost_micro_usd += called.cost_micro_usd;
        if let (
            None,
            Some(Model {
                provider,
                model: other,
            }),
        ) = (was, &called.instead_of)
        {
            sums.fallback_in += 1;
            let other = other.clone().unwrap_or_default();
            self.model(provider, &other).fallback_out += 1;
        }
        self.used(|usage| {
            usage.tokens += called.tokens_in + called.tokens_out;
            usage.cost_micro_usd += called.cost_micro_usd;
        });
        self.perform(called, &model);
    }

    pub(super) fn perform(&mut self, called: &Called, model: &str) {
        let key = self.model_key(&called.provider, model);
        let mut add = |kind: &str, phase: &'static str, ms: i64, calls: i64| {
            let key = PerformanceKey {
                model: key.clone(),
                kind: kind.to_owned(),
                phase,
                histogram: histogram(ms),
            };
            self.sums.performance.entry(key).or_default().calls += calls;
        };
        add(&called.kind, "total", called.ms, 1);
        match &called.was {
            Some(was) => add(was, "total", called.was_ms.unwrap_or_default(), -1),
            None => {
                if let Some(ms) = called.first_ms {
                    add(&called.kind, "first", ms, 1);
                }
            }
        }
    }
}
