//! Settings of CloudPayments.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const PUBLIC_ID: Setting = Setting::optional(
    "CLOUDPAYMENTS_PUBLIC_ID",
    "pk_0123456789abcdef0123456789abc",
    "The Public ID of the site at CloudPayments. Not set, nor its secret: there are no payments by it.",
);
const API_SECRET: Setting = Setting::optional(
    "CLOUDPAYMENTS_API_SECRET",
    "the site's API secret",
    "The site's API secret; it signs the notifications, too. Not set: a fault if there is a Public ID.",
)
.secret();
const API_URL: Setting = Setting::new(
    "CLOUDPAYMENTS_API_URL",
    "https://api.cloudpayments.ru",
    "Where CloudPayments is. Its notifications go to \
     /v1/webhooks/payments/cloudpayments/{check|pay|fail|confirm|refund|cancel}, as its cabinet is told.",
);
const TIMEOUT: Setting = Setting::new(
    "CLOUDPAYMENTS_TIMEOUT_SECONDS",
    "15",
    "For one call of CloudPayments.",
);

pub const SETTINGS: Section = Section {
    title: "Payments: CloudPayments",
    settings: &[PUBLIC_ID, API_SECRET, API_URL, TIMEOUT],
};

/// Settings of a site at CloudPayments.
#[derive(Clone)]
pub struct CloudPaymentsConfig {
    pub public_id: String,
    /// The password of calls, and the key of the signature of notifications.
    pub api_secret: String,
    pub api_url: Url,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for CloudPaymentsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CloudPayments({}, {})", self.api_url, self.public_id)
    }
}

impl CloudPaymentsConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no site.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let (site, secret) = (env.optional(&PUBLIC_ID), env.optional(&API_SECRET));
        let api_url = env.url_anywhere(&API_URL);
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        if site.is_none() && secret.is_none() {
            return None;
        }
        env.leads_to(&API_URL, &api_url);
        // Half of a credential must fail at start, not with the first buyer.
        Some(Self {
            public_id: env.required(&PUBLIC_ID),
            api_secret: env.required(&API_SECRET),
            api_url,
            timeout,
        })
    }
}
