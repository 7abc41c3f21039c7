//! Jobs in, effects out: everything slow or fragile happens here.
//!
//! [`runtime`] takes jobs from the ledger and keeps the promises about them, [`registry`] lists the
//! kinds and their [`handlers`], which do the work of one step each, and `ai` asks the models for an
//! answer, one after the other.

mod ai;
pub mod config;
pub mod handlers;
mod process;
pub mod registry;
pub mod runtime;
pub mod state;

pub use process::Worker;
