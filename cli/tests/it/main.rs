//! The command `symancy` as an operator types it: the real binary, against a real database, with
//! workers where a test wants them.

mod act;
mod ai;
mod keys;
mod look;
mod queues;
mod stage;
mod wrong;
