//! Settings of this crate.

use kernel::env::{Env, Section, Setting};

use crate::address::Address;

const CONTACT: Setting = Setting::optional(
    "CONTACT_ADDRESS",
    "hello@example.com",
    "Where messages of the contact form are sent. Not set: they are kept, and sent nowhere.",
);

pub const SETTINGS: Section = Section {
    title: "Contact form",
    settings: &[CONTACT],
};

/// Who gets what strangers write.
#[derive(Clone, Debug)]
pub struct MailConfig {
    pub contact: Option<Address>,
}

impl MailConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let contact = env.optional(&CONTACT).map(|text| Address::parse(&text));
        let contact = contact.transpose();
        Self {
            contact: contact.unwrap_or_else(|why| {
                env.fault(&CONTACT, why);
                None
            }),
        }
    }
}
