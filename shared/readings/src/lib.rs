//! Readings of coffee cups, from the photo to the text.

pub mod absence;
pub mod accept;
pub mod announcement;
pub mod answers;
pub mod archive;
pub mod buttons;
pub mod cancel;
pub mod chat_messages;
pub mod codes;
pub mod costs;
pub mod delivered;
pub mod earlier;
mod erasure;
pub mod facts;
mod feature;
pub mod focus;
pub mod forget;
pub mod growing;
pub mod history;
pub mod jobs;
pub mod messages;
pub mod metrics;
pub mod model;
pub mod news;
pub mod photo;
pub mod photo_keys;
pub mod prompts;
pub mod queries;
pub mod questions;
pub mod ratings;
pub mod render;
pub mod rules;
pub mod schemas;
pub mod shares;
pub mod steps;
pub mod texts;
pub mod undelivered;
pub mod under_way;
pub mod unit;
pub mod withdraw;

pub use feature::FEATURE;

kernel::definitions! {
    "analysis_cost_sync",
    "archive_drop_months",
    "archive_make_month",
    "archived_text",
    "archived_vision",
    "last_seen",
    "next_revision",
    "paid_call_syncs_reading",
    "reading_mentions",
}
