//! Runs the checker, and prints its findings.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Instant;

use model::state::Job;
use model::{Action, Protocol, State};
use stateright::{Checker, HasDiscoveries, Model, Path};

/// Explores every state, and prints their number.
pub fn explore(protocol: Protocol) -> impl Checker<Protocol> {
    let (started, scope) = (Instant::now(), protocol.scope.clone());
    let checker = protocol.checker().spawn_bfs().join();
    println!(
        "{} unique states, {} generated, the longest path has {} steps, {:.1?}: {scope:?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth() - 1,
        started.elapsed(),
    );
    checker
}

/// The violated properties.
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

/// The shortest path to a violation of a property.
pub fn counterexample(protocol: &Protocol, name: &'static str) -> Path<State, Action> {
    let found = search(protocol, name, usize::MAX);
    let found = found.unwrap_or_else(|| panic!("no violation found: {name}"));
    // The checker continues for a while after its first discovery, and keeps the last one.
    let length = found.into_actions().len();
    let mut paths = (0..=length).filter_map(|steps| search(protocol, name, steps));
    let shortest = paths.next().expect("a path of that length was found");
    println!("{:?}: {}", protocol.fault, report(name, &shortest));
    shortest
}

fn search(protocol: &Protocol, name: &'static str, steps: usize) -> Option<Path<State, Action>> {
    protocol
        .clone()
        .checker()
        .finish_when(HasDiscoveries::AnyOf([name].into()))
        // Counts states, and is exclusive.
        .target_max_depth(steps.saturating_add(2))
        .spawn_bfs()
        .join()
        .discovery(name)
}

fn report(name: &str, path: &Path<State, Action>) -> String {
    let steps: Vec<_> = path.clone().into_vec();
    let mut text = format!("violated: {name}\n");
    for pair in steps.windows(2) {
        let (Some(action), after) = (pair[0].1, &pair[1].0) else {
            continue;
        };
        text += &format!("  {action:?}\n");
        for (job, paid) in after.db.jobs.iter().zip(&after.observed.paid) {
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

/// Whether the state graph has a cycle.
pub fn has_cycle<M: Model>(protocol: &M) -> bool
where
    M::State: Clone + Eq + Hash,
{
    // For each visited state: whether it is on the current path.
    let mut visited: HashMap<M::State, bool> = HashMap::new();
    let mut path = Vec::new();
    for first in protocol.init_states() {
        visited.insert(first.clone(), true);
        path.push((protocol.next_states(&first), first));
    }
    while let Some((ahead, here)) = path.last_mut() {
        let Some(next) = ahead.pop() else {
            visited.insert(here.clone(), false);
            path.pop();
            continue;
        };
        match visited.get(&next) {
            Some(true) => return true,
            Some(false) => {}
            None => {
                visited.insert(next.clone(), true);
                path.push((protocol.next_states(&next), next));
            }
        }
    }
    false
}
