//! Paying in Stars: an invoice by its link, the question before the money is taken, the message
//! after it. Called by `control` and `methods`; wakes the courier.
//! Source: <https://core.telegram.org/bots/payments-stars>.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::Message;
use super::people::{self, Scene};
use super::stars::Charge;
use super::{Telegram, courier, wire};

/// How long Telegram waits for a bot to say that it may take the money.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something to pay for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Invoice {
    pub title: String,
    pub description: String,
    pub payload: String,
    /// Whole Stars.
    pub amount: i64,
    /// Seconds between payments of a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_period: Option<i64>,
}

/// The invoice of a link, or of the part of it that names the invoice.
pub fn find(telegram: &Telegram, token: &str, link: &str) -> Option<Invoice> {
    let slug = link.rsplit(['=', '$', '/']).next().unwrap_or(link);
    let state = telegram.state();
    state.bots.get(token)?.invoices.get(slug).cloned()
}

/// The invoice of a message.
pub fn of_message(telegram: &Telegram, token: &str, chat: i64, message: i64) -> Option<Invoice> {
    let state = telegram.state();
    let bot = state.bots.get(token)?;
    let slug = bot.chats.get(&chat)?.message(message)?.invoice.as_ref()?;
    bot.invoices.get(slug).cloned()
}

/// Pays an invoice as the person of `scene`; gives back the number of the charge. The error is a
/// sentence for them.
pub async fn pay(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    invoice: Invoice,
) -> Result<String, String> {
    let query_id = super::query_id();
    {
        let mut state = telegram.state();
        let bot = state.bot(token);
        bot.checkouts.insert(query_id.clone(), Value::Null);
        let mut body = invoice_fields(&invoice);
        body["id"] = query_id.as_str().into();
        body["from"] = wire::person(&scene.person);
        bot.queue("pre_checkout_query", body);
    }
    courier::wake(telegram, token);
    let decision =
        tokio::time::timeout(PATIENCE, checkout_decision(telegram, token, &query_id)).await;
    telegram.state().bot(token).checkouts.remove(&query_id);
    match decision {
        Err(_) => Err("the bot did not say within 10 seconds whether it takes the money".into()),
        Ok(Err(why)) => Err(why),
        Ok(Ok(())) => take(
            telegram,
            token,
            scene,
            Charge::now(scene.person.id, invoice),
        ),
    }
}

async fn checkout_decision(telegram: &Telegram, token: &str, query_id: &str) -> Result<(), String> {
    loop {
        let decision = telegram.state().bot(token).checkouts.get(query_id).cloned();
        match decision {
            Some(Value::Bool(true)) => return Ok(()),
            Some(Value::String(why)) => return Err(why),
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Takes the money of a charge; the next one of a subscription too.
pub fn take(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    charge: Charge,
) -> Result<String, String> {
    let number = format!("stx{}", uuid::Uuid::new_v4().simple());
    let mut body = invoice_fields(&charge.invoice);
    body["telegram_payment_charge_id"] = number.as_str().into();
    body["provider_payment_charge_id"] = format!("{}_0", charge.user).into();
    charge.describe_subscription(&mut body);
    // The charge is there before the bot hears of it.
    let mut state = telegram.state();
    state.bot(token).charges.insert(number.clone(), charge);
    drop(state);
    announce(
        telegram,
        token,
        scene,
        json!({ "successful_payment": body }),
    )?;
    Ok(number)
}

/// Gives a charge back. The error is Telegram's.
pub fn refund(
    telegram: &Arc<Telegram>,
    token: &str,
    user: i64,
    number: &str,
) -> Result<(), String> {
    let (invoice, scene) = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let charge = bot
            .charges
            .get_mut(number)
            .filter(|charge| charge.user == user);
        let charge = charge.ok_or("CHARGE_NOT_FOUND")?;
        let now = chrono::Utc::now().timestamp();
        if charge.refunded_at.replace(now).is_some() {
            return Err("CHARGE_ALREADY_REFUNDED".into());
        }
        let invoice = charge.invoice.clone();
        (invoice, bot.scene_of(user))
    };
    let mut body = invoice_fields(&invoice);
    body["telegram_payment_charge_id"] = number.into();
    announce(telegram, token, &scene, json!({ "refunded_payment": body }))
}

/// A service message in the chat, and its update.
fn announce(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    payment: Value,
) -> Result<(), String> {
    let message = Message {
        extra: payment,
        ..Message::default()
    };
    people::receive(telegram, token, scene, vec![message]).map(drop)
}

fn invoice_fields(invoice: &Invoice) -> Value {
    json!({
        "currency": "XTR", "total_amount": invoice.amount, "invoice_payload": invoice.payload,
    })
}
