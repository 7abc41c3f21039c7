//! Letters by e-mail. A feature writes a [`letter::Letter`] with [`queries::enqueue`] in its own transaction; the
//! worker renders and sends it (`worker/src/mail/`), and notes what became of it.

pub mod address;
pub mod config;
pub mod contact;
pub mod events;
pub mod jobs;
pub mod letter;
pub mod metrics;
pub mod model;
pub mod queries;
pub mod render;
pub mod rules;
pub mod suppressions;

mod feature;
mod template;

pub use feature::FEATURE;
