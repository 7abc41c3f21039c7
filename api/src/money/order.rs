//! An order: as the client wrote it, and as it can be sold.

use kernel::Error;
use money::codes::STARS_ALONE;
use money::payments::model::PaymentProvider;
use money::payments::rules;
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::{model, prices};
use people::idempotency::queries::Fingerprint;
use people::users::model::PersonKey;
use rust_decimal::Decimal;
use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;
use vendors::payment::{Renewal, Terms};

use crate::http::extract::{Caller, Paying};
use crate::http::idempotency;
use crate::money::checkout;
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
    /// ISO 4217, one that the provider takes and the plan has a price in. Not given: the provider's first.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: Option<String>,
    /// Whether the plan is renewed: the vendor keeps what is paid with, and it is charged each month until the subscription
    /// is cancelled. Not given: one month, and no more.
    renew: Option<bool>,
}

impl Purchase {
    /// One month of a plan by this provider, or more with `renew`.
    pub(super) fn by(
        provider: PaymentProvider,
        tier: Option<String>,
        currency: Option<String>,
        renew: Option<bool>,
    ) -> Self {
        Self {
            tier,
            provider: Some(provider.as_str().to_owned()),
            return_url: None,
            currency,
            renew,
        }
    }

    /// The same, renewed unless it says otherwise.
    pub(super) fn renewed(self) -> Self {
        Self {
            renew: self.renew.or(Some(true)),
            ..self
        }
    }
}

/// What can be sold.
pub(super) struct Order {
    pub tier: SubscriptionTier,
    pub provider: PaymentProvider,
    pub return_url: Option<Url>,
    pub renew: bool,
    currency: Option<String>,
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
        if CLOSED.contains(&provider.as_str()) {
            return Err(closed());
        }
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
            renew: written.renew.unwrap_or_default(),
            currency: written.currency,
        })
    }

    /// Refuses other money than Stars inside Telegram, whose terms (6.2) allow nothing else for digital goods. A
    /// service may sell elsewhere.
    ///
    /// # Errors
    /// E405.
    pub(super) fn judge(&self, caller: &Caller, state: &ApiState) -> Result<(), Error> {
        let is_other = self.provider != PaymentProvider::TelegramStars;
        if is_other && is_inside(caller) && !state.core.config.payment.roubles_in_telegram {
            let there = checkout::address(state);
            return Err(Error::Invalid {
                code: STARS_ALONE,
                field: "provider",
                why: format!("must be telegram_stars; other money is taken at {there}"),
            });
        }
        Ok(())
    }

    /// Refuses Stars of an organization: they are those of one person's Telegram account, to which they would go back, and
    /// which Telegram would charge again.
    ///
    /// # Errors
    /// E105.
    pub(super) fn judge_account(&self, paying: &Paying) -> Result<(), Error> {
        if paying.is_organization() && self.provider == PaymentProvider::TelegramStars {
            let why = "Stars are a person's own: an organization pays with another provider";
            return Err(Error::invalid("provider", why));
        }
        Ok(())
    }

    /// Refuses to renew what cannot be: the vendor keeps nothing, or there is no key to seal it with.
    ///
    /// # Errors
    /// E105, which names the providers that can; `Conflict` without a key.
    pub(super) fn judge_renewal(&self, state: &ApiState) -> Result<(), Error> {
        if !self.renew {
            return Ok(());
        }
        let gateways = &state.core.providers.gateways;
        let renewal = gateways.get(self.provider.as_str())?.terms().renewal;
        if renewal == Renewal::Never {
            let can = gateways.terms().filter(|one| one.renewal != Renewal::Never);
            let can: Vec<&str> = can.map(|one| one.provider).collect();
            let why = format!("does not renew; these do: {}", can.join(", "));
            return Err(Error::invalid("provider", why));
        }
        if renewal == Renewal::BySaved && !state.core.config.vault.can_seal() {
            let why = "the operator has to set ENCRYPTION_KEY before a plan can be renewed";
            return Err(Error::Conflict(why.to_owned()));
        }
        Ok(())
    }

    /// Where the page sends people back to: on the web, if nothing else is written, to the page that waits for the
    /// money.
    pub(super) fn return_url(
        &self,
        paying: &Paying,
        state: &ApiState,
        payment: Uuid,
    ) -> Option<Url> {
        let (caller, account) = (&paying.caller, paying.account);
        let organization = paying.is_organization().then_some(account);
        let own = || Url::parse(&checkout::return_address(state, payment, organization)).ok();
        let is_on_the_web = matches!(caller, Caller::Person(_)) && !is_inside(caller);
        self.return_url
            .clone()
            .or_else(|| own().filter(|_| is_on_the_web))
    }

    /// The same for the same order of the same person by the same operation, however its JSON is written.
    pub(super) fn fingerprint(&self, operation: &str, person: PersonKey) -> Fingerprint {
        let bytes = person.bytes();
        let mut parts = vec![
            &bytes[..],
            self.tier.as_str().as_bytes(),
            self.provider.as_str().as_bytes(),
            self.return_url.as_ref().map_or("", Url::as_str).as_bytes(),
            self.currency.as_deref().unwrap_or_default().as_bytes(),
        ];
        // Without it the same as by a process of the previous release.
        parts.extend(self.renew.then_some(&b"renew"[..]));
        idempotency::fingerprint(operation, &parts)
    }

    /// What it costs, in whole units of a currency that a gateway with these terms takes.
    ///
    /// # Errors
    /// E105 for a currency that it does not take, and a plan that is not for sale; those of the database.
    pub(super) async fn price(
        &self,
        state: &ApiState,
        terms: &Terms,
    ) -> Result<(Decimal, &'static str), Error> {
        let wanted = match &self.currency {
            None => terms.currencies.first(),
            Some(wanted) => terms.currencies.iter().find(|one| *one == wanted),
        };
        let currency = wanted.ok_or_else(|| {
            let all = terms.currencies.join(", ");
            Error::invalid("currency", format!("this provider takes {all}"))
        })?;
        let price = prices::price(&mut *state.db().await?, self.tier, currency).await?;
        let price =
            price.ok_or_else(|| Error::invalid("tier", format!("not for sale in {currency}")))?;
        Ok((price, currency))
    }
}

/// Whether a person asks from inside Telegram: by its proof, or a session that began with it.
fn is_inside(caller: &Caller) -> bool {
    matches!(caller, Caller::Person(whom) if whom.telegram_id().is_some())
}

/// Coinbase Commerce was closed on 31 March 2026, so that there is no account to take money with. Documents from before
/// ask for it.
const CLOSED: [&str; 2] = ["coinbase", "coinbase_commerce"];

fn closed() -> Error {
    Error::Invalid {
        code: vendors::codes::PAYMENT_PROVIDER_ERROR,
        field: "provider",
        why:
            "Coinbase Commerce was closed on 2026-03-31: crypto is paid with btcpay (BTCPay Server)"
                .to_owned(),
    }
}

fn providers() -> String {
    PaymentProvider::ALL
        .iter()
        .map(|provider| provider.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// An address that people may be sent back to.
///
/// # Errors
/// E105.
pub(super) fn return_url(written: &str, hosts: &[String]) -> Result<Url, Error> {
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
