//! The sums in a real database.

mod days;
mod history;
mod kept;
mod obvious;
mod random;
mod strangers;
