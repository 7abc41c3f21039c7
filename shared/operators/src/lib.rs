//! Named operators: who they are and what they may, what they do to persons and organizations, the switches that they
//! turn while the deployment runs (`system_settings`), banners, letters, how the deployment does, who has come
//! from the pre-MVP, and whom this API handles meanwhile.

pub mod accounts;
pub mod analytics;
pub mod banners;
pub mod codes;
mod feature;
pub mod imports;
pub mod letters;
pub mod metrics;
pub mod model;
pub mod role_of;
pub mod roles;
pub mod rollout;
pub mod search;
pub mod slos;
pub mod staff;
pub mod status;
pub mod switches;

pub use feature::FEATURE;

kernel::definitions! {
    "rollout_bucket",
}
