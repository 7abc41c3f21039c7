//! The ledger at its functions, in a real database. Tests with running workers stand in
//! `worker/tests/`.

mod cron;
mod ledger;
