//! The steps.

use super::state::{Busy, Kept, Row, State, Then};
use super::{Action, Broken, Purchase};
use crate::payments::rules::{self, PRICE, Status, Step, Word};

impl Purchase {
    /// Takes a step; `None`: it cannot be taken.
    pub(super) fn take_step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Pay { charge } => {
                state.charges[charge].paid = true;
                self.tell(state, charge, Word::Paid);
            }
            Action::GiveBack { charge, all } => {
                state.charges[charge].gone = if all { PRICE } else { 1 };
                self.tell(state, charge, if all { Word::Back } else { Word::Part });
            }
            Action::Refuse => {
                state.refused = true;
                self.tell(state, 0, Word::Refused);
            }
            Action::Close => {
                state.open = false;
                self.tell(state, 0, Word::Closed);
            }
            Action::Lose { call } => state.told[call].flying -= 1,
            Action::Renumber { call } => {
                state.left.again -= 1;
                state.tell(state.told[call].says);
            }
            Action::Deliver { call, heard } => self.deliver(state, call, heard)?,
            Action::Take { call } => self.begin(state, call)?,
            Action::Ask => {
                let words = state.answer();
                self.occupy(state, words, Then::Asked(true))?;
            }
            Action::Proceed { process } => self.proceed(state, process)?,
            Action::Kill { process } => {
                state.left.kills -= 1;
                state.processes[process] = None;
            }
        }
        Some(())
    }

    fn tell(&self, state: &mut State, charge: usize, word: Word) {
        state.tell((!self.scope.hints).then_some((charge, word)));
    }

    /// The row of the inbox is there with its job, or neither is.
    fn deliver(&self, state: &mut State, call: usize, heard: bool) -> Option<()> {
        let told = &mut state.told[call];
        match heard {
            true => told.flying -= 1,
            false => state.left.doubles -= 1,
        }
        if told.kept == Kept::Done && told.says.is_some() {
            return Some(());
        }
        told.kept = Kept::Waiting;
        told.arrivals += u8::from(told.says.is_none());
        self.begin(state, call)
    }

    fn begin(&self, state: &mut State, call: usize) -> Option<()> {
        let words = match state.told[call].says {
            Some(said) => vec![said],
            None => state.answer(),
        };
        let arrivals = state.told[call].arrivals;
        if self.has(Broken::MarksBeforeTheWork) {
            state.told[call].kept = Kept::Done;
        }
        self.occupy(state, words, Then::Close { call, arrivals })
    }

    fn occupy(&self, state: &mut State, words: Vec<(usize, Word)>, then: Then) -> Option<()> {
        let free = state.free()?;
        state.processes[free] = Some(Busy {
            words,
            looked: None,
            then,
        });
        Some(())
    }

    fn proceed(&self, state: &mut State, process: usize) -> Option<()> {
        let mut busy = state.processes[process].take()?;
        let Some((charge, word)) = busy.words.first().copied() else {
            self.end(state, busy.then);
            return Some(());
        };
        let now = state.rows[charge];
        if self.has(Broken::ReadsWithoutLock) && busy.looked.is_none() {
            busy.looked = Some(now);
        } else {
            let read = busy.looked.take().unwrap_or(now);
            let settled = self.settle(state, read, word);
            // Reports and months are rows of their own, which do not overwrite each other.
            state.rows[charge] = Row {
                heard: settled.heard.with(now.heard),
                grants: now.grants + (settled.grants - read.grants),
                ..settled
            };
            busy.words.remove(0);
        }
        state.processes[process] = Some(busy);
        Some(())
    }

    fn end(&self, state: &mut State, then: Then) {
        match then {
            Then::Asked(is_new) => state.is_asked |= is_new,
            Then::Close { call, arrivals } => {
                let told = &mut state.told[call];
                if told.arrivals == arrivals || self.has(Broken::ClosesHintsThatCameAgain) {
                    told.kept = Kept::Done;
                }
            }
        }
    }

    /// The row after an event, as `settle` writes it.
    fn settle(&self, state: &mut State, read: Row, word: Word) -> Row {
        let mut row = read;
        row.heard = row.heard.and(word);
        if row.status == Status::Absent && word == Word::Paid {
            row.status = Status::Pending;
        }
        let (gone, has_come) = (row.heard.gone(), row.heard.has(Word::Paid));
        let is_gone = gone >= PRICE && !self.has(Broken::ForgetsReturns);
        let step = match word {
            Word::Paid if self.has(Broken::TrustsTheEventsId) => Step::Grant,
            _ => rules::step(row.status, word, is_gone, has_come),
        };
        match step {
            Step::Grant | Step::Restore => {
                state.late |= gone >= PRICE;
                (row.status, row.returned) = (Status::Succeeded, gone);
                row.grants += 1;
            }
            Step::TakeBack => (row.status, row.returned) = (Status::Refunded, PRICE),
            Step::Reopen => row.status = Status::Pending,
            Step::Level if row.status == Status::Succeeded => row.returned = gone,
            Step::Close(status) => row.status = status,
            Step::Level | Step::Nothing => {}
        }
        row
    }
}
