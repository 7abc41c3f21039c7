//! Organizations: accounts with members, their roles, and invitations.
//!
//! Whatever changes members or invitations enters first ([`guard`]): it locks the account's row until the
//! transaction ends, and asks again what the actor may. So all changes of one organization come one after the
//! other, and "an organization has an owner" is a question about rows that nobody else changes.

pub mod estate;
pub mod guard;
pub mod invitation_rows;
pub mod invitations;
pub mod members;
pub mod model;
pub mod organization;
pub mod queries;
pub mod roles;
pub mod rules;
