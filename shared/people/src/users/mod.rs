//! People: who they are, and how we know that it is they who ask.

pub mod init_data;
pub mod model;
pub mod queries;

use uuid::Uuid;

/// The key of a person among the limits of jobs: so that the jobs of one do not take all slots.
pub fn limit_key(id: Uuid) -> String {
    format!("user:{id}")
}
