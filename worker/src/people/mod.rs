//! Export and deletion of personal data (docs/PRIVACY.md).

mod archive;
mod delete_data;
mod export_data;
mod sweep_archives;
mod tell_deletion;
mod tell_export;
