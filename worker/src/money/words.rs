//! What a person is told about money, if it is still so.

use bot::pages::plans::after_payment;
use bot::pages::{moment, to_plans};
use chrono::{DateTime, Utc};
use delivery::html::escape;
use diesel_async::AsyncPgConnection;
use kernel::Language;
use money::accounts;
use money::news::News;
use money::payments::model::{Payment, PaymentStatus};
use money::payments::{queries as payments, texts};
use money::refunds::model::RefundState;
use money::refunds::queries as refunds;
use money::renewals::model::RenewalState;
use money::renewals::rules::is_last_try;
use money::renewals::{queries as renewals, texts as of_renewals};
use money::subscriptions::model::{SubscriptionStatus, SubscriptionTier};
use money::subscriptions::queries as subscriptions;
use people::users::model::User;
use product::public_url::PublicUrl;
use uuid::Uuid;
use vendors::messenger::Keyboard;

use crate::state::WorkerState;
use runtime::handler::JobError;

/// News in words.
pub(super) struct Words {
    /// In Telegram's HTML.
    pub html: String,
    /// Whose money it is.
    account: Uuid,
    /// The name of that, if it is an organization.
    pub organization: Option<String>,
}

impl Words {
    /// As they stand in a chat, where nothing else says whose money it is.
    pub fn in_chat(&self) -> String {
        match &self.organization {
            Some(name) => format!("<b>{}</b>\n\n{}", escape(name), self.html),
            None => self.html.clone(),
        }
    }

    /// Where the plans are, on the web.
    pub fn plans(&self, public_url: &PublicUrl) -> String {
        match self.organization {
            Some(_) => public_url.at(&format!("/checkout?account={}", self.account)),
            None => public_url.at("/checkout"),
        }
    }

    /// The buttons under them in a chat: what they lead to is the person's own.
    pub fn keyboard(&self, news: &News, language: Language) -> Keyboard {
        if self.organization.is_some() {
            return Keyboard::new();
        }
        match news {
            News::Paid { .. } => Keyboard::new(),
            News::TrialEnding { .. } => vec![vec![to_plans(language)]],
            _ => after_payment(language),
        }
    }
}

/// Whose money it is, and the text.
type Found = Option<(Uuid, String)>;

/// The news for a person; `None`: it is not so any more, or they do not want to know it.
pub(super) async fn words(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    user: &User,
    news: &News,
) -> Result<Option<Words>, JobError> {
    let language = user.language();
    let found = match *news {
        News::Paid { payment_id } => paid(state, conn, user, payment_id).await?,
        News::Refused { payment_id } => {
            let text = |payment: &Payment| {
                texts::refused(payment.tier, payment.error_code.as_deref(), language)
            };
            ended(conn, payment_id, PaymentStatus::Failed, text).await?
        }
        News::Refunded { payment_id } => {
            let text = |payment: &Payment| {
                let price = texts::price(payment.amount, &payment.currency);
                texts::refunded(payment.tier, &price, language)
            };
            ended(conn, payment_id, PaymentStatus::Refunded, text).await?
        }
        News::PartlyRefunded { payment_id } => {
            let text = |payment: &Payment| {
                let sum = |amount| texts::price(amount, &payment.currency);
                let (gone, price) = (sum(payment.returned), sum(payment.amount));
                texts::partly_refunded(payment.tier, (&gone, &price), language)
            };
            ended(conn, payment_id, PaymentStatus::Succeeded, text).await?
        }
        News::ToClaim { refund_id } => to_claim(state, conn, refund_id, language).await?,
        News::RenewalFailed { account } => renewal_failed(conn, user, account).await?,
        News::PlanEnded { account, tier } => {
            plan_ended(state, conn, (account, tier), language).await?
        }
        News::TrialEnding { ends_at } => trial_ending(state, conn, user, ends_at).await?,
    };
    let Some((account, html)) = found else {
        return Ok(None);
    };
    let organization = accounts::organization(conn, account).await?;
    Ok(Some(Words {
        html,
        account,
        organization,
    }))
}

