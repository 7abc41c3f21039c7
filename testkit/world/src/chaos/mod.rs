//! Injecting faults while jobs run, and counting how the jobs ended. Used by the short tests in
//! `worker/tests/it/chaos.rs` and by the suite behind `make chaos`.
//!
//! In an [`Arena`] a [`Fleet`] of real workers runs the jobs of a [`Load`]. Faults are drawn from
//! [`Dice`], so that a seed repeats them. At the end a [`Tally`] counts the broken promises.

mod arena;
mod background;
mod dice;
mod fleet;
mod load;
mod orders;
mod shares;
mod tally;

pub use arena::{Arena, Settled};
pub use background::{Background, Stop};
pub use dice::{Dice, seed};
pub use fleet::Fleet;
pub use load::{Load, Sent};
pub use orders::{Mix, Order, RUNNING_PER_KEY};
pub use shares::Shares;
pub use tally::{Delays, Tally};

use tally::{drained, rescued};
