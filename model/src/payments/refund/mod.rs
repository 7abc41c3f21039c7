//! Refunds of one payment: an operator asks, two workers call the vendor, and its cabinet may give some back besides.

mod state;

use stateright::{Model, Property};

use super::rules::PRICE;
pub use state::{Doing, Refund, Standing, State};

/// What a vendor can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Makes one refund of one key, and tells what has gone back in all.
    Keyed,
    /// Knows no keys, and tells nothing (`Manners::tells_refunds`).
    Blind,
}

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A refund whose answer is not known is sent again without a question.
    RetriesWithoutAsking,
    /// The row is written after the call alone: no intent is there before it.
    CallsWithoutIntent,
}

/// The protocol, correct or broken.
#[derive(Clone, Debug)]
pub struct Refunds {
    pub vendor: Vendor,
    /// What an operator may ask for, each once.
    pub amounts: Vec<u8>,
    /// Whether one unit may go back in the vendor's cabinet.
    pub cabinet: bool,
    /// Whether [`EXACT`] is asked too.
    pub exact: bool,
    pub broken: Option<Broken>,
}

/// An atomic step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The operator's request is written, with its job.
    Request(usize),
    /// In the vendor's cabinet one unit goes back.
    GiveBack,
    /// A worker begins a refund: the intent is written.
    Begin(usize),
    /// A worker finds a refund underway, and asks the vendor. `stale`: it gets an answer of before the last movement.
    LookUp {
        refund: usize,
        stale: bool,
    },
    /// A worker calls the vendor. Without an answer it dies, or tries later.
    Call {
        worker: usize,
        answered: bool,
    },
    /// What a worker knows is written.
    Write {
        worker: usize,
    },
    /// A call of the vendor is settled, is lost, or comes again.
    Deliver {
        call: usize,
        again: bool,
    },
    Lose {
        call: usize,
    },
    /// The reconciler asks.
    Ask,
    Kill {
        worker: usize,
    },
}

pub const ONCE: &str = "a refund is made once at most";
pub const NO_MORE: &str = "no more is said to be back than is, and no more is than was paid";
pub const WITHIN: &str = "what is back and what is on its way is never more than was paid";
pub const AGREES: &str = "at rest all is said to be back that is";
pub const FAILED: &str = "at rest no refund that has failed was made";
/// Holds as long as nothing goes back in the vendor's cabinet: by its sums a part that went back there cannot be told from
/// one of ours that was begun and not made.
pub const EXACT: &str = "at rest a refund was made if it is said to be";

impl Refunds {
    fn has(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    fn tells(&self) -> bool {
        self.vendor == Vendor::Keyed
    }

    fn is_at_rest(&self, state: &State) -> bool {
        let has_end = |one: &Refund| match one.standing {
            Standing::Requested => false,
            // An operator looks at the vendor's.
            Standing::Underway => !self.tells(),
            _ => true,
        };
        state.calls.is_empty()
            && state.workers == [None, None]
            && state.is_asked
            && state.refunds.iter().all(has_end)
    }

    fn moved(&self, state: &mut State, amount: u8) {
        state.gone_before = state.gone;
        state.gone += amount;
        if !self.tells() {
            return;
        }
        state.calls.push(state.gone);
        state.is_asked = false;
        for worker in state.workers.iter_mut().flatten() {
            if let Doing::Heard(_, is_new) = worker {
                *is_new = false;
            }
        }
    }

    /// What a worker that is free may do with a refund.
    fn of_refund(&self, state: &State, refund: usize, actions: &mut Vec<Action>) {
        let others = state.refunds.iter().enumerate();
        let is_busy = others
            .filter(|(at, _)| *at != refund)
            .any(|(_, one)| one.standing == Standing::Underway);
        match state.refunds[refund].standing {
            Standing::Requested if !is_busy => actions.push(Action::Begin(refund)),
            Standing::Underway if self.has(Broken::RetriesWithoutAsking) => {
                actions.push(Action::Begin(refund));
            }
            Standing::Underway if self.tells() => {
                actions.push(Action::LookUp {
                    refund,
                    stale: false,
                });
                if state.stale_answers > 0 {
                    actions.push(Action::LookUp {
                        refund,
                        stale: true,
                    });
                }
            }
            _ => {}
        }
    }

    fn begin(&self, state: &mut State, refund: usize) -> Option<()> {
        if state.refunds[refund].standing == Standing::Requested {
            if !state.has_left(refund) {
                state.refunds[refund].standing = Standing::Failed;
                return Some(());
            }
            if !self.has(Broken::CallsWithoutIntent) {
                state.refunds[refund].gone_before = state.returned();
                state.refunds[refund].standing = Standing::Underway;
            }
        }
        state.occupy(Doing::Calls(refund))
    }

    fn look_up(&self, state: &mut State, refund: usize, stale: bool) -> Option<()> {
        state.stale_answers -= u8::from(stale);
        let total = if stale { state.gone_before } else { state.gone };
        let it = state.refunds[refund];
        let is_made = total >= PRICE || total >= it.gone_before + it.amount;
        state.occupy(match is_made {
            true => Doing::Knows(refund, true),
            false => Doing::Calls(refund),
        })
    }

    fn call(&self, state: &mut State, worker: usize, answered: bool) -> Option<()> {
        let Some(Doing::Calls(refund)) = state.workers[worker].take() else {
            return None;
        };
        let it = state.refunds[refund];
        let is_known = self.vendor == Vendor::Keyed && it.made > 0;
        let is_made = is_known || state.gone + it.amount <= PRICE;
        if is_made && !is_known {
            state.refunds[refund].made += 1;
            self.moved(state, it.amount);
        }
        match answered {
            true => state.workers[worker] = Some(Doing::Knows(refund, is_made)),
            false => state.lost_answers -= 1,
        }
        Some(())
    }

    fn write(&self, state: &mut State, worker: usize) -> Option<()> {
        match state.workers[worker].take()? {
            Doing::Heard(total, is_new) => {
                state.settle(total);
                state.is_asked |= is_new;
            }
            Doing::Knows(refund, is_made) => {
                let it = &mut state.refunds[refund];
                let is_open = matches!(it.standing, Standing::Underway | Standing::Requested);
                it.standing = match (is_open, is_made) {
                    (true, true) => Standing::Succeeded,
                    (true, false) => Standing::Failed,
                    (false, _) => it.standing,
                };
            }
            Doing::Calls(_) => return None,
        }
        Some(())
    }

    fn take_step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Request(refund) => state.refunds[refund].standing = Standing::Requested,
            Action::GiveBack => {
                state.cabinet = false;
                self.moved(state, 1);
            }
            Action::Begin(refund) => self.begin(state, refund)?,
            Action::LookUp { refund, stale } => self.look_up(state, refund, stale)?,
            Action::Call { worker, answered } => self.call(state, worker, answered)?,
            Action::Write { worker } => self.write(state, worker)?,
            Action::Deliver { call, again } => {
                let total = state.calls[call];
                match again {
                    true => state.doubles -= 1,
                    false => {
                        state.calls.remove(call);
                    }
                }
                state.settle(total);
            }
            Action::Lose { call } => {
                state.calls.remove(call);
            }
            Action::Ask => state.occupy(Doing::Heard(state.gone, true))?,
            Action::Kill { worker } => {
                state.kills -= 1;
                state.workers[worker] = None;
            }
        }
        Some(())
    }
}

