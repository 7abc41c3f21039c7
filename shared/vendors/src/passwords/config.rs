//! Settings of the list of leaked passwords.

use kernel::env::{Env, Section, Setting};
use url::Url;

const URL: Setting = Setting::optional(
    "LEAKED_PASSWORDS_URL",
    "https://api.pwnedpasswords.com",
    "A list of leaked passwords that new ones are looked up in, by the range API of Have I Been Pwned: it learns five \
     digits of a hash. Not set: none is asked.",
);

pub const SETTINGS: Section = Section {
    title: "Leaked passwords",
    settings: &[URL],
};

/// Which list is asked.
#[derive(Clone, Debug)]
pub struct PasswordsConfig {
    pub url: Option<Url>,
}

impl PasswordsConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            url: env.optional_url_anywhere(&URL),
        }
    }
}
