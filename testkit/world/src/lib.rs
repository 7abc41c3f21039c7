//! The whole product under test: an API and workers in this process or in real processes, and a
//! sandbox for the services outside. Only for tests and for the chaos suite. Tests that need a
//! database alone use `testkit`, which this stands on.

pub mod app;
pub mod browser;
pub mod chaos;
mod chat;
pub mod crowd;
mod held;
mod ledger;
mod pages;
mod payments;
pub mod probes;
pub mod settings;
mod stripe;
mod talk;
pub mod traces;
mod world;
pub mod writer;

pub use app::TestApp;
pub use chat::Chat;
pub use worker::Worker;
pub use world::{
    BOT_TOKEN, MAIL_FROM, N8N_KEY, WEBHOOK_SECRET, World, agreed, flush_telemetry, has_own_process,
};
