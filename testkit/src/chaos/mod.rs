//! Breaking things while jobs run, and counting what became of them. Used by the short tests in
//! `worker/tests/it/chaos.rs` and by the suite behind `make chaos`.
//!
//! In an [`Arena`] a [`Fleet`] of real workers takes the jobs of a [`Load`]; whoever breaks things
//! throws [`Dice`] for it; in the end a [`Verdict`] says what was promised and not kept.

mod arena;
mod background;
mod dice;
mod fleet;
mod load;
mod orders;
mod shares;
mod verdict;

pub use arena::{Arena, Settled};
pub use background::{Background, Stop};
pub use dice::{Dice, seed};
pub use fleet::Fleet;
pub use load::{Load, Sent};
pub use orders::{Mix, Order, RUNNING_PER_KEY};
pub use shares::Shares;
pub use verdict::{Delays, Verdict};

use verdict::{drained, rescued};
