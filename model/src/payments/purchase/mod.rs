//! An order at a vendor: its person pays, money goes back in the vendor's cabinet, calls tell of it, and two processes
//! work them while a reconciler asks.

mod properties;
pub mod state;
mod steps;

use stateright::{Model, Property};

pub use properties::{AGREES, LATE, NO_MORE, ONCE, PAID_FOR};
use state::{Kept, State};

/// What the scope of an exploration is.
#[derive(Clone, Debug)]
pub struct Scope {
    /// How often the order can be paid: each is a charge of its own.
    pub charges: usize,
    /// A call says only that something has happened to the order: what, is asked for.
    pub hints: bool,
    /// Calls can be lost.
    pub loses: bool,
    pub reconciler: bool,
    /// A try can be refused, and the page can end.
    pub fails: bool,
    pub budget: Budget,
}

/// How many faults may still occur.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Processes killed.
    pub kills: u8,
    /// Calls whose answer the vendor does not get, so that it sends them again.
    pub doubles: u8,
    /// Calls that the vendor sends again as another event.
    pub again: u8,
}

impl Scope {
    /// Every call arrives, and may arrive twice. There is no reconciler: calls alone have to do.
    pub fn told() -> Self {
        Self {
            charges: 1,
            hints: false,
            loses: false,
            reconciler: false,
            fails: true,
            budget: Budget {
                kills: 1,
                doubles: 1,
                again: 0,
            },
        }
    }

    /// The same, with one event under two ids, and more deaths; without refusals.
    pub fn renumbered() -> Self {
        Self {
            fails: false,
            budget: Budget {
                kills: 2,
                doubles: 1,
                again: 1,
            },
            ..Self::told()
        }
    }

    /// Calls that say only that something has happened.
    pub fn hinted() -> Self {
        Self {
            hints: true,
            ..Self::told()
        }
    }

    /// Any call can be lost, and the vendor is asked.
    pub fn lossy() -> Self {
        Self {
            loses: true,
            reconciler: true,
            fails: false,
            ..Self::told()
        }
    }

    /// An order that is paid twice.
    pub fn twice() -> Self {
        Self {
            charges: 2,
            fails: false,
            budget: Budget::default(),
            ..Self::told()
        }
    }
}

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// No vendor is asked.
    NeverAsks,
    /// What makes a grant the only one is the id of the event alone.
    TrustsTheEventsId,
    /// The payment is read, and written in another transaction.
    ReadsWithoutLock,
    /// The call is marked as done before its work.
    MarksBeforeTheWork,
    /// Money that came is granted whatever was said to have gone back.
    ForgetsReturns,
    /// A hint that came again while it was worked is closed with the first.
    ClosesHintsThatCameAgain,
}

/// The protocol, correct or broken.
#[derive(Clone, Debug)]
pub struct Purchase {
    pub scope: Scope,
    pub broken: Option<Broken>,
}

/// An atomic step: of the vendor, a transaction with what follows its commit, or a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The person pays.
    Pay { charge: usize },
    /// In the vendor's cabinet one unit goes back, or all that is left.
    GiveBack { charge: usize, all: bool },
    /// The bank of the person refuses a try.
    Refuse,
    /// The page ends unpaid.
    Close,
    /// A call is never delivered.
    Lose { call: usize },
    /// It is sent under another id besides.
    Renumber { call: usize },
    /// A process keeps a call, and begins to work it. `heard`: the vendor gets its answer.
    Deliver { call: usize, heard: bool },
    /// A process begins to work what was kept.
    Take { call: usize },
    /// A process asks the vendor.
    Ask,
    /// A process settles the next word, or ends its work.
    Proceed { process: usize },
    /// A process loses its memory.
    Kill { process: usize },
}

impl Purchase {
    fn has(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    fn asks(&self) -> bool {
        self.scope.reconciler && !self.has(Broken::NeverAsks)
    }

    /// Whether nothing is left to be done by itself.
    pub fn is_at_rest(&self, state: &State) -> bool {
        let told = &state.told;
        let is_done = told
            .iter()
            .all(|one| one.flying == 0 && one.kept != Kept::Waiting);
        is_done && state.processes == [None, None] && (state.is_asked || !self.asks())
    }

    fn of_vendor(&self, state: &State, actions: &mut Vec<Action>) {
        for (charge, it) in state.charges.iter().enumerate() {
            let is_next = charge == 0 || state.charges[charge - 1].paid;
            if !it.paid && state.open && is_next {
                actions.push(Action::Pay { charge });
            }
            if it.paid && it.gone == 0 {
                actions.push(Action::GiveBack { charge, all: false });
            }
            if it.paid && it.gone < super::rules::PRICE {
                actions.push(Action::GiveBack { charge, all: true });
            }
        }
        if self.scope.fails && state.open && !state.charges[0].paid {
            if !state.refused {
                actions.push(Action::Refuse);
            }
            actions.push(Action::Close);
        }
    }

    fn of_calls(&self, state: &State, actions: &mut Vec<Action>) {
        let is_free = state.free().is_some();
        for (call, one) in state.told.iter().enumerate() {
            if one.flying > 0 && self.scope.loses {
                actions.push(Action::Lose { call });
            }
            if one.flying > 0 && state.left.again > 0 {
                actions.push(Action::Renumber { call });
            }
            if one.flying > 0 && is_free {
                actions.push(Action::Deliver { call, heard: true });
                if state.left.doubles > 0 {
                    actions.push(Action::Deliver { call, heard: false });
                }
            }
            if one.kept == Kept::Waiting && is_free {
                actions.push(Action::Take { call });
            }
        }
        if is_free && self.asks() && !state.is_asked {
            actions.push(Action::Ask);
        }
    }
}

impl Model for Purchase {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::at_first(&self.scope)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.of_vendor(state, actions);
        self.of_calls(state, actions);
        for (process, it) in state.processes.iter().enumerate() {
            if it.is_some() {
                actions.push(Action::Proceed { process });
                if state.left.kills > 0 {
                    actions.push(Action::Kill { process });
                }
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.take_step(&mut state, action)?;
        state.tidy();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}
