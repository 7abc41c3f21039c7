//! Telegram Stars, from the bot's own webhook and from `POST /v1/webhooks/payments/telegram`, which
//! is for a program that receives the updates first and forwards those about money, as n8n may.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use diesel::OptionalExtension;
use kernel::telemetry::report;
use kernel::{Error, Language};
use money::payments::model::{Event, PaymentProvider};
use money::payments::{queries, rules, texts};
use people::users;
use vendors::ProviderErrorKind;
use vendors::messenger::telegram_payment;
use vendors::messenger::telegram_payment::{Checkout, PaymentUpdate};

use crate::http::extract::FromTelegram;
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// Telegram waits ten seconds for an answer to a checkout; a later answer has no effect.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Takes an update of the Bot API about money
///
/// The body is an `Update` as Telegram sends it to the bot, with the same secret header. What is not
/// about money is passed over. The same update may come any number of times, also by both webhooks.
#[utoipa::path(
    post,
    path = "/v1/webhooks/payments/telegram",
    operation_id = "telegram_payment_webhook",
    tag = "Webhooks",
    params(("X-Telegram-Bot-Api-Secret-Token" = String, Header, description = "The secret of the bot's webhook")),
    request_body(content = Object, content_type = "application/json", description = "An Update of the Bot API"),
    responses(
        (status = 200, description = "Taken; nothing follows from a second time"),
        (status = 401, description = "The secret is missing or wrong", body = ErrorBody),
        (status = 500, description = "An internal error: send it again", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
    ),
    security(()),
)]
pub(crate) async fn webhook(
    _: FromTelegram,
    body: web::Bytes,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let taken = match telegram_payment::parse(&body) {
        Some(update) => take(&state, update).await,
        None => Ok(()),
    };
    answer_to_update(taken)
}

/// An update that cannot be used is passed over: refused, Telegram would send it again and again, ahead of all
/// others.
pub(crate) fn answer_to_update(taken: Result<(), Error>) -> Result<HttpResponse, Problem> {
    match taken {
        Err(why @ Error::Invalid { .. }) => {
            tracing::warn!(error = %why, "an update that cannot be used is ignored");
        }
        taken => taken?,
    }
    Ok(HttpResponse::Ok().finish())
}

/// Takes what an update says of money.
pub(crate) async fn take(state: &ApiState, update: PaymentUpdate) -> Result<(), Error> {
    match update {
        PaymentUpdate::Checkout(checkout) => answer(state, checkout).await?,
        PaymentUpdate::Moved(notification) => {
            let event = Event::of(PaymentProvider::TelegramStars, notification);
            let settled = state.core.intake().take_in(&event).await;
            if let Err(why @ Error::Invalid { .. }) = &settled {
                // It is passed over with the update; an operator has to look after the money.
                report(why, &[("payment", "telegram_stars")]);
            }
            settled?;
        }
    }
    Ok(())
}

/// Answers a checkout at once and from here: no queue is certain to be quick enough.
async fn answer(state: &ApiState, checkout: Checkout) -> Result<(), Error> {
    let payable = is_payable(state, &checkout).await?;
    let language = Language::for_telegram(checkout.language_code.as_deref());
    let answer = if payable {
        Ok(())
    } else {
        Err(texts::not_payable(language))
    };
    let answering = state
        .core
        .providers
        .checkouts
        .answer_checkout(&checkout.query_id, answer);
    match tokio::time::timeout(ANSWER_WITHIN, answering).await {
        // Too late, or answered already: the same again would not help.
        Ok(Err(why)) if why.kind == ProviderErrorKind::Rejected => {
            tracing::warn!(error = %why, "Telegram rejected the answer to a checkout");
            Ok(())
        }
        Ok(answered) => Ok(answered?),
        Err(_) => {
            tracing::warn!("a checkout could not be answered in time");
            Ok(())
        }
    }
}

/// Whether this order waits for exactly this money, and the person who has ordered pays: a refund goes to the payer,
/// whom we would not know.
async fn is_payable(state: &ApiState, checkout: &Checkout) -> Result<bool, Error> {
    let Ok(id) = checkout.order_id.parse() else {
        return Ok(false);
    };
    let mut conn = state.db().await?;
    let Some(payment) = queries::find(&mut conn, id).await? else {
        return Ok(false);
    };
    let Some(user_id) = payment.user_id else {
        return Ok(false);
    };
    let buyer = users::queries::by_id(&mut conn, user_id).await.optional()?;
    drop(conn);
    let is_buyer = |payer| buyer.is_some_and(|buyer| buyer.telegram_id == Some(payer));
    if !checkout.payer.is_some_and(is_buyer) {
        return Ok(false);
    }
    let money = (
        PaymentProvider::TelegramStars,
        checkout.amount,
        checkout.currency.as_str(),
    );
    Ok(payment.is_pending() && rules::fits(&payment, money))
}
