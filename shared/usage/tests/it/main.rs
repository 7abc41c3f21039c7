//! Usage in a real database.

mod days;
mod leases;
