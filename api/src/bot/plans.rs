//! Buttons of plans: the trial, buying a month, cancelling, and reminders.

use audit::model::Origin;
use bot::jobs::Notice;
use bot::pages::plans::{News, View};
use bot::reminders::{self, LimitFree};
use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use money::meters;
use money::payments::messages::SendInvoice;
use money::payments::model::{PaymentProvider, Wanted};
use money::payments::{self, orders};
use money::subscriptions::model::{SubscriptionTier, is_for_sale};
use money::subscriptions::{change, prices};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;
use crate::state::ApiState;

/// The page of plans, under what has just happened.
pub(super) fn overview(state: &ApiState, news: Option<News>) -> Notice {
    let roubles = state.core.config.payment.roubles_in_telegram;
    Notice::Plans(View::Overview { roubles, news })
}

/// Takes a pressed button.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let parts: Vec<&str> = what.split(':').collect();
    let mut tickets = Vec::new();
    let news = match parts[..] {
        ["show"] => None,
        ["trial"] => Some(trial(conn, state, user_id).await?),
        ["free"] => leave_trial(conn, state, user_id).await?,
        ["end"] => {
            return notices::turn(conn, event, user_id, Notice::Plans(View::ConfirmEnd)).await;
        }
        ["end", "yes"] => Some(end(conn, state, user_id).await?),
        ["remind"] => {
            tickets = remind(conn, state, event, user_id).await?;
            (!tickets.is_empty()).then_some(News::Reminder)
        }
        ["buy", tier] => match buy(conn, state, event, user_id, (tier, STARS)).await? {
            Some(invoice) => return Ok(vec![invoice]),
            None => Some(News::NotForSale),
        },
        ["buy", tier, provider] => {
            let provider = PaymentProvider::parse(provider)
                .filter(|_| state.core.config.payment.roubles_in_telegram);
            let wanted = (tier, provider.unwrap_or(STARS));
            match buy(conn, state, event, user_id, wanted).await? {
                Some(invoice) => return Ok(vec![invoice]),
                None => Some(News::NotForSale),
            }
        }
        _ => return Ok(Vec::new()),
    };
    tickets.extend(notices::turn(conn, event, user_id, overview(state, news)).await?);
    Ok(tickets)
}

/// How long the same order is not begun again.
const SAME: TimeDelta = TimeDelta::hours(1);

/// Telegram's terms (6.2) allow nothing else for digital goods.
const STARS: PaymentProvider = PaymentProvider::TelegramStars;

async fn trial(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    user_id: Uuid,
) -> Result<News, Error> {
    let (origin, now) = (Origin::own("telegram"), state.core.clock.now());
    match change::begin_trial(conn, user_id, &origin, now).await {
        Ok(_) => Ok(News::TrialBegun),
        Err(Error::Conflict(_)) => Ok(News::NoTrial),
        Err(why) => Err(why),
    }
}

async fn end(conn: &mut AsyncPgConnection, state: &ApiState, user_id: Uuid) -> Result<News, Error> {
    let (origin, now) = (Origin::own("telegram"), state.core.clock.now());
    change::cancel(conn, user_id, &origin, now).await?;
    Ok(News::Ended)
}

/// Goes on for free after the trial. An old button must not cancel what was bought since.
async fn leave_trial(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    user_id: Uuid,
) -> Result<Option<News>, Error> {
    let usage = meters::queries::usage(conn, user_id).await?;
    if !meters::rules::is_trial_over(&usage, state.core.clock.now()) {
        return Ok(None);
    }
    Ok(Some(end(conn, state, user_id).await?))
}

async fn remind(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Vec<Ticket>, Error> {
    let usage = meters::queries::usage(conn, user_id).await?;
    let reminder = LimitFree {
        user_id,
        by_button: true,
        chat_id: event.chat_id,
        due: 0,
    };
    let now = state.core.clock.now();
    let ticket = reminders::enqueue(conn, reminder, &usage, now).await?;
    Ok(ticket.into_iter().collect())
}

/// Writes the intent to pay, as a purchase by the API does, and enqueues the invoice. `None`: not for sale.
async fn buy(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    (tier, provider): (&str, PaymentProvider),
) -> Result<Option<Ticket>, Error> {
    let tier = SubscriptionTier::parse(tier).filter(|tier| is_for_sale(*tier));
    let gateway = state.core.providers.gateways.get(provider.as_str());
    let (Some(tier), Ok(gateway)) = (tier, gateway) else {
        return Ok(None);
    };
    let currency = gateway.terms().currencies[0];
    let Some(amount) = prices::price(conn, tier, currency).await? else {
        return Ok(None);
    };
    let wanted = Wanted {
        user_id,
        tier,
        provider,
        amount,
        currency: currency.to_owned(),
        renew: false,
    };
    let payment_id =
        match payments::places::pending(conn, &wanted, state.core.clock.now() - SAME).await? {
            Some(id) => id,
            None => {
                orders::intend(conn, &wanted, &Origin::own("telegram"))
                    .await?
                    .id
            }
        };
    let invoice = SendInvoice {
        user_id,
        payment_id,
        chat_id: event.chat_id,
        replaces: Some(event.message_id),
    };
    Ok(Some(ledger::enqueue(conn, &invoice).await?))
}
