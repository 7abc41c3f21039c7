//! The admin page: what the queues and jobs are doing, and buttons for what an operator does about
//! it. Written by the server, without scripts, over `shared::jobs::{operate, stats}`, as the command
//! `symancy jobs` is. Behind `ADMIN_KEY`; without one there is no such page.

pub(crate) mod acts;
mod filter;
pub(crate) mod gate;
mod job;
pub(crate) mod jobs;
mod notice;
pub(crate) mod overview;
mod page;
mod parts;
pub(crate) mod queues;
