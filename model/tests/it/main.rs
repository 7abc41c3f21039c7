//! The checker walks through all orders of events. `cargo test -p model -- --nocapture` shows how
//! many states that were, and the shortest way to each broken promise.

mod beyond;
mod broken;
mod exploring;
mod kept;
