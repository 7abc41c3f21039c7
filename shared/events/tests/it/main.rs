//! The outbox in a real database.

mod months;
mod outbox;
