//! The books: what was taken, owed and given back, in double entry and minor units.
//!
//! An entry is written in the transaction of its event. A source has one entry, so a second delivery books nothing, and
//! what a process of the previous release has left out is booked by [`jobs::KeepBooks`].

pub mod account;
pub mod compare;
pub mod jobs;
pub mod lacking;
pub mod queries;
pub mod rules;
pub mod show;
pub mod statements;
