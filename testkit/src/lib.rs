//! What a test needs that uses a database alone: a database of its own, the ledger's rows, Redis,
//! processes, photos, a stub of any vendor and a scripted one of AI, and waiting. It stands on `jobs` and what is below it, so
//! a change of a program or of a feature does not build it again; `world`, in the folder below, is
//! for tests that need the product. Only for tests and for the chaos suite.

pub mod database;
pub mod ledger;
pub mod pictures;
pub mod process;
pub mod redis;
pub mod servers;
pub mod stub;
pub mod vendor;
mod waiting;

pub use database::TestDatabase;
pub use waiting::{PATIENCE, eventually};