impl Model for Refunds {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let refund = |amount: &u8| Refund {
            amount: *amount,
            standing: Standing::Absent,
            gone_before: 0,
            made: 0,
        };
        vec![State {
            gone: 0,
            gone_before: 0,
            refunds: self.amounts.iter().map(refund).collect(),
            calls: Vec::new(),
            told: 0,
            workers: [None, None],
            is_asked: true,
            cabinet: self.cabinet,
            kills: 1,
            lost_answers: 1,
            stale_answers: 1,
            doubles: 1,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let is_free = state.free().is_some();
        for (refund, it) in state.refunds.iter().enumerate() {
            if it.standing == Standing::Absent && state.has_left(refund) {
                actions.push(Action::Request(refund));
            }
            if is_free {
                self.of_refund(state, refund, actions);
            }
        }
        if state.cabinet && state.gone < PRICE {
            actions.push(Action::GiveBack);
        }
        if is_free && !state.is_asked {
            actions.push(Action::Ask);
        }
        for call in 0..state.calls.len() {
            actions.push(Action::Lose { call });
            actions.push(Action::Deliver { call, again: false });
            if state.doubles > 0 {
                actions.push(Action::Deliver { call, again: true });
            }
        }
        for (worker, doing) in state.workers.iter().enumerate() {
            match doing {
                None => continue,
                Some(Doing::Calls(_)) => {
                    actions.push(Action::Call {
                        worker,
                        answered: true,
                    });
                    if state.lost_answers > 0 {
                        actions.push(Action::Call {
                            worker,
                            answered: false,
                        });
                    }
                }
                Some(_) => actions.push(Action::Write { worker }),
            }
            if state.kills > 0 {
                actions.push(Action::Kill { worker });
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.take_step(&mut state, action)?;
        state.calls.sort_unstable();
        state.workers.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(ONCE, |_, s: &State| {
                s.refunds.iter().all(|one| one.made <= 1)
            }),
            Property::always(NO_MORE, |_, s: &State| {
                s.returned() <= s.gone && s.gone <= PRICE
            }),
            Property::always(AGREES, |model: &Self, s: &State| {
                !model.tells() || !model.is_at_rest(s) || s.returned() == s.gone
            }),
            Property::always(FAILED, |model: &Self, s: &State| {
                let has_failed = |one: &Refund| one.standing == Standing::Failed && one.made > 0;
                !model.is_at_rest(s) || !s.refunds.iter().any(has_failed)
            }),
            Property::sometimes("all refunds are made at rest", |model: &Self, s| {
                let is_made = |one: &Refund| one.standing == Standing::Succeeded;
                model.is_at_rest(s) && s.refunds.iter().all(is_made)
            }),
        ];
        if !self.cabinet {
            all.push(Property::always(WITHIN, |_, s: &State| {
                s.returned() + s.open(None) <= PRICE
            }));
        }
        if self.exact {
            all.push(Property::always(EXACT, |model: &Self, s: &State| {
                let is_said =
                    |one: &Refund| (one.standing == Standing::Succeeded) == (one.made > 0);
                !model.tells() || !model.is_at_rest(s) || s.refunds.iter().all(is_said)
            }));
        }
        all
    }
}
