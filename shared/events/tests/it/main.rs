//! The outbox in a real database.

mod ahead;
mod months;
mod outbox;
