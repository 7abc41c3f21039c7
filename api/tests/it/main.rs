//! The API through its front door, with a real database, Redis and sandbox.

mod admin;
mod analyses;
mod auth;
mod bad_photos;
mod docs;
mod health;
mod history;
mod idempotency;
mod limits;
mod payments;
mod payments_bank;
mod schema;
mod subscriptions;
mod telegram;
mod users;
mod waiting;
