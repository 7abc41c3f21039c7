//! HTTP in; rows and jobs out. Never waits for a worker.

pub mod app;
pub mod config;
mod cors;
mod endpoint;
mod extract;
mod handlers;
mod http;
mod idempotency;
pub mod keys;
mod middleware;
pub mod openapi;
pub mod people;
mod routes;
pub mod state;
pub mod waiting;
