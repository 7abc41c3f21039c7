//! Invoices, receipts and credit notes: what a person was asked for and has paid, numbered without gaps.
//!
//! One is issued in the transaction that grants, and a credit note in the one that takes back; what a process of the previous
//! release has left out is issued by [`jobs::IssueInvoices`].

pub mod billing;
pub mod config;
pub mod issue;
pub mod jobs;
pub mod lacking;
pub mod letters;
pub mod links;
pub mod model;
pub mod queries;
pub mod rules;
pub mod texts;