async fn paid(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    user: &User,
    payment_id: Uuid,
) -> Result<Found, JobError> {
    let Some(payment) = payments::find(conn, payment_id).await? else {
        return Ok(None);
    };
    // Not for a refunded payment, nor for one of an account that is gone.
    let (Some(window), Some(account)) = (payment.window(), payment.user_id) else {
        return Ok(None);
    };
    let is_told = payment.told_at.is_some() && account == user.id;
    if !payment.is_succeeded() || is_told {
        return Ok(None);
    }
    let now = state.core.clock.now();
    let language = user.language();
    let html = texts::success(window.tier, window.from, window.until, now, language);
    Ok(Some((account, html)))
}

/// The text, if the payment is still so: a refused one may have been paid meanwhile.
async fn ended(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
    status: PaymentStatus,
    text: impl FnOnce(&Payment) -> String,
) -> Result<Found, JobError> {
    let payment = payments::find(conn, payment_id).await?;
    let payment = payment.filter(|payment| payment.status == status);
    Ok(payment.and_then(|payment| Some((payment.user_id?, text(&payment)))))
}

async fn to_claim(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    refund_id: Uuid,
    language: Language,
) -> Result<Found, JobError> {
    let refund = refunds::find(conn, refund_id).await?;
    let Some(refund) = refund.filter(|one| one.state == RefundState::Underway) else {
        return Ok(None);
    };
    let Some(payment) = payments::find(conn, refund.payment_id).await? else {
        return Ok(None);
    };
    let gateways = &state.core.providers.gateways;
    let page = gateways.claim_page(payment.provider.as_str(), refund.number.as_deref());
    let (Some(page), Some(account)) = (page, payment.user_id) else {
        return Ok(None);
    };
    let sum = texts::price(refund.amount, &refund.currency);
    let html = texts::to_claim(payment.tier, (&sum, page.as_str()), language);
    Ok(Some((account, html)))
}

async fn renewal_failed(
    conn: &mut AsyncPgConnection,
    user: &User,
    account: Uuid,
) -> Result<Found, JobError> {
    let renewal = renewals::find(conn, account).await?;
    // Paid, or ended, meanwhile.
    let renewal = renewal.filter(|one| one.state == RenewalState::PastDue);
    let Some((renewal, until)) = renewal.and_then(|one| Some((one.clone(), one.access_until?)))
    else {
        return Ok(None);
    };
    let until = moment(conn, user, until).await?;
    let again = match renewal.charges_at() {
        Some(at) => Some(moment(conn, user, at).await?),
        None => None,
    };
    let again = (again.as_deref(), is_last_try(&renewal));
    let html = of_renewals::failed(renewal.tier, &until, again, user.language());
    Ok(Some((account, html)))
}

async fn plan_ended(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    (account, tier): (Uuid, SubscriptionTier),
    language: Language,
) -> Result<Found, JobError> {
    let Some(subscription) = subscriptions::of_account(conn, account).await? else {
        return Ok(None);
    };
    let now = subscriptions::by_now(conn, &subscription, state.core.clock.now()).await?;
    // Bought again meanwhile.
    let is_over = now.tier != tier;
    Ok(is_over.then(|| (account, texts::plan_ended(tier, now.tier, language))))
}

async fn trial_ending(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    user: &User,
    ends_at: DateTime<Utc>,
) -> Result<Found, JobError> {
    let Some(subscription) = subscriptions::of_account(conn, user.id).await? else {
        return Ok(None);
    };
    let runs = subscription.tier == SubscriptionTier::Trial
        && subscription.status == SubscriptionStatus::Active
        && ends_at > state.core.clock.now();
    if !runs || !user.notices.trial_ending {
        return Ok(None);
    }
    let when = moment(conn, user, ends_at).await?;
    Ok(Some((user.id, texts::trial_ending(&when, user.language()))))
}
