//! Asks the vendor for a place to pay at, and sends a button that leads there.

use bot::pages::plans::{after_payment, back_to_plans};
use money::payments::messages::SendInvoice;
use money::payments::model::Payment;
use money::payments::{orders, places, queries, texts};
use people::users;
use people::users::model::User;
use vendors::messenger::{Button, Outgoing};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SendInvoice {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let payment = match queries::find(&mut conn, self.payment_id).await? {
            Some(payment) if payment.is_pending() && payment.user_id.is_some() => payment,
            _ => return Ok(Outcome::Done),
        };
        let user = users::queries::by_id(&mut conn, self.user_id).await?;
        let known = places::of_order(&mut conn, payment.id).await?;
        // Connections are few: none is held while a vendor is called.
        drop(conn);
        let place = match known {
            Some(place) => Some(place),
            None => opened(state, &payment, &user).await?,
        };
        let message = message(self.chat_id, &payment, place, &user);
        let messenger = &state.core.providers.messenger;
        if let Some(id) = self.replaces
            && messenger.edit(id, &message).await?
        {
            return Ok(Outcome::Done);
        }
        messenger.send(&message).await?;
        Ok(Outcome::Done)
    }
}

/// The address of the place to pay at; `None`: the vendor refuses, and the payment is closed.
async fn opened(
    state: &WorkerState,
    payment: &Payment,
    user: &User,
) -> Result<Option<String>, JobError> {
    let gateways = &state.core.providers.gateways;
    let gateway = gateways.get(payment.provider.as_str())?;
    let sold = (payment.tier, payment.amount);
    let order = orders::order(payment.id, sold, user.language(), None);
    match gateway.init(&order).await {
        Ok(opened) => {
            let (url, number) = (String::from(opened.url), opened.external_id);
            let mut conn = state.db().await?;
            queries::opened(&mut conn, payment.id, number.as_deref(), &url).await?;
            Ok(Some(url))
        }
        Err(why) if orders::is_refusal(&why) => {
            tracing::warn!(error = %why, payment = %payment.id, "the vendor refuses an order");
            let mut conn = state.db().await?;
            queries::not_opened(&mut conn, payment.id, true, &why.message).await?;
            Ok(None)
        }
        Err(why) => Err(why.into()),
    }
}

fn message(chat_id: i64, payment: &Payment, place: Option<String>, user: &User) -> Outgoing {
    let language = user.language();
    let Some(place) = place else {
        return Outgoing {
            keyboard: after_payment(language),
            ..Outgoing::new(chat_id, texts::no_invoice(language))
        };
    };
    let price = texts::price(payment.amount, &payment.currency);
    let pay = Button::open(texts::pay(&price, language), place);
    Outgoing {
        keyboard: vec![vec![pay], vec![back_to_plans(language)]],
        ..Outgoing::new(chat_id, texts::invoice(payment.tier, &price, language))
    }
}
