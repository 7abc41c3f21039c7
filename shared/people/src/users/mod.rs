//! People, and the verification of their requests.

pub mod consent;
pub mod init_data;
pub mod login_widget;
pub mod model;
pub mod news;
pub mod product_analytics;
pub mod profile;
pub mod queries;
pub mod reach;

use uuid::Uuid;

/// A person's key in the throttle of jobs: the jobs of one person must not take all slots.
pub fn limit_key(id: Uuid) -> String {
    format!("user:{id}")
}
