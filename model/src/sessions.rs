//! A second model: the refresh tokens of a session (`people::sessions::rotation`). One browser with two tabs, which share
//! the token that is stored, and a thief who copies it once.
//!
//! | in the code | here |
//! | --- | --- |
//! | `rotation::State::judge`, in the transaction of `stored::refresh` | [`Action::Arrive`] |
//! | `stored::check`, which notes that an answer has arrived | [`Action::Use`] |
//! | `rotation::GRACE` | [`Action::TimePasses`] |
//!
//! What is on its way for longer than the grace is lost: requests and answers, as clients give them up. Any answer
//! can be lost before, which is also a server that dies between its commit and the reply. A client keeps the newest
//! token that it has got, and does not renew it within the grace: two rotations in that time would leave a request that
//! is on its way two behind.

use stateright::{Model, Property};

/// Generations beyond this are not explored.
const LAST: u8 = 4;

/// Requests of tabs that are on their way at once.
const TABS: usize = 2;

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A token that was replaced is theft, whoever shows it.
    NeverRepeats,
    /// The successor is given out again for ever.
    RepeatsAlways,
    /// The grace is not begun anew where a lost answer is repeated.
    KeepsTheGrace,
    /// The row is read, and written later without a look.
    WritesWithoutALook,
}

/// The rotation, correct or broken.
#[derive(Clone, Debug)]
pub struct Rotation {
    pub broken: Option<Broken>,
    /// Whether there is a thief.
    pub theft: bool,
}

/// The row, what is stored where, and what is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    generation: u8,
    used: bool,
    /// Whether the grace after the last rotation is not over.
    fresh: bool,
    ended: bool,
    /// The newest token of each holder; the thief has none at first.
    held: [Option<u8>; 2],
    /// Requests with a token, from holders, that have not arrived.
    sent: Vec<(usize, u8)>,
    /// Read but not written ([`Broken::WritesWithoutALook`]).
    read: Vec<(usize, u8, u8)>,
    /// Answers that have not arrived.
    answers: Vec<(usize, u8)>,
    /// The owner's client has got its token within the grace.
    just_got: bool,
    /// The newest generation that each has used.
    has_used: [u8; 2],
    /// A token was repeated although the other holder uses its successor.
    unnoticed: bool,
    /// A successor was made of one that is not the newest.
    two_successors: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A request with the newest token leaves.
    Send(usize),
    /// It is judged, and the answer leaves.
    Arrive(usize),
    Write(usize),
    /// An answer is heard, or lost.
    Hear(usize),
    Lose(usize),
    /// The access token of the newest generation is shown.
    Use(usize),
    /// The thief copies the token that the browser has stored.
    Steal,
    /// The grace is over, and so is the patience of all who wait.
    TimePasses,
}

pub const OWNER_STAYS: &str = "a person without a thief is never signed out";
pub const NOTICED: &str =
    "nobody is answered after another holder has used what comes after their token";
pub const ONE_SUCCESSOR: &str = "each token has one successor";

impl Rotation {
    fn has(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    fn judge(&self, state: &mut State, who: usize, shown: u8) {
        if state.ended {
            return;
        }
        let behind = state.generation - shown;
        if behind == 0 {
            state.generation += 1;
            (state.used, state.fresh) = (false, true);
        } else if !self.may_repeat(state, behind) {
            state.ended = true;
            return;
        } else {
            // Another tab may have asked at the same time.
            state.fresh |= !state.used && !self.has(Broken::KeepsTheGrace);
            // Within the grace two tabs cannot be told from a thief; what comes after that can.
            let other = state.has_used[1 - who];
            state.unnoticed |= !state.fresh && other > shown && state.has_used[who] < other;
        }
        state.answers.push((who, state.generation));
    }

    fn may_repeat(&self, state: &State, behind: u8) -> bool {
        match self.broken {
            Some(Broken::NeverRepeats) => false,
            Some(Broken::RepeatsAlways) => behind == 1,
            _ => behind == 1 && (!state.used || state.fresh),
        }
    }
}

impl Model for Rotation {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            generation: 1,
            used: false,
            fresh: false,
            ended: false,
            held: [Some(1), None],
            sent: Vec::new(),
            read: Vec::new(),
            answers: Vec::new(),
            just_got: false,
            has_used: [0; 2],
            unnoticed: false,
            two_successors: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for who in 0..2 {
            let waits = |(one, _): &&(usize, u8)| *one == who;
            let busy = state.sent.iter().filter(waits).count()
                + state.answers.iter().filter(waits).count();
            let most = if who == 0 { TABS } else { 1 };
            // The owner's client leaves a token alone that it has just got.
            let is_new = who == 0 && state.just_got;
            if !is_new
                && state.held[who].is_some_and(|held| held <= LAST)
                && busy + state.read.len() < most
            {
                actions.push(Action::Send(who));
            }
            if state.held[who].is_some_and(|held| held > state.has_used[who]) {
                actions.push(Action::Use(who));
            }
        }
        actions.extend((0..state.sent.len()).map(Action::Arrive));
        actions.extend((0..state.read.len()).map(Action::Write));
        for at in 0..state.answers.len() {
            actions.extend([Action::Hear(at), Action::Lose(at)]);
        }
        if self.theft && state.held[1].is_none() {
            actions.push(Action::Steal);
        }
        if state.fresh || state.just_got || !state.sent.is_empty() || !state.answers.is_empty() {
            actions.push(Action::TimePasses);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Send(who) => state.sent.push((who, state.held[who]?)),
            Action::Arrive(at) => {
                let (who, shown) = state.sent.remove(at);
                match self.has(Broken::WritesWithoutALook) && shown == state.generation {
                    true => state.read.push((who, shown, state.generation)),
                    false => self.judge(&mut state, who, shown),
                }
            }
            Action::Write(at) => {
                let (who, _, seen) = state.read.remove(at);
                state.two_successors |= state.generation != seen;
                state.generation += 1;
                (state.used, state.fresh) = (false, true);
                state.answers.push((who, state.generation));
            }
            Action::Hear(at) => {
                let (who, generation) = state.answers.remove(at);
                state.just_got |= who == 0 && state.held[0] < Some(generation);
                state.held[who] = state.held[who].max(Some(generation));
            }
            Action::Lose(at) => {
                state.answers.remove(at);
            }
            Action::Use(who) => {
                let held = state.held[who]?;
                state.has_used[who] = held;
                state.used |= held == state.generation;
            }
            Action::Steal => state.held[1] = state.held[0],
            Action::TimePasses => {
                (state.fresh, state.just_got) = (false, false);
                state.sent.clear();
                state.answers.clear();
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(NOTICED, |_, s: &State| !s.unnoticed),
            Property::always(ONE_SUCCESSOR, |_, s: &State| !s.two_successors),
            Property::sometimes("a session is renewed to the last", |_, s: &State| {
                s.generation > LAST
            }),
        ];
        match self.theft {
            false => all.push(Property::always(OWNER_STAYS, |_, s: &State| !s.ended)),
            true => all.push(Property::sometimes("a thief is noticed", |_, s: &State| {
                s.ended
            })),
        }
        all
    }
}
