//! Asks the vendor for a place to pay at, and sends a button that leads there.

use bot::pages::plans::{after_payment, back_to_plans};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use kernel::{ErrorCode, Language};
use money::payments::messages::{InvoiceFailed, SendInvoice};
use money::payments::model::Payment;
use money::payments::{orders, places, queries, texts};
use people::users;
use people::users::model::User;
use vendors::codes::RECIPIENT_GONE;
use vendors::messenger::{Button, Outgoing};

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SendInvoice {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let payment = match queries::find(&mut conn, self.payment_id).await? {
            Some(payment) if payment.is_pending() && payment.user_id.is_some() => payment,
            _ => return Ok(Outcome::Done),
        };
        let user = users::queries::by_id(&mut conn, self.user_id).await?;
        if !user.is_reached() {
            // When they are back, they choose again.
            return Ok(Outcome::Done);
        }
        let known = places::of_order(&mut conn, payment.id).await?;
        // Connections are few: none is held while a vendor is called.
        drop(conn);
        let place = match known {
            Some(place) => Some(place),
            None => match opened(state, &payment, &user).await {
                Err(why) => {
                    say_that_it_is_late(state, attempt, &self, user.language()).await;
                    return Err(why);
                }
                opened => opened?,
            },
        };
        let message = message(self.chat_id, &payment, place, &user);
        show(state, self.replaces, &message).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        if code == RECIPIENT_GONE {
            return missed(conn, self.user_id, code).await;
        }
        let failed = InvoiceFailed {
            user_id: self.user_id,
            payment_id: self.payment_id,
            chat_id: self.chat_id,
            replaces: self.replaces,
        };
        Ok(vec![ledger::enqueue(conn, &failed).await?])
    }
}

/// The attempt after which the person is told that it takes longer: when they have waited for about half a minute.
const LATE_AT: i32 = 5;

/// Says once that it takes longer. If that fails, the invoice or its end is said all the same.
async fn say_that_it_is_late(
    state: &WorkerState,
    attempt: &Attempt,
    invoice: &SendInvoice,
    language: Language,
) {
    if attempt.claim.attempt != LATE_AT {
        return;
    }
    let message = Outgoing {
        keyboard: vec![vec![back_to_plans(language)]],
        ..Outgoing::new(invoice.chat_id, texts::invoice_late(language))
    };
    if let Err(why) = show(state, invoice.replaces, &message).await {
        tracing::info!(error = %why, "the person is not told that an invoice takes longer");
    }
}

impl Handler<WorkerState> for InvoiceFailed {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        // Paid meanwhile: Telegram had made an invoice, but its answer was lost.
        let payment = queries::find(&mut conn, self.payment_id).await?;
        let Some(user_id) = payment
            .filter(Payment::is_pending)
            .and_then(|one| one.user_id)
        else {
            return Ok(Outcome::Done);
        };
        let user = users::queries::by_id(&mut conn, user_id).await?;
        drop(conn);
        if !user.is_reached() {
            return Ok(Outcome::Done);
        }
        let language = user.language();
        let message = Outgoing {
            keyboard: after_payment(language),
            ..Outgoing::new(self.chat_id, texts::no_invoice(language))
        };
        show(state, self.replaces, &message).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}

/// Puts a message into the place of another one, if that is still there, or sends it.
async fn show(
    state: &WorkerState,
    replaces: Option<i64>,
    message: &Outgoing,
) -> Result<Outcome, JobError> {
    let messenger = &state.core.providers.messenger;
    if let Some(id) = replaces
        && messenger.edit(id, message).await?
    {
        return Ok(Outcome::Done);
    }
    messenger.send(message).await?;
    Ok(Outcome::Done)
}

/// The address of the place to pay at; `None`: the vendor refuses, and the payment is closed.
async fn opened(
    state: &WorkerState,
    payment: &Payment,
    user: &User,
) -> Result<Option<String>, JobError> {
    let gateways = &state.core.providers.gateways;
    let gateway = gateways.get(payment.provider.as_str())?;
    let sold = (payment.tier, payment.amount, payment.currency.as_str());
    let order = orders::order(payment.id, sold, user.language(), None);
    match gateway.init(&order).await {
        Ok(opened) => {
            let (url, number) = (String::from(opened.url), opened.external_id);
            let mut conn = state.db().await?;
            queries::opened(&mut conn, payment.id, number.as_deref(), Some(&url)).await?;
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
