//! The migrated database: its tables, the rights of its roles, and the way there and back.

mod isolation;
mod locking;
mod migrations;
mod schema_file;
mod tables;
mod upgrade;
