//! The outside world on one machine, over the vendors' own wire protocols, with faults on demand. Each
//! vendor stands in `vendors/` behind the trait in `vendor`. The binary `sandbox` and tests call
//! [`start`]; nothing here knows the product.

mod ai;
mod calls;
mod config;
mod control;
mod faults;
mod http;
mod page;
mod payments;
mod router;
mod server;
mod snapshot;
mod vendor;
mod vendors;
mod world;

pub use config::{Config, WebhookTiming};
pub use server::{Running, start};
