//! Readings of coffee cups, from the photo to the text.

pub mod accept;
pub mod answers;
pub mod costs;
pub mod earlier;
pub mod growing;
pub mod history;
pub mod jobs;
pub mod model;
pub mod moderation;
pub mod photo;
pub mod prompts;
pub mod queries;
pub mod rules;
pub mod schemas;
pub mod steps;
pub mod unit;
