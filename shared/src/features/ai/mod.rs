//! How the providers of AI are used: what a step may take, cost and wait; when a provider is left in
//! peace; what becomes of a failed call. The calls themselves are made by `worker/src/ai/`.

pub mod codes;
pub mod config;
pub mod gate;
pub mod jobs;
pub mod queries;
pub mod rules;
