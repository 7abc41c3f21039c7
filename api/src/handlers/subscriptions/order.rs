//! What somebody wants to buy, as they wrote it, and as it can be sold.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use shared::features::payments::model::PaymentProvider;
use shared::features::payments::rules;
use shared::features::subscriptions::{model, queries};
use shared::features::users::model::SubscriptionTier;
use shared::{Error, ErrorCode};
use url::Url;
use utoipa::ToSchema;

use crate::state::ApiState;

/// The longest address that people are sent back to, in bytes.
const URL_MAX: usize = 2_000;

/// What to buy.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "read by utoipa alone")]
pub(crate) struct Purchase {
    /// BASIC, ADVANCED or PREMIUM.
    #[schema(value_type = String, pattern = "^(BASIC|ADVANCED|PREMIUM)$", example = "BASIC")]
    tier: SubscriptionTier,
    provider: PaymentProvider,
    /// Where the bank's page sends people back to: https, and a host that is allowed here. Telegram
    /// Stars stay in Telegram and need none.
    #[schema(format = "uri", max_length = 2000)]
    return_url: Option<String>,
}

/// The same, before it is judged.
#[derive(Deserialize)]
struct Written {
    tier: Option<String>,
    provider: Option<String>,
    return_url: Option<String>,
}

/// What can be sold.
pub(super) struct Order {
    pub tier: SubscriptionTier,
    pub provider: PaymentProvider,
    pub return_url: Option<Url>,
}

impl Order {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// E104 and E105 for what is missing or wrong.
    pub(super) fn read(body: &[u8], return_hosts: &[String]) -> Result<Self, Error> {
        let written: Written = serde_json::from_slice(body)
            .map_err(|why| Error::invalid("body", format!("not the JSON we expect: {why}")))?;
        let tier = written
            .tier
            .ok_or_else(|| Error::missing("tier", "which plan?"))?;
        let tier = SubscriptionTier::parse(&tier).filter(|tier| model::is_for_sale(*tier));
        let provider = written
            .provider
            .ok_or_else(|| Error::missing("provider", "who takes the money?"))?;
        let provider = PaymentProvider::parse(&provider).ok_or_else(|| {
            Error::invalid(
                "provider",
                "it must be telegram_stars, sbp_tinkoff or cloudpayments",
            )
        })?;
        Ok(Self {
            tier: tier
                .ok_or_else(|| Error::invalid("tier", "it must be BASIC, ADVANCED or PREMIUM"))?,
            provider,
            return_url: written
                .return_url
                .map(|url| return_url(&url, return_hosts))
                .transpose()?,
        })
    }

    /// What it costs, in whole units of the provider's currency.
    ///
    /// # Errors
    /// E404 (400) for a provider that is not configured; E105 for a plan that is not for sale;
    /// those of the database.
    pub(super) async fn price(&self, state: &ApiState) -> Result<Decimal, Error> {
        let available = match self.provider {
            PaymentProvider::TelegramStars => true,
            PaymentProvider::SbpTinkoff => state.core.providers.payment.is_available(),
            PaymentProvider::Cloudpayments => false,
        };
        if !available {
            return Err(Error::Invalid {
                code: ErrorCode::PaymentProviderError,
                field: "provider",
                why: "it is not available here".to_owned(),
            });
        }
        let plan = queries::plan(&mut *state.db().await?, self.tier).await?;
        plan.and_then(|plan| rules::price(&plan, self.provider))
            .ok_or_else(|| Error::invalid("tier", "it is not for sale with this provider"))
    }
}

fn return_url(written: &str, hosts: &[String]) -> Result<Url, Error> {
    let refuse = |why: &str| Error::invalid("return_url", why);
    if written.len() > URL_MAX {
        return Err(refuse("it is too long"));
    }
    let url = Url::parse(written).map_err(|_| refuse("it is not an address"))?;
    if !rules::may_return_to(&url, hosts) {
        return Err(refuse(
            "it must be https and of a host that is allowed here",
        ));
    }
    Ok(url)
}
