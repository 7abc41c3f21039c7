//! The Bot API as bots see it, the people who write to them, and the courier that brings updates
//! to webhooks. Called by `router` and `control`; state lives in `world::World`.

pub mod courier;
mod door;
pub mod drafts;
mod entities;
mod error;
mod events;
pub mod init_data;
mod markdown;
mod markup;
mod methods;
mod model;
pub mod payments;
pub mod people;
mod photos;
mod state;
pub mod store;
mod tags;
pub mod view;
mod wire;

pub use door::{call, file, stored_file};
pub use events::Event;
pub use methods::METHODS;
pub use model::{Entity, Message, Person};
pub use state::State;
pub use wire::BOT_NAME;

/// Update kinds the sandbox makes.
pub const UPDATE_KINDS: &[&str] = &["message", "callback_query", "pre_checkout_query"];
