//! The protocol by which durable jobs are claimed, kept and completed, as a model: a checker walks
//! through every order in which its steps can happen and looks for one that breaks a promise.
//!
//! The model is written by hand beside the code, so it says that the *rules* are right, not that
//! the code follows them; for that there are the tests of `worker`. Who changes a rule of the
//! left column changes the right one too, before or after.
//!
//! | in the code | here |
//! | --- | --- |
//! | `shared/jobs/src/claims.rs` `claim` (SQL `jobs_claim`) | [`Action::Claim`] |
//! | `claims.rs` `renew`, called by `keep` of `shared/runtime/src/keeper.rs` | [`Action::Renew`] |
//! | `claims.rs` `rescue`, called by the dispatcher | [`Action::Rescue`] |
//! | `shared/jobs/src/ledger.rs` `hold`, and the `WHERE` of everything below | `ledger::Guard` |
//! | `ledger.rs` `complete`, with the result and the next job (`store`) | [`Verdict::Done`] |
//! | `ledger.rs` `put_back` with an error; after the last attempt `bury` | [`Verdict::Failed`] |
//! | `ledger.rs` `bury`, when a handler gives up | [`Verdict::GivenUp`] |
//! | `ledger.rs` `put_back` without an error, `put_back_unbegun` at a stop | [`Verdict::Snoozed`] |
//! | `shared/ai/src/journal.rs` `open`, in the transaction of `hold` | [`Action::Intend`] |
//! | `journal.rs` `answered` | [`Action::Store`] |
//! | `shared/jobs/src/operate/mod.rs` `cancel`; `ledger.rs` `cancel` | [`Action::Cancel`]; [`Verdict::Cancelled`] |
//! | `worker/src/ai/paid.rs` `pay_once`, `shared/runtime/src/runner.rs` `judge`, `record.rs` `write_down` | [`state::Step`] |
//!
//! What a worker cannot know is left open: every transaction may succeed without its worker hearing
//! of it, every process may be killed between two steps, and a paused one (stopped, cut off) is one
//! whose next step comes late, after a rescue. Left out are Redis, which is only a hint (a worker may
//! try to claim whenever it likes), time (a job is always due, a lease may always be over), limits,
//! and answers of no use, after which a call is rightly made again.
//!
//! Numbers of faults are bounded ([`scope::Budget`]), else there would be endlessly many states;
//! within the bounds nothing is left out.

mod action;
mod commits;
mod journal;
mod ledger;
mod paid;
pub mod properties;
pub mod scope;
pub mod state;
mod steps;
mod verdict;

pub use action::{Action, Reply};
pub use scope::{Fault, Scope};
pub use state::State;
pub use verdict::Verdict;

use stateright::{Model, Property};

/// The protocol in a world of some size, kept or, with a fault, broken on purpose.
#[derive(Clone, Debug)]
pub struct Protocol {
    pub scope: Scope,
    pub fault: Option<Fault>,
    /// Asks in addition for what is not promised ([`properties::BEYOND`]).
    pub beyond: bool,
}

impl Protocol {
    /// The protocol as it is meant to be.
    pub fn kept(scope: Scope) -> Self {
        Self {
            scope,
            fault: None,
            beyond: false,
        }
    }

    /// The protocol with one mistake in it.
    pub fn broken(scope: Scope, fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::kept(scope)
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::at_first(&self.scope)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.possible(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action)?;
        state.settle(&self.scope);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}
