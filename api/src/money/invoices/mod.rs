//! Invoices, receipts and credit notes as a person sees them, and what they want to see on them.

pub(crate) mod billing;
mod document;
pub(crate) mod fonts;
pub(crate) mod letters;
pub(crate) mod linked;
pub(crate) mod pdf;
pub(crate) mod show;
