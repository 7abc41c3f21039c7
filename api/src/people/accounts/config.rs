//! How accounts are made.

use kernel::env::{Env, Section, Setting};
use people::sessions::AccessKeys;

const HIDE_EXISTENCE: Setting = Setting::new(
    "ACCOUNTS_HIDE_EXISTENCE",
    "true",
    "Whether an answer hides which addresses have an account: a sign-up is answered 202, proves the address by a \
     letter, and then signs in. `false`: 201 with tokens at once, 409 for a known address.",
);

pub(crate) const SETTINGS: Section = Section {
    title: "Accounts by e-mail",
    settings: &[HIDE_EXISTENCE],
};

/// How accounts are made.
#[derive(Clone)]
pub struct AccountsConfig {
    pub hide_existence: bool,
    pub keys: AccessKeys,
}

impl AccountsConfig {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            hide_existence: env.value(&HIDE_EXISTENCE),
            keys: AccessKeys::read(env),
        }
    }
}
