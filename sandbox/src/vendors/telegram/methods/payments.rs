//! Methods about money: invoices in Stars, the word before a payment, money back.

use serde_json::Value;

use super::{Call, Outcome};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::payments::{self, Invoice};

pub(super) fn create_invoice_link(call: &Call<'_>) -> Outcome {
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
    let slug = uuid::Uuid::new_v4().simple().to_string();
    let invoice = Invoice {
        title,
        description,
        payload,
        amount,
    };
    call.with_bot(|bot| bot.invoices.insert(slug.clone(), invoice));
    // Telegram's own is https://t.me/$<slug>; this one opens here.
    Ok(format!("{}/?invoice={slug}", call.telegram.world.here()).into())
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
