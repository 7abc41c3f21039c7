//! Stars that a bot has got: charges, what they say about a subscription, the list of transactions.
//! Called by `payments`, `control`, `methods`; wakes the courier.
//! Source: <https://core.telegram.org/bots/api#startransaction>.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::Bot;
use super::payments::{self, Invoice};
use super::{Telegram, courier, wire};

/// Money that was taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Charge {
    pub user: i64,
    pub invoice: Invoice,
    /// Unix time.
    pub paid_at: i64,
    /// Unix time.
    pub refunded_at: Option<i64>,
    /// End of what this charge of a subscription pays for; Unix time.
    pub paid_until: Option<i64>,
    /// It was not the first one of its subscription.
    pub is_renewal: bool,
    /// The person has ended the subscription.
    pub ended_by_person: bool,
    /// The bot has ended the subscription.
    pub ended_by_bot: bool,
}

/// What can happen to a subscription besides the first payment.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The next payment comes.
    Renew,
    /// The person ends it.
    Cancel,
    /// The person takes that back.
    Resume,
    /// The next payment cannot be taken.
    Fail,
}

impl Charge {
    /// A first payment.
    pub fn now(user: i64, invoice: Invoice) -> Self {
        let paid_at = chrono::Utc::now().timestamp();
        let paid_until = invoice.subscription_period.map(|period| paid_at + period);
        Self {
            user,
            invoice,
            paid_at,
            paid_until,
            ..Self::default()
        }
    }

    /// The payment after this one.
    fn next(&self) -> Self {
        let period = self.invoice.subscription_period;
        Self {
            paid_until: self
                .paid_until
                .zip(period)
                .map(|(end, period)| end + period),
            is_renewal: true,
            ..Self::now(self.user, self.invoice.clone())
        }
    }

    /// The fields of SuccessfulPayment about a subscription.
    pub fn describe_subscription(&self, payment: &mut Value) {
        if let Some(end) = self.paid_until {
            payment["subscription_expiration_date"] = end.into();
            payment["is_recurring"] = true.into();
            if !self.is_renewal {
                payment["is_first_recurring"] = true.into();
            }
        }
    }
}

/// Lets something happen to the subscription of a charge; a renewal gives back the number of the
/// new charge. The error is a sentence.
pub fn turn(
    telegram: &Arc<Telegram>,
    token: &str,
    user: i64,
    number: &str,
    turn: Turn,
) -> Result<Option<String>, String> {
    let (charge, scene) = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let scene = bot.scene_of(user);
        let charge = subscription(bot, user, number).ok_or("there is no such subscription")?;
        match turn {
            Turn::Cancel => charge.ended_by_person = true,
            Turn::Resume => charge.ended_by_person = false,
            Turn::Renew | Turn::Fail if charge.ended_by_person || charge.ended_by_bot => {
                return Err("the subscription has been cancelled".into());
            }
            Turn::Renew | Turn::Fail => {}
        }
        (charge.clone(), scene)
    };
    let state = match turn {
        Turn::Renew => return payments::take(telegram, token, &scene, charge.next()).map(Some),
        Turn::Cancel => "canceled",
        Turn::Resume => "active",
        Turn::Fail => "failed",
    };
    let update = json!({
        "user": wire::person(&scene.person), "invoice_payload": charge.invoice.payload, "state": state,
    });
    telegram.state().bot(token).queue("subscription", update);
    telegram.world.touched();
    courier::wake(telegram, token);
    Ok(None)
}

/// The charge of a subscription.
pub fn subscription<'a>(bot: &'a mut Bot, user: i64, number: &str) -> Option<&'a mut Charge> {
    let charge = bot.charges.get_mut(number)?;
    (charge.user == user && charge.paid_until.is_some()).then_some(charge)
}

/// Stars that the bot has.
pub fn balance(bot: &Bot) -> i64 {
    let kept = bot.charges.values().filter(|it| it.refunded_at.is_none());
    kept.map(|charge| charge.invoice.amount).sum()
}

/// Every StarTransaction, oldest first; a refund has the id of its payment.
pub fn transactions(bot: &Bot) -> Vec<Value> {
    let mut all = Vec::new();
    for (number, charge) in &bot.charges {
        let person = bot.scene_of(charge.user).person;
        let mut partner = json!({
            "type": "user", "transaction_type": "invoice_payment", "user": wire::person(&person),
            "invoice_payload": charge.invoice.payload,
        });
        if let Some(period) = charge.invoice.subscription_period {
            partner["subscription_period"] = period.into();
        }
        let at = |date: i64, side: &str| {
            let mut it = json!({"id": number, "amount": charge.invoice.amount, "date": date});
            it[side] = partner.clone();
            (date, it)
        };
        all.push(at(charge.paid_at, "source"));
        all.extend(charge.refunded_at.map(|date| at(date, "receiver")));
    }
    all.sort_by_key(|(date, _)| *date);
    all.into_iter()
        .map(|(_, transaction)| transaction)
        .collect()
}
