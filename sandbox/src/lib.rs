//! The outside world on one machine, over the vendors' own wire protocols: Telegram's Bot API
//! with a chat page, an OpenRouter-compatible AI that really looks at the picture, a bank, S3, and faults
//! on demand. The binary `sandbox` and tests call [`start`]; nothing here knows the product.

mod ai;
mod bank;
mod calls;
mod config;
mod control;
mod faults;
mod http;
mod page;
mod router;
mod s3;
mod server;
mod telegram;
mod world;

pub use config::{Config, WebhookTiming};
pub use server::{Running, start};
