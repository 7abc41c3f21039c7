//! The API through its front door, with a real database, Redis and sandbox.

mod admin;
mod analyses;
mod auth;
mod bad_photos;
mod health;
mod history;
mod idempotency;
mod isolation;
mod limits;
mod photos;
mod privacy;
mod schema;
mod telegram;
mod users;
mod waiting;
