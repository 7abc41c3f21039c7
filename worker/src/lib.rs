//! Jobs in, effects out: everything slow or fragile happens here.
//!
//! [`runtime`] takes jobs from the ledger and keeps the promises about them, [`registry`] says
//! who handles which kind, [`handlers`] do the work of one step each, and `ai` asks the models
//! of a route for an answer that is paid for once.

mod ai;
pub mod config;
pub mod handlers;
pub mod registry;
pub mod runtime;
pub mod state;
