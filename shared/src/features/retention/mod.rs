//! Forgetting what is over: ended jobs, marks that nobody needs, photos without a reading.

pub mod jobs;
pub mod queries;
