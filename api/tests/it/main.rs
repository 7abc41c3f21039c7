//! The API through its front door, with a real database, Redis and sandbox.

mod admin;
mod analyses;
mod auth;
mod bad_photos;
mod bodies;
mod guard;
mod health;
mod init_data;
mod keys;
mod rate_limits;
mod schema;
mod telegram;
