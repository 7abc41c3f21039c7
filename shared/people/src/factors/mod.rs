//! Second factors: codes of an app, passkeys, and recovery codes; and what has to be proved anew.

pub mod acts;
pub mod passkeys;
pub mod queries;
pub mod recovery;
pub mod reseal;
pub mod step_up;
pub mod totp;
pub mod vault;
