//! An order: as the client wrote it, and as it can be sold.

use kernel::Error;
use money::codes::STARS_ALONE;
use money::payments::model::PaymentProvider;
use money::payments::rules;
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::{model, queries};
use people::idempotency::queries::Fingerprint;
use people::users::model::PersonKey;
use rust_decimal::Decimal;
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;
use vendors::payment::PaymentConfig;

use crate::http::extract::Caller;
use crate::http::idempotency;
use crate::state::ApiState;

/// The longest address that people are sent back to, in bytes.
const URL_MAX: usize = 2_000;

/// What to buy.
// As it was written: [`Order::of`] tells what is missing from what is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purchase {
    /// BASIC, ADVANCED or PREMIUM.
    #[schema(value_type = String, required, pattern = "^(BASIC|ADVANCED|PREMIUM)$", example = "BASIC")]
    tier: Option<String>,
    #[schema(value_type = PaymentProvider, required)]
    provider: Option<String>,
    /// Where the bank's page sends people back to: https, and a host that is allowed here. Telegram
    /// Stars stay in Telegram and need none.
    #[schema(format = "uri", max_length = 2000)]
    return_url: Option<String>,
}

/// What can be sold.
pub(super) struct Order {
    pub tier: SubscriptionTier,
    pub provider: PaymentProvider,
    pub return_url: Option<Url>,
}

impl Order {
    /// Judges what was written.
    ///
    /// # Errors
    /// E104 and E105 for what is missing or wrong.
    pub(super) fn of(written: Purchase, return_hosts: &[String]) -> Result<Self, Error> {
        let tier = written
            .tier
            .ok_or_else(|| Error::missing("tier", "which plan?"))?;
        let tier = SubscriptionTier::parse(&tier).filter(|tier| model::is_for_sale(*tier));
        let provider = written
            .provider
            .ok_or_else(|| Error::missing("provider", format!("one of {}", providers())))?;
        let provider = PaymentProvider::parse(&provider)
            .ok_or_else(|| Error::invalid("provider", format!("must be one of {}", providers())))?;
        Ok(Self {
            tier: tier
                .ok_or_else(|| Error::invalid("tier", "must be BASIC, ADVANCED or PREMIUM"))?,
            provider,
            return_url: written
                .return_url
                .map(|url| return_url(&url, return_hosts))
                .transpose()?,
        })
    }

    /// Refuses other money than Stars inside Telegram, whose terms (6.2) allow nothing else for digital goods. A
    /// service may sell elsewhere.
    ///
    /// # Errors
    /// E405.
    pub(super) fn judge(&self, caller: &Caller, config: &PaymentConfig) -> Result<(), Error> {
        let inside = matches!(caller, Caller::Person(_));
        if inside && self.provider != PaymentProvider::TelegramStars && !config.roubles_in_telegram
        {
            return Err(Error::Invalid {
                code: STARS_ALONE,
                field: "provider",
                why: "must be telegram_stars".to_owned(),
            });
        }
        Ok(())
    }

    /// The same for the same order of the same person, however its JSON is written.
    pub(super) fn fingerprint(&self, person: PersonKey) -> Fingerprint {
        let parts = [
            &person.bytes()[..],
            self.tier.as_str().as_bytes(),
            self.provider.as_str().as_bytes(),
            self.return_url.as_ref().map_or("", Url::as_str).as_bytes(),
        ];
        idempotency::fingerprint("POST /v1/subscriptions/purchase", &parts)
    }

    /// What it costs, in whole units of the currency.
    ///
    /// # Errors
    /// E105 for a plan that is not for sale; those of the database.
    pub(super) async fn price(&self, state: &ApiState, currency: &str) -> Result<Decimal, Error> {
        let plan = queries::plan(&mut *state.db().await?, self.tier).await?;
        plan.and_then(|plan| rules::price(&plan, currency))
            .ok_or_else(|| Error::invalid("tier", "not for sale with this provider"))
    }
}

fn providers() -> String {
    PaymentProvider::ALL
        .iter()
        .map(|provider| provider.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn return_url(written: &str, hosts: &[String]) -> Result<Url, Error> {
    let refuse = |why: &str| Error::invalid("return_url", why);
    if written.len() > URL_MAX {
        return Err(refuse("too long"));
    }
    let url = Url::parse(written).map_err(|_| refuse("not a URL"))?;
    if !rules::may_return_to(&url, hosts) {
        return Err(refuse("must be https, with a host that is allowed here"));
    }
    Ok(url)
}
