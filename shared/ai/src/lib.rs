//! How the providers of AI are used: the journal of paid calls and the budgets; the gate in front of each
//! provider; what becomes of a failed call. The calls themselves are made by `worker/src/ai/`.

pub mod codes;
pub mod config;
pub mod gate;
pub mod jobs;
pub mod journal;
pub mod metrics;
pub mod model;
pub mod queries;
pub mod rules;
pub mod settling;
