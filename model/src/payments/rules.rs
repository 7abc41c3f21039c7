//! What an event does to a payment, written separately from `money::payments::rules` and `told`.

/// What was paid, in units that can go back one by one.
pub const PRICE: u8 = 2;

/// What a vendor says of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    Refused,
    /// The page can be paid no more.
    Closed,
    Paid,
    /// One unit is back.
    Part,
    /// All of it is back.
    Back,
}

impl Word {
    /// All words.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Closed,
        Self::Paid,
        Self::Part,
        Self::Back,
    ];

    fn is_of_return(self) -> bool {
        matches!(self, Self::Part | Self::Back)
    }
}

/// The state of a row of `payments`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// There is no row: a second charge of an order gets one with its money.
    Absent,
    Pending,
    Succeeded,
    Failed,
    Canceled,
    Refunded,
}

/// The next step of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Grant,
    TakeBack,
    Restore,
    Reopen,
    Level,
    Close(Status),
    Nothing,
}

/// The next step after a word. `is_gone`: all that was said comes to all of the money being back; `has_come`: it was said
/// to have come.
pub fn step(status: Status, word: Word, is_gone: bool, has_come: bool) -> Step {
    use Status::{Absent, Canceled, Failed, Pending, Refunded, Succeeded};
    match (status, word) {
        (Absent, _) => Step::Nothing,
        (Pending | Failed | Canceled, Word::Paid) if is_gone => Step::TakeBack,
        (Pending | Failed | Canceled, Word::Paid) => Step::Grant,
        (Succeeded | Refunded, Word::Paid) => Step::Nothing,
        (Pending | Canceled, Word::Refused) => Step::Close(Failed),
        (Pending, Word::Closed) => Step::Close(Canceled),
        (_, Word::Refused | Word::Closed) => Step::Nothing,
        (Refunded, _) if is_gone => Step::Nothing,
        (Refunded, _) if has_come => Step::Restore,
        (Refunded, _) => Step::Reopen,
        (_, returned) if returned.is_of_return() && is_gone => Step::TakeBack,
        _ => Step::Level,
    }
}

/// All words that were heard of a charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Heard(u8);

impl Heard {
    fn bit(word: Word) -> u8 {
        1 << word as u8
    }

    /// With one more.
    #[must_use]
    pub fn and(self, word: Word) -> Self {
        Self(self.0 | Self::bit(word))
    }

    /// With those of another reader.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it was said.
    pub fn has(self, word: Word) -> bool {
        self.0 & Self::bit(word) != 0
    }

    /// What has gone back, in whichever order it was said.
    pub fn gone(self) -> u8 {
        match (self.has(Word::Back), self.has(Word::Part)) {
            (true, _) => PRICE,
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}
