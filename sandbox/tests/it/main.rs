//! The sandbox through its front doors, one sandbox a test.

mod ai;
mod bot_api;
mod control;
mod drafts;
mod faults;
mod page;
mod payments;
mod s3;
mod spoilt;
mod stage;
mod text;
mod vendors;
mod webhook;
