//! The vendor, the calls, the rows and the memory of two processes.

use super::{Budget, Scope};
use crate::payments::rules::{Heard, Status, Word};

/// A charge as the vendor knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Charge {
    pub paid: bool,
    /// Units that are back.
    pub gone: u8,
}

/// Whether a call is in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    Not,
    Waiting,
    Done,
}

/// An event of the vendor: its calls that are on their way, and its row of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    /// What it says, and of which charge; `None`: only that something has happened.
    pub says: Option<(usize, Word)>,
    pub flying: u8,
    pub kept: Kept,
    /// How often it has come.
    pub arrivals: u8,
}

/// A row of `payments`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    pub status: Status,
    pub heard: Heard,
    /// Months that were given for it.
    pub grants: u8,
    pub returned: u8,
}

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Busy {
    /// What it has still to settle, one transaction each.
    pub words: Vec<(usize, Word)>,
    /// The row as it was read before ([`super::Broken::ReadsWithoutLock`]).
    pub looked: Option<Row>,
    pub then: Then,
}

/// How its work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Then {
    /// A call of the inbox is done, unless it came again.
    Close { call: usize, arrivals: u8 },
    /// The vendor is asked; `true`: nothing has happened there since.
    Asked(bool),
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub open: bool,
    pub refused: bool,
    pub charges: Vec<Charge>,
    pub told: Vec<Told>,
    pub rows: Vec<Row>,
    pub processes: [Option<Busy>; 2],
    /// The reconciler has asked since something happened.
    pub is_asked: bool,
    pub left: Budget,
    /// A month was given although all was known to be back.
    pub late: bool,
}

impl State {
    pub(super) fn at_first(scope: &Scope) -> Self {
        let row = |charge| Row {
            status: if charge == 0 {
                Status::Pending
            } else {
                Status::Absent
            },
            heard: Heard::default(),
            grants: 0,
            returned: 0,
        };
        Self {
            open: true,
            refused: false,
            charges: vec![Charge::default(); scope.charges],
            told: Vec::new(),
            rows: (0..scope.charges).map(row).collect(),
            processes: [None, None],
            is_asked: true,
            left: scope.budget,
            late: false,
        }
    }

    /// A process without work. Which one it is does not matter.
    pub(super) fn free(&self) -> Option<usize> {
        self.processes.iter().position(Option::is_none)
    }

    /// What the vendor answers now.
    pub(super) fn answer(&self) -> Vec<(usize, Word)> {
        let mut words = Vec::new();
        if !self.charges[0].paid && self.refused {
            words.push((0, Word::Refused));
        }
        if !self.charges[0].paid && !self.open {
            words.push((0, Word::Closed));
        }
        for (charge, it) in self.charges.iter().enumerate().filter(|(_, it)| it.paid) {
            words.push((charge, Word::Paid));
            match it.gone {
                0 => {}
                1 => words.push((charge, Word::Part)),
                _ => words.push((charge, Word::Back)),
            }
        }
        words
    }

    /// Something has happened at the vendor, and it says so.
    pub(super) fn tell(&mut self, says: Option<(usize, Word)>) {
        let known = self
            .told
            .iter_mut()
            .find(|one| says.is_none() && one.says.is_none());
        match known {
            Some(known) => known.flying += 1,
            None => self.told.push(Told {
                says,
                flying: 1,
                kept: Kept::Not,
                arrivals: 0,
            }),
        }
        self.is_asked = false;
        for busy in self.processes.iter_mut().flatten() {
            if let Then::Asked(is_new) = &mut busy.then {
                *is_new = false;
            }
        }
    }

    /// Forgets what can make no difference any more, and orders the processes: fewer states mean the same.
    pub(super) fn tidy(&mut self) {
        for at in (0..self.told.len()).rev() {
            let one = self.told[at];
            if one.flying == 0 && one.kept != Kept::Waiting && !self.is_at_work(at) {
                self.told.remove(at);
                self.renumber(at);
            }
        }
        self.processes.sort();
    }

    fn is_at_work(&self, call: usize) -> bool {
        let mut busy = self.processes.iter().flatten();
        busy.any(|one| matches!(one.then, Then::Close { call: of, .. } if of == call))
    }

    fn renumber(&mut self, removed: usize) {
        for busy in self.processes.iter_mut().flatten() {
            if let Then::Close { call, .. } = &mut busy.then
                && *call > removed
            {
                *call -= 1;
            }
        }
    }
}
