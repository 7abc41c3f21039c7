//! A model of the protocol by which durable jobs are claimed, held and completed. A model checker
//! explores every order in which its steps can happen, and searches for one that violates a property.
//!
//! The model is written separately from the code, so it verifies the *rules*, not that the code
//! follows them; the tests of `worker` check that. A change of a rule in the left column needs the
//! same change in the right one.
//!
//! | in the code | here |
//! | --- | --- |
//! | `shared/jobs/src/claims.rs` `claim` (SQL `jobs_claim`) | [`Action::Claim`] |
//! | `claims.rs` `renew`, called by `keep` of `shared/runtime/src/keeper.rs` | [`Action::Renew`] |
//! | `claims.rs` `rescue`, called by the dispatcher | [`Action::Rescue`] |
//! | `shared/jobs/src/ledger.rs` `hold`, and the `WHERE` of everything below | `ledger::Guard` |
//! | `ledger.rs` `complete`, with the result and the next job (`store`) | [`Outcome::Done`] |
//! | `ledger.rs` `put_back` with an error; after the last attempt `bury` | [`Outcome::Failed`] |
//! | `ledger.rs` `bury`, when a handler gives up | [`Outcome::GivenUp`] |
//! | `ledger.rs` `put_back` without an error, `put_back_unbegun` at a stop | [`Outcome::Snoozed`] |
//! | `shared/ai/src/journal.rs` `open`, in the transaction of `hold` | [`Action::Intend`] |
//! | `journal.rs` `answered` | [`Action::Store`] |
//! | `shared/jobs/src/operate/mod.rs` `cancel`; `ledger.rs` `cancel` | [`Action::Cancel`]; [`Outcome::Cancelled`] |
//! | `worker/src/ai/paid.rs` `pay_once`, `shared/runtime/src/layers.rs` `lease`, `record.rs` `close` | [`state::Step`] |
//!
//! Everything that a worker cannot know is nondeterministic: a transaction may succeed although the
//! reply to its worker is lost, a process may be killed between two steps, and a paused process
//! (stopped, cut off) is one whose next step comes late, after a rescue. Not modelled: Redis, which
//! only wakes workers (a worker may try to claim at any time); time (a job is always due, a lease
//! may always have expired); limits; and unusable answers, after which a repeated call is correct.
//!
//! The numbers of faults are bounded ([`scope::Budget`]), which keeps the state space finite;
//! within the bounds the exploration is complete.

mod action;
mod commits;
mod journal;
mod ledger;
mod outcome;
mod paid;
pub mod payments;
pub mod properties;
pub mod scope;
pub mod sessions;
pub mod state;
mod steps;

pub use action::{Action, Reply};
pub use outcome::Outcome;
pub use scope::{Fault, Scope};
pub use state::State;

use stateright::{Model, Property};

/// The protocol in a scope: correct or, with a fault, broken on purpose.
#[derive(Clone, Debug)]
pub struct Protocol {
    pub scope: Scope,
    pub fault: Option<Fault>,
    /// Also checks properties that the protocol does not guarantee ([`properties::BEYOND`]).
    pub beyond: bool,
}

impl Protocol {
    /// The correct protocol.
    pub fn kept(scope: Scope) -> Self {
        Self {
            scope,
            fault: None,
            beyond: false,
        }
    }

    /// The protocol with one fault.
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
