//! Readings: begin one, look at one.

pub(crate) mod create;
mod form;
pub(crate) mod show;
mod spool;
