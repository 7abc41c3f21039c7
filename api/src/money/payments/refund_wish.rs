//! `POST /v1/payments/{id}/refund-request`: a person asks for their money, and an operator decides.

use actix_web::HttpResponse;
use actix_web::web;
use audit::model::Change;
use bot::support;
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use money::payments::model::PaymentStatus;
use money::payments::texts::price;
use money::refunds::wishes;
use people::users;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::receipts::found;
use crate::http::extract::{JsonBody, Paying, gone};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Why a person wants their money.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundWords {
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

/// A wish that operators see.
#[derive(Serialize, ToSchema)]
pub(crate) struct WishedRefund {
    payment_id: Uuid,
    /// Since when.
    created_at: DateTime<Utc>,
    /// By which the operators name it in the chat with the bot; `null`: none was opened there with this call.
    number: Option<i64>,
}

/// Asks for the money of a payment
///
/// No money moves by it: operators decide. One request a payment; the same again changes nothing. Of a person with a chat it is
/// a request there, too (as by `POST /v1/support`), and the answer comes there.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/refund-request",
    operation_id = "ask_for_refund",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "`payment_id` of a purchase")),
    request_body = RefundWords,
    responses(
        (status = 202, description = "Operators see it", body = WishedRefund),
        (status = 404, description = "There is no such payment, or it belongs to another person", body = ErrorBody),
        (status = 409, description = "Nothing of this payment is here: it was not paid, or its money went back", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn create(
    paying: Paying,
    id: web::Path<String>,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<RefundWords>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("payment"))?;
    let words = wish.reason.trim();
    let length = words.chars().count();
    if !(1..=wishes::WORDS_MAX).contains(&length) {
        let why = format!("must have 1 to {} characters", wishes::WORDS_MAX);
        return Err(Error::invalid("reason", why).into());
    }
    let payment = found(&state, &paying, id).await?;
    if payment.status != PaymentStatus::Succeeded {
        let why = "nothing of this payment is here: it was not paid, or its money went back";
        return Err(Error::Conflict(why.to_owned()).into());
    }
    let now = state.core.clock.now();
    let sum = price(payment.amount, &payment.currency);
    let text = format!("{sum}, {id}: {words}");
    let mut conn = state.db().await?;
    let wished = conn.transaction(async |conn| {
        let chat = chat(conn, &paying).await?;
        let is_new = wishes::keep(conn, id, words, now).await?;
        let number = match chat.filter(|_| is_new) {
            Some(chat) => {
                let opened = support::open(conn, chat, &text, &paying.origin).await;
                opened.map_err(gone)?.map(|opened| opened.number)
            }
            None => None,
        };
        if is_new {
            let change = Change {
                user_id: paying.person.filter(|_| !paying.is_organization()),
                action: "refund_wished",
                entity_type: "payment",
                entity_id: Some(id),
                old_value: None,
                new_value: None,
            };
            audit::queries::record(conn, &paying.origin, change).await?;
        }
        let kept = wishes::of_payment(conn, id).await?;
        Ok::<_, Error>(WishedRefund {
            payment_id: id,
            created_at: kept.map_or(now, |kept| kept.created_at),
            number,
        })
    });
    Ok(HttpResponse::Accepted().json(wished.await?))
}

/// The person who asks, and their chat; `None`: they have none, or a key of an organization asks.
async fn chat(conn: &mut AsyncPgConnection, paying: &Paying) -> Result<Option<(Uuid, i64)>, Error> {
    let Some(person) = paying.person else {
        return Ok(None);
    };
    let user = users::queries::by_id(conn, person).await.map_err(gone)?;
    Ok(user.telegram_id.map(|chat_id| (person, chat_id)))
}
