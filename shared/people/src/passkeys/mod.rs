//! Passkeys: what sections 7.1 and 7.2 of Web Authentication, level 3 (<https://www.w3.org/TR/webauthn-3/>) ask of a relying
//! party, for credentials that the authenticator finds by itself and uses for a person whom it has verified. Such a passkey
//! is two factors in one. No attestation is asked for, and none is looked at: people may use what authenticator they like.

pub mod authenticator_data;
mod cbor;
pub mod ceremony;
pub mod challenges;
pub mod client_data;
pub mod keys;
pub mod proofs;
pub mod queries;
pub mod wire;

/// Why something is no proof, for a developer: nothing of it is secret.
pub type Flaw = &'static str;
