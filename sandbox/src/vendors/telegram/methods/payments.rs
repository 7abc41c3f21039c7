//! Methods about money: invoices in Stars, the word before a payment, money back.

use serde_json::{Value, json};

use super::{Call, Outcome, send};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::model::Message;
use crate::vendors::telegram::payments::{self, Invoice};
use crate::vendors::telegram::{markup, stars};

/// The only period of a subscription, in seconds.
const MONTH: i64 = 2_592_000;
/// Its highest price, in Stars.
const MAX_SUBSCRIPTION: i64 = 10_000;

pub(super) fn create_invoice_link(call: &Call<'_>) -> Outcome {
    let slug = keep(call, invoice(call)?);
    // Mini Apps open no other form of it; the chat page knows it too.
    Ok(format!("https://t.me/${slug}").into())
}

pub(super) fn send_invoice(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let invoice = invoice(call)?;
    if invoice.subscription_period.is_some() {
        return Err(ApiError::bad("SUBSCRIPTION_PERIOD_INVALID"));
    }
    let markup = markup::read(&call.form)?;
    let first = &markup["inline_keyboard"][0][0];
    if !markup.is_null() && first["pay"] != true {
        return Err(ApiError::bad("the first button must be a Pay button"));
    }
    let pay = format!("Pay ⭐️{}", invoice.amount);
    let own = json!({ "inline_keyboard": [[{ "text": pay, "pay": true }]] });
    let extra = json!({ "invoice": {
        "title": invoice.title, "description": invoice.description, "start_parameter": "",
        "currency": "XTR", "total_amount": invoice.amount,
    } });
    let message = Message {
        extra,
        markup: if markup.is_null() { own } else { markup },
        invoice: Some(keep(call, invoice)),
        ..Message::default()
    };
    send::post(call, message)
}

fn keep(call: &Call<'_>, invoice: Invoice) -> String {
    let slug = uuid::Uuid::new_v4().simple().to_string();
    call.with_bot(|bot| bot.invoices.insert(slug.clone(), invoice));
    slug
}

fn invoice(call: &Call<'_>) -> Result<Invoice, ApiError> {
    let form = &call.form;
    let text = |name: &str, most: usize| {
        let text = form.text(name).unwrap_or_default();
        let length = text.chars().count();
        if (1..=most).contains(&length) {
            Ok(text)
        } else {
            Err(refused(name))
        }
    };
    let (title, description) = (text("title", 32)?, text("description", 255)?);
    let payload = text("payload", 128)?;
    if form.text("currency").as_deref() != Some("XTR") || form.text("provider_token").is_some() {
        return Err(ApiError::bad("CURRENCY_INVALID"));
    }
    let prices = form.nested("prices").ok().flatten();
    let prices = prices.as_ref().and_then(Value::as_array);
    let amount = match prices.map(Vec::as_slice) {
        Some([one]) if one["label"].is_string() => one["amount"].as_i64().filter(|n| *n > 0),
        _ => None,
    };
    let amount = amount.ok_or_else(|| ApiError::bad("STARS_INVOICE_INVALID"))?;
    let subscription_period = form.int("subscription_period").filter(|it| *it != 0);
    if subscription_period.is_some_and(|it| it != MONTH || amount > MAX_SUBSCRIPTION) {
        return Err(ApiError::bad("SUBSCRIPTION_PERIOD_INVALID"));
    }
    Ok(Invoice {
        title,
        description,
        payload,
        amount,
        subscription_period,
    })
}

fn refused(name: &str) -> ApiError {
    ApiError::bad(format!("INVOICE_{}_INVALID", name.to_uppercase()))
}

pub(super) fn answer_pre_checkout_query(call: &Call<'_>) -> Outcome {
    let id = call.form.text("pre_checkout_query_id").unwrap_or_default();
    let decision: Value = match (call.form.flag("ok"), call.form.text("error_message")) {
        (true, _) => true.into(),
        (false, Some(why)) => why.into(),
        (false, None) => return Err(ApiError::bad("error message is empty")),
    };
    call.with_bot(|bot| match bot.checkouts.get_mut(&id) {
        Some(waiting) => {
            *waiting = decision;
            Ok(true.into())
        }
        None => Err(ApiError::bad(
            "query is too old and response timeout expired or query ID is invalid",
        )),
    })
}

pub(super) fn refund_star_payment(call: &Call<'_>) -> Outcome {
    let user = call.form.int("user_id").unwrap_or_default();
    let number = call
        .form
        .text("telegram_payment_charge_id")
        .unwrap_or_default();
    payments::refund(call.telegram, call.token, user, &number).map_err(ApiError::bad)?;
    Ok(true.into())
}

pub(super) fn get_star_transactions(call: &Call<'_>) -> Outcome {
    let offset = usize::try_from(call.form.int("offset").unwrap_or(0)).unwrap_or(0);
    let limit = call.form.int("limit").unwrap_or(100).clamp(1, 100);
    let all = call.with_bot(|bot| stars::transactions(bot));
    let limit = usize::try_from(limit).unwrap_or(100);
    let page: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    Ok(json!({ "transactions": page }))
}

pub(super) fn get_my_star_balance(call: &Call<'_>) -> Outcome {
    Ok(json!({ "amount": call.with_bot(|bot| stars::balance(bot)) }))
}

pub(super) fn edit_user_star_subscription(call: &Call<'_>) -> Outcome {
    let user = call.form.int("user_id").unwrap_or_default();
    let number = call.form.text("telegram_payment_charge_id");
    let number = number.unwrap_or_default();
    let ended = call.form.flag("is_canceled");
    call.with_bot(|bot| {
        let charge = stars::subscription(bot, user, &number);
        charge
            .map(|charge| charge.ended_by_bot = ended)
            .ok_or_else(|| ApiError::bad("CHARGE_NOT_FOUND"))
    })?;
    Ok(true.into())
}
