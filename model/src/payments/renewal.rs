//! The renewal of one period: two workers charge what the vendor keeps, once.

use stateright::{Model, Property};

/// The most tries of a period: one that was refused is followed by another.
const TRIES: usize = 3;

/// The row of one try, which is a payment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    /// The intent is written, and its end is not known.
    Open,
    Paid,
    Failed,
}

/// A try: its row, and what the vendor has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Try {
    row: Row,
    /// How often money was taken.
    taken: u8,
    refused: bool,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doing {
    /// Is about to charge for a try.
    Charges(usize),
    /// Has heard whether money was taken.
    Knows(usize, bool),
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    tries: Vec<Try>,
    workers: [Option<Doing>; 2],
    kills: u8,
    lost_answers: u8,
}

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// After an answer that was lost there is a new order, with a new key.
    MakesANewOrder,
    /// Two rows of one period may be open at once.
    IntendsTwice,
    /// A vendor that knows no keys is charged again because it says that nothing was taken.
    ChargesAgainWithoutKey,
}

/// The protocol, correct or broken.
#[derive(Clone, Debug)]
pub struct Renewals {
    /// Whether the vendor charges once for one key. One that does not is never charged again for an order: if it says a day
    /// later that nothing was taken, the order is given up.
    pub is_keyed: bool,
    pub broken: Option<Broken>,
}

/// An atomic step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The period is due: a row is written, and a worker is about to charge.
    Intend,
    /// A worker finds a row open, and asks the vendor what became of it.
    LookUp(usize),
    /// A worker calls the vendor, which takes the money or refuses. Without an answer it dies, or tries later.
    Call {
        worker: usize,
        taken: bool,
        answered: bool,
    },
    /// What a worker knows is written.
    Write {
        worker: usize,
    },
    Kill {
        worker: usize,
    },
}

pub const ONCE: &str = "a period is charged once at most";
pub const PAID_FOR: &str = "no period is paid without money";
pub const KEPT: &str = "at rest money that was taken is a paid period";

impl Renewals {
    fn has(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    fn may_intend(&self, state: &State) -> bool {
        let mut rows = state.tries.iter().map(|one| one.row);
        let is_due = match self.broken {
            Some(Broken::MakesANewOrder | Broken::IntendsTwice) => rows.all(|row| row != Row::Paid),
            _ => rows.all(|row| row == Row::Failed),
        };
        is_due && state.tries.len() < TRIES
    }

    fn is_at_rest(&self, state: &State) -> bool {
        state.workers == [None, None] && state.tries.iter().all(|one| one.row != Row::Open)
    }

    fn look_up(&self, state: &mut State, at: usize) -> Option<()> {
        let it = state.tries[at];
        let is_known = it.taken > 0 || it.refused;
        let is_at_work = state.workers.contains(&Some(Doing::Charges(at)));
        if is_known {
            state.occupy(Doing::Knows(at, it.taken > 0))
        } else if self.is_keyed || self.has(Broken::ChargesAgainWithoutKey) {
            state.occupy(Doing::Charges(at))
        } else if is_at_work {
            None
        } else {
            // A day later: no call is still on its way.
            state.tries[at].row = Row::Failed;
            Some(())
        }
    }

    fn call(&self, state: &mut State, worker: usize, taken: bool, answered: bool) -> Option<()> {
        let Some(Doing::Charges(at)) = state.workers[worker].take() else {
            return None;
        };
        let it = &mut state.tries[at];
        let is_known = self.is_keyed && (it.taken > 0 || it.refused);
        let taken = if is_known { it.taken > 0 } else { taken };
        if !is_known {
            it.taken += u8::from(taken);
            it.refused |= !taken;
        }
        match answered {
            true => state.workers[worker] = Some(Doing::Knows(at, taken)),
            false => state.lost_answers -= 1,
        }
        Some(())
    }

    fn write(&self, state: &mut State, worker: usize) -> Option<()> {
        let Some(Doing::Knows(at, taken)) = state.workers[worker].take() else {
            return None;
        };
        let it = &mut state.tries[at];
        it.row = match (it.row, taken) {
            (_, true) => Row::Paid,
            (Row::Open, false) => Row::Failed,
            (known, false) => known,
        };
        Some(())
    }
}

impl State {
    fn occupy(&mut self, doing: Doing) -> Option<()> {
        let free = self.workers.iter().position(Option::is_none)?;
        self.workers[free] = Some(doing);
        Some(())
    }

    fn intend(&mut self) -> Option<()> {
        self.tries.push(Try {
            row: Row::Open,
            taken: 0,
            refused: false,
        });
        self.occupy(Doing::Charges(self.tries.len() - 1))
    }
}

impl Model for Renewals {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            tries: Vec::new(),
            workers: [None, None],
            kills: 2,
            lost_answers: 2,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.workers.contains(&None) {
            if self.may_intend(state) {
                actions.push(Action::Intend);
            }
            let open = state.tries.iter().enumerate();
            let open = open.filter(|(_, one)| one.row == Row::Open);
            actions.extend(open.map(|(at, _)| Action::LookUp(at)));
        }
        for (worker, doing) in state.workers.iter().enumerate() {
            match doing {
                None => continue,
                Some(Doing::Knows(..)) => actions.push(Action::Write { worker }),
                Some(Doing::Charges(_)) => {
                    for (taken, answered) in
                        [(true, true), (false, true), (true, false), (false, false)]
                    {
                        if answered || state.lost_answers > 0 {
                            actions.push(Action::Call {
                                worker,
                                taken,
                                answered,
                            });
                        }
                    }
                }
            }
            if state.kills > 0 {
                actions.push(Action::Kill { worker });
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Intend => state.intend()?,
            Action::LookUp(at) => self.look_up(&mut state, at)?,
            Action::Call {
                worker,
                taken,
                answered,
            } => self.call(&mut state, worker, taken, answered)?,
            Action::Write { worker } => self.write(&mut state, worker)?,
            Action::Kill { worker } => {
                state.kills -= 1;
                state.workers[worker] = None;
            }
        }
        state.workers.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, s: &State| {
                s.tries.iter().map(|one| one.taken).sum::<u8>() <= 1
            }),
            Property::always(PAID_FOR, |_, s: &State| {
                let mut paid = s.tries.iter().filter(|one| one.row == Row::Paid);
                paid.all(|one| one.taken > 0)
            }),
            Property::always(KEPT, |model: &Self, s: &State| {
                let is_kept = |one: &Try| one.taken == 0 || one.row == Row::Paid;
                !model.is_at_rest(s) || s.tries.iter().all(is_kept)
            }),
            Property::sometimes("the last try is paid", |_, s: &State| {
                s.tries.len() == TRIES && s.tries.iter().any(|one| one.row == Row::Paid)
            }),
            Property::sometimes("a period is never paid", |model: &Self, s: &State| {
                let has_failed = |one: &Try| one.row == Row::Failed;
                model.is_at_rest(s) && s.tries.len() == TRIES && s.tries.iter().all(has_failed)
            }),
        ]
    }
}
