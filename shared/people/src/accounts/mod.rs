//! Accounts by e-mail: what is asked for an address, links in letters, passwords, and how often one may try
//! (docs/ACCOUNTS.md).
//!
//! Nobody learns whether an address is known: the request path writes down what is asked for ([`requests`]) and answers
//! the same for all; a job looks ([`decide`]) and writes to the one who owns the address.

pub mod changes;
pub mod decide;
pub mod jobs;
pub mod letters;
pub mod linking;
pub mod links;
pub mod model;
pub mod moves;
pub mod queries;
pub mod requests;
pub mod start_links;
pub mod throttle;
pub mod tokens;
pub mod tries;
