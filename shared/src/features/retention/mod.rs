//! Forgetting what is over: ended jobs, marks that nobody needs, photos without a reading,
//! archives whose time is over.

pub mod jobs;
pub mod queries;
