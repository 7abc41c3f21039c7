//! The models that are asked for a step, in their order.

use std::collections::VecDeque;

use ai::rules;
use vendors::ai::Vendor;
use vendors::ai::catalogue::{Catalogue, Model};

use super::Question;
use super::outcome::Failures;
use crate::state::WorkerState;

/// The models of a route that are still to be asked.
pub(super) struct Models {
    left: VecDeque<Model>,
    /// The offline reader, where it is the last resort.
    last: Option<Model>,
    /// Whether `last` may be asked only if waiting would not help.
    last_waits: bool,
}

/// The route of the question's step: the models of the catalogue whose vendor is configured and that can
/// take the request. Without any configured vendor, the offline reader is the route.
pub(super) fn models(state: &WorkerState, question: &Question<'_>) -> Models {
    let request = &question.request;
    let route = state.catalogue.route(request.step);
    let is_configured = |model: &&Model| state.core.providers.ai.get(model.vendor).is_some();
    let left: VecDeque<Model> = route.into_iter().filter(is_configured).cloned().collect();
    let offline = state.core.providers.ai.get(Vendor::Offline);
    let offline = offline.map(|_| Catalogue::offline());
    if left.is_empty() {
        let left = offline.into_iter().collect();
        return Models {
            left,
            last: None,
            last_waits: false,
        };
    }
    let after = state.core.config.ai_use.last_resort_after;
    let waited = (state.core.clock.now() - question.since)
        .to_std()
        .unwrap_or_default();
    Models {
        left: left
            .into_iter()
            .filter(|model| rules::may_fit(request, model))
            .collect(),
        last: offline.filter(|_| after.is_some()),
        last_waits: after.is_some_and(|after| waited < after),
    }
}

impl Models {
    /// The next model to ask. Once the budget is used up, only models that cost nothing.
    pub(super) fn next(&mut self, failures: &Failures) -> Option<Model> {
        if failures.only_free() {
            self.left.retain(|model| model.price.is_free());
        }
        self.left.pop_front()
    }

    /// The offline reader, if no model has answered and the person has waited long enough, or waiting
    /// would not help. It does not answer what a model has refused.
    pub(super) fn last_resort(&mut self, failures: &Failures) -> Option<Model> {
        let last_waits = self.last_waits && !failures.only_free() && failures.may_pass();
        if last_waits || failures.was_refused() {
            return None;
        }
        self.last.take()
    }

    /// Whether another model may be asked after this one.
    pub(super) fn has_next(&self) -> bool {
        !self.left.is_empty()
    }
}
