//! Settings of the payment gateways.

use kernel::env::{Env, Section, Setting};

use super::btcpay::BtcpayConfig;
use super::cloudpayments::CloudPaymentsConfig;
use super::comgate::ComgateConfig;
use super::paypal::PaypalConfig;
use super::stripe::StripeConfig;
use super::tinkoff::TinkoffConfig;

const ROUBLES_IN_TELEGRAM: Setting = Setting::new(
    "PAYMENTS_ROUBLES_IN_TELEGRAM",
    "false",
    "Whether the bot's chat and the Mini App offer prices in roubles beside those in Stars. Telegram's terms \
     (6.2) allow Stars alone for digital goods.",
);

pub const SETTINGS: Section = Section {
    title: "Payments",
    settings: &[ROUBLES_IN_TELEGRAM],
};

/// The gateways that are configured.
#[derive(Clone, Debug, Default)]
pub struct PaymentConfig {
    /// T-Bank (once Tinkoff).
    pub tinkoff: Option<TinkoffConfig>,
    pub stripe: Option<StripeConfig>,
    pub paypal: Option<PaypalConfig>,
    pub cloudpayments: Option<CloudPaymentsConfig>,
    /// BTCPay Server.
    pub btcpay: Option<BtcpayConfig>,
    /// Comgate.
    pub comgate: Option<ComgateConfig>,
    /// Whether the bot's chat and the Mini App may offer prices in roubles.
    pub roubles_in_telegram: bool,
}

impl PaymentConfig {
    /// Whether persons inside Telegram can pay in roubles.
    pub fn offers_roubles_in_telegram(&self) -> bool {
        self.roubles_in_telegram && self.tinkoff.is_some()
    }

    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            roubles_in_telegram: env.value(&ROUBLES_IN_TELEGRAM),
            tinkoff: TinkoffConfig::read(env),
            stripe: StripeConfig::read(env),
            paypal: PaypalConfig::read(env),
            cloudpayments: CloudPaymentsConfig::read(env),
            btcpay: BtcpayConfig::read(env),
            comgate: ComgateConfig::read(env),
        }
    }
}
