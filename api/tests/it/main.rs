//! The API through its front door, with a real database, Redis and sandbox.

mod admin;
mod analyses;
mod auth;
mod bad_photos;
mod bodies;
mod compression;
mod docs;
mod guard;
mod health;
mod history;
mod idempotency;
mod init_data;
mod keys;
mod limits;
mod payments;
mod payments_bank;
mod photos;
mod privacy;
mod rate_limits;
mod spellings;
mod streaming;
mod subscriptions;
mod telegram;
mod units;
mod users;
mod waiting;
