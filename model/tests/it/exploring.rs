//! Running the checker, and telling what it found.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use model::state::Job;
use model::{Action, Protocol, State};
use stateright::{Checker, HasDiscoveries, Model, Path};

/// Explores every state, and says how many there were.
pub fn explore(protocol: Protocol) -> impl Checker<Protocol> {
    let (started, scope) = (Instant::now(), protocol.scope.clone());
    let checker = protocol.checker().spawn_bfs().join();
    println!(
        "{} unique states, {} generated, the longest way has {} steps, {:.1?}: {scope:?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth() - 1,
        started.elapsed(),
    );
    checker
}

/// The promises that were found broken.
pub fn broken(checker: &impl Checker<Protocol>) -> BTreeSet<&'static str> {
    let found = checker.discoveries();
    checker
        .model()
        .properties()
        .iter()
        .filter(|property| property.expectation.discovery_is_failure())
        .map(|property| property.name)
        .filter(|name| found.contains_key(name))
        .collect()
}

/// The shortest way to a broken promise.
pub fn counterexample(protocol: &Protocol, promise: &'static str) -> Path<State, Action> {
    let found = search(protocol, promise, usize::MAX);
    let found = found.unwrap_or_else(|| panic!("not found broken: {promise}"));
    // The checker goes on for a while after its first find, and keeps the last.
    let length = found.into_actions().len();
    let mut ways = (0..=length).filter_map(|steps| search(protocol, promise, steps));
    let shortest = ways.next().expect("it was found with so many steps");
    println!("{:?}: {}", protocol.fault, told(promise, &shortest));
    shortest
}

fn search(protocol: &Protocol, promise: &'static str, steps: usize) -> Option<Path<State, Action>> {
    protocol
        .clone()
        .checker()
        .finish_when(HasDiscoveries::AnyOf([promise].into()))
        // Counted in states, and exclusive.
        .target_max_depth(steps.saturating_add(2))
        .spawn_bfs()
        .join()
        .discovery(promise)
}

fn told(promise: &str, way: &Path<State, Action>) -> String {
    let steps: Vec<_> = way.clone().into_vec();
    let mut text = format!("broken: {promise}\n");
    for pair in steps.windows(2) {
        let (Some(action), after) = (pair[0].1, &pair[1].0) else {
            continue;
        };
        text += &format!("  {action:?}\n");
        for (job, paid) in after.db.jobs.iter().zip(&after.seen.paid) {
            text += &format!("      {}, calls paid: {paid}\n", row(job));
        }
    }
    text
}

fn row(job: &Job) -> String {
    let journal: Vec<_> = job.journal.iter().map(|entry| entry.state).collect();
    let it = &job.row;
    format!(
        "{:?}, attempt {}, fence {}, worker {:?}, results: {}, journal: {journal:?}",
        it.state, it.attempt, it.fence, it.worker, job.applied
    )
}

/// Whether there is a way back from a state to itself.
pub fn has_cycle(protocol: &Protocol) -> bool {
    // For each state that was met: whether it is on the way to where we are.
    let mut met: HashMap<State, bool> = HashMap::new();
    let mut way = Vec::new();
    for first in protocol.init_states() {
        met.insert(first.clone(), true);
        way.push((protocol.next_states(&first), first));
    }
    while let Some((ahead, here)) = way.last_mut() {
        let Some(next) = ahead.pop() else {
            met.insert(here.clone(), false);
            way.pop();
            continue;
        };
        match met.get(&next) {
            Some(true) => return true,
            Some(false) => {}
            None => {
                met.insert(next.clone(), true);
                way.push((protocol.next_states(&next), next));
            }
        }
    }
    false
}
