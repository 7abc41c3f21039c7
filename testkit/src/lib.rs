//! What tests stand on: a database of their own, a whole product in one process or in real
//! processes, and a sandbox for the outside world. Only for tests and for the chaos suite; no program
//! that is deployed knows it.

pub mod app;
pub mod chaos;
mod database;
mod jobs;
mod patience;
pub mod payments;
pub mod pictures;
pub mod probes;
pub mod process;
pub mod vendor;
pub mod world;
pub mod writer;

pub use app::TestApp;
pub use database::TestDatabase;
pub use world::World;
