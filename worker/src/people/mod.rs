//! What people asked about their data: a copy of it, or its end (docs/PRIVACY.md).

mod archive;
mod delete_data;
mod export_data;
mod sweep_archives;
mod tell_deletion;
mod tell_export;
