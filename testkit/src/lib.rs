//! What tests stand on: a database of their own, a whole product in one process or in real
//! processes, and a sandbox for the outside world. Only ever a dev-dependency.

pub mod app;
mod database;
mod jobs;
pub mod pictures;
pub mod process;
pub mod world;

pub use app::TestApp;
pub use world::World;
