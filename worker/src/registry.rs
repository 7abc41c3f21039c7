//! The handlers of all kinds of jobs: the lists of the features. A test compares them with the catalogue.

use crate::state::WorkerState;
use crate::{
    ai, analytics, audit, bot, events, jobs, mail, money, people, probes, publishers, readings,
    usage, webhooks,
};
use runtime::handler::Registration;

/// Every kind that this worker runs.
pub const ALL: &[&[Registration<WorkerState>]] = &[
    readings::HANDLERS,
    bot::HANDLERS,
    mail::HANDLERS,
    money::HANDLERS,
    usage::HANDLERS,
    people::HANDLERS,
    ai::HANDLERS,
    analytics::HANDLERS,
    audit::HANDLERS,
    probes::HANDLERS,
    events::HANDLERS,
    webhooks::HANDLERS,
    publishers::HANDLERS,
    jobs::HANDLERS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_of_the_catalogue_has_a_handler_and_the_reverse() {
        let registered = ALL.iter().copied().flatten().map(|one| one.entry.kind);
        let mut registered: Vec<_> = registered.collect();
        let mut known = product::JOBS.kind_names();
        registered.sort_unstable();
        known.sort_unstable();
        assert_eq!(registered, known);
    }
}
