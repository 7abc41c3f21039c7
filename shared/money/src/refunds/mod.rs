//! Money that an operator gives back: the intent in a row, one call of the vendor, and its end. What follows from money that
//! went back, by us or by the vendor, is settled with the payments (docs/PAYMENTS.md).

pub mod by_hand;
pub mod jobs;
pub mod messages;
pub mod model;
pub mod queries;
pub mod request;
pub mod rules;
pub mod wishes;
