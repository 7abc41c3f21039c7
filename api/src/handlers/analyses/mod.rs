//! Readings: begin one, look at one.

pub(crate) mod create;
mod form;
pub(crate) mod photo;
pub(crate) mod show;
mod spool;
