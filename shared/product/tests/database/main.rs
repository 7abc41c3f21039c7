//! The migrated database: its tables, the rights of its roles, and the way back.

mod isolation;
mod migrations;
mod schema;
mod tables;
