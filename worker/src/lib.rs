//! Jobs in, effects out: everything slow or fragile happens here.
//!
//! [`runtime`] takes jobs from the ledger and keeps the promises about them, [`registry`] says
//! which handler runs which kind, each feature has its handlers in a folder, one file a job, `ai`
//! asks the models for an answer, one after the other, and `delivery` puts messages into a chat.

mod ai;
mod bot;
pub mod config;
mod delivery;
mod jobs;
mod money;
mod people;
mod probes;
mod process;
mod readings;
pub mod registry;
pub mod state;

pub use process::Worker;
