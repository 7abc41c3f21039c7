//! The journal of paid calls: what `shared/ai/src/journal.rs` does in its transactions.

use crate::state::{Call, Entry, Found, Job};

impl Job {
    /// What the journal says before a call. An answer counts more than an open intent beside it:
    /// that one may belong to a worker that was taken for dead.
    pub fn look(&self, unknown_max: u8) -> Found {
        let open = self
            .journal
            .iter()
            .position(|it| it.state == Call::Intended);
        match open {
            _ if self.is_answered() => Found::Answer,
            None => Found::Nothing,
            Some(_) if self.doubted() >= unknown_max => Found::TooManyUnknown,
            Some(entry) => Found::Open(entry),
        }
    }

    /// Acts on a look: an intent without an answer is recorded as unknown, and a new intent is
    /// written. Returns its place.
    pub fn intend(&mut self, found: Found) -> usize {
        // Guarded by the entry's own state, so that an answer which came meanwhile stays.
        if let Found::Open(entry) = found
            && self.journal[entry].state == Call::Intended
        {
            self.journal[entry] = Entry {
                state: Call::Unknown,
                doubted: true,
            };
        }
        self.journal.push(Entry {
            state: Call::Intended,
            doubted: false,
        });
        self.journal.len() - 1
    }

    /// Stores an answer, late ones too. A second answer is not stored: the first may be in use.
    pub fn store(&mut self, entry: usize) {
        if self.is_answered() {
            return;
        }
        match self.journal.get_mut(entry) {
            Some(entry) => entry.state = Call::Answered,
            None => self.journal.push(Entry {
                state: Call::Answered,
                doubted: false,
            }),
        }
    }

    /// Whether there is an answer that can be used.
    pub fn is_answered(&self) -> bool {
        self.journal.iter().any(|it| it.state == Call::Answered)
    }

    /// How many calls were ever recorded as unknown.
    pub fn doubted(&self) -> u8 {
        u8::try_from(self.journal.iter().filter(|it| it.doubted).count()).unwrap_or(u8::MAX)
    }
}
