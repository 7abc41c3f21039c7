//! The checker explores all orders of events. `cargo test -p model -- --nocapture` shows the number of
//! states, and the shortest path to each violated property.

mod beyond;
mod broken;
mod exploring;
mod kept;
mod payments;
mod same_rules;
mod sessions;
