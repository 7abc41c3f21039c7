//! The command `symancy`: the real binary, against a real database, with workers where a test needs
//! them.

mod act;
mod ai;
mod ai_health;
mod analytics;
mod audit;
mod backups;
mod desk;
mod doctor;
mod import;
mod keys;
mod look;
mod migrate;
mod money;
mod operators;
mod payments;
mod plans;
mod queues;
mod restored;
mod rollout;
mod secrets;
mod stage;
mod status;
mod story;
mod support;
mod wrong;
