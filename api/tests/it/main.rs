//! The API through its front door, with a real database, Redis and sandbox.

mod admin;
mod analyses;
mod auth;
mod bad_photos;
mod health;
mod isolation;
mod photos;
mod privacy;
mod schema;
mod telegram;
