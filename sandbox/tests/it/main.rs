//! The sandbox through its front doors, one sandbox a test.

mod ai;
mod apps;
mod bank;
mod bot_api;
mod control;
mod drafts;
mod faults;
mod page;
mod payments;
mod people;
mod profile;
mod s3;
mod sending;
mod spoilt;
mod stage;
mod stars;
mod text;
mod vendors;
mod webhook;
