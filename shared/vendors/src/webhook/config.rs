//! Settings of customers' webhooks.

use kernel::env::{Env, Section, Setting};

use crate::internet::Internet;

const NEAR: Setting = Setting::new(
    "WEBHOOKS_TO_THIS_MACHINE",
    "false",
    "true: webhooks of customers may lead to any address, by http too, that of this machine among them. For a machine of one's \
     own alone: otherwise a customer would call what is behind the firewall.",
);

pub const SETTINGS: Section = Section {
    title: "Webhooks of customers",
    settings: &[NEAR],
};

/// Where webhooks may lead.
#[derive(Clone, Copy, Debug)]
pub struct WebhookConfig {
    pub internet: Internet,
}

impl WebhookConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let is_near = env.value(&NEAR);
        if is_near {
            env.weakness(
                &NEAR,
                "a customer could have this machine call its neighbours",
            );
        }
        Self {
            internet: Internet { is_near },
        }
    }
}
