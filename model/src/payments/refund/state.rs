//! The rows of refunds, the vendor, and the memory of two workers.

use crate::payments::rules::PRICE;

/// The state of a row of `refunds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// There is no row yet.
    Absent,
    Requested,
    Underway,
    Succeeded,
    Failed,
}

/// A refund: its row, and how often the vendor has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refund {
    pub amount: u8,
    pub standing: Standing,
    /// What had gone back when it was begun.
    pub gone_before: u8,
    pub made: u8,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doing {
    /// Is about to call the vendor.
    Calls(usize),
    /// Has heard that a refund has been made, or is refused.
    Knows(usize, bool),
    /// Has heard how much is back in all; `true`: nothing has moved since.
    Heard(u8, bool),
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// What is back at the vendor, and was before its last movement.
    pub(super) gone: u8,
    pub(super) gone_before: u8,
    pub(super) refunds: Vec<Refund>,
    /// Calls of the vendor that are on their way: what was back in all.
    pub(super) calls: Vec<u8>,
    /// The most that was told.
    pub(super) told: u8,
    pub(super) workers: [Option<Doing>; 2],
    pub(super) is_asked: bool,
    pub(super) cabinet: bool,
    pub(super) kills: u8,
    pub(super) lost_answers: u8,
    pub(super) stale_answers: u8,
    pub(super) doubles: u8,
}

impl State {
    pub(super) fn returned(&self) -> u8 {
        let made = self
            .refunds
            .iter()
            .filter(|one| one.standing == Standing::Succeeded);
        let own: u8 = made.map(|one| one.amount).sum();
        self.told.max(own).min(PRICE)
    }

    /// What is on its way, but for one refund.
    pub(super) fn open(&self, but: Option<usize>) -> u8 {
        let all = self.refunds.iter().enumerate();
        let open = all.filter(|(at, one)| {
            let is_open = matches!(one.standing, Standing::Requested | Standing::Underway);
            is_open && Some(*at) != but
        });
        open.map(|(_, one)| one.amount).sum()
    }

    pub(super) fn has_left(&self, refund: usize) -> bool {
        let returned = self.returned();
        let amount = self.refunds[refund].amount;
        returned < PRICE && returned + self.open(Some(refund)) + amount <= PRICE
    }

    pub(super) fn free(&self) -> Option<usize> {
        self.workers.iter().position(Option::is_none)
    }

    pub(super) fn occupy(&mut self, doing: Doing) -> Option<()> {
        let free = self.free()?;
        self.workers[free] = Some(doing);
        Some(())
    }

    /// What the vendor has told in all ends refunds of ours: `refunds::rules::ends`.
    pub(super) fn settle(&mut self, total: u8) {
        self.told = self.told.max(total);
        for one in &mut self.refunds {
            let is_whole = total >= PRICE;
            one.standing = match one.standing {
                Standing::Underway if is_whole || total >= one.gone_before + one.amount => {
                    Standing::Succeeded
                }
                Standing::Requested if is_whole => Standing::Failed,
                other => other,
            };
        }
    }
}
