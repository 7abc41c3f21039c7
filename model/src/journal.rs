//! The journal of paid calls: what `shared/ai/src/journal.rs` does in its transactions.

use crate::state::{Call, Entry, Job, JournalView};

impl Job {
    /// The state of the journal before a call. An answer takes precedence over an open intent,
    /// which may belong to a worker that was presumed dead.
    pub fn view(&self, unknown_max: u8) -> JournalView {
        let open = self
            .journal
            .iter()
            .position(|it| it.state == Call::Intended);
        match open {
            _ if self.is_answered() => JournalView::Answer,
            None => JournalView::Nothing,
            Some(_) if self.doubted() >= unknown_max => JournalView::TooManyUnknown,
            Some(entry) => JournalView::Open(entry),
        }
    }

    /// Records an open intent as unknown, and writes a new intent. Returns its index.
    pub fn intend(&mut self, view: JournalView) -> usize {
        // Guarded by the state of the entry, so that an answer stored meanwhile is kept.
        if let JournalView::Open(entry) = view
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

    /// Stores an answer, also a late one. A second answer is not stored: the first may be in use.
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

    /// Whether an answer is stored.
    pub fn is_answered(&self) -> bool {
        self.journal.iter().any(|it| it.state == Call::Answered)
    }

    /// How many calls were ever recorded as unknown.
    pub fn doubted(&self) -> u8 {
        u8::try_from(self.journal.iter().filter(|it| it.doubted).count()).unwrap_or(u8::MAX)
    }
}
