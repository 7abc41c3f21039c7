//! Passwords: which are good enough, and how they are kept.

pub mod hasher;
pub mod rules;

pub use hasher::Hasher;
