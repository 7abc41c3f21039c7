//! People: who they are, and how we know that it is they who ask.

pub mod init_data;
pub mod model;
pub mod queries;
