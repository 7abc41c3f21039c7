//! Jobs in, effects out: everything slow or fragile happens here.
//!
//! [`runtime`] claims jobs from the ledger and runs them, [`registry`] maps each kind to its handler,
//! each feature has its handlers in a folder, one file a job, `ai` asks the models of a route for an
//! answer, `delivery` puts messages into a chat, and `callback` has n8n do so.

mod ai;
mod analytics;
mod audit;
mod bot;
mod callback;
pub mod config;
mod delivery;
mod events;
mod jobs;
mod mail;
mod money;
mod people;
mod probes;
mod process;
mod publishers;
mod readings;
pub mod registry;
pub mod state;
mod usage;
mod webhooks;

pub use process::Worker;
