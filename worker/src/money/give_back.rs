//! Gives money back that an operator has asked for: the intent is in a row before the vendor is called, its end after. After a
//! call without an answer the vendor is asked what became of it before it is called again.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use money::news::{self, News};
use money::payments::model::Payment;
use money::payments::{queries as payments, settle};
use money::refunds::jobs::GiveBack;
use money::refunds::model::{Refund, RefundState};
use money::refunds::queries;
use money::refunds::rules::{self, Verdict};
use std::time::Duration;
use vendors::payment::{self, Gateway, Notification, Refunding};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// How long one refund of a payment waits for another.
const NEXT: Duration = Duration::from_secs(30);

/// For how long every vendor that knows refunds by their keys does so ([`payment::Manners::knows_refunds`]).
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// What is to be done.
enum Turn {
    /// It has ended.
    Over,
    /// Another one of the payment is underway.
    Later,
    /// The vendor is asked for it. `true`: for the first time, as far as is known.
    Ask(Box<(Refund, Payment)>, bool),
}

impl Handler<WorkerState> for GiveBack {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let mut conn = state.db().await?;
        let turn = conn.transaction(async |conn| begin(conn, &self, now).await);
        let turn = turn.await?;
        drop(conn);
        let (refund, payment, is_first) = match turn {
            Turn::Over => return Ok(Outcome::Done),
            Turn::Later => return Ok(Outcome::Snooze(NEXT)),
            Turn::Ask(both, is_first) => (both.0, both.1, is_first),
        };
        payment.name_in_reports();
        let gateway = state
            .core
            .providers
            .gateways
            .get(payment.provider.as_str())?;
        let going = match is_first {
            true => call(state, &*gateway, (&refund, &payment), now).await,
            false => find_out(state, &*gateway, (&refund, &payment), now).await,
        };
        if let Err(why) = &going {
            let mut conn = state.db().await?;
            queries::note_error(&mut conn, refund.id, &why.to_string()).await?;
        }
        going
    }

    /// The money may be on its way: the row says so, and the next sweep asks again.
    async fn exhausted(
        self,
        _: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> diesel::QueryResult<Vec<Ticket>> {
        let (refund, code) = (self.refund_id, code.as_str());
        tracing::error!(%refund, code, "a refund has no end yet: see `symancy payments show`");
        Ok(Vec::new())
    }
}

/// Finds out whose turn it is, and writes that the vendor is about to be asked.
async fn begin(
    conn: &mut AsyncPgConnection,
    job: &GiveBack,
    now: DateTime<Utc>,
) -> Result<Turn, Error> {
    let Some(refund) = queries::find(conn, job.refund_id).await? else {
        return Ok(Turn::Over);
    };
    let payment = payments::locked(conn, refund.payment_id).await?;
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    // As it is under the lock.
    let own = queries::of_payment(conn, payment.id).await?;
    let Some(refund) = own.iter().find(|one| one.id == refund.id) else {
        return Ok(Turn::Over);
    };
    if refund.state.is_end() {
        return Ok(Turn::Over);
    }
    let both = Box::new((refund.clone(), payment));
    if refund.state == RefundState::Underway {
        return Ok(Turn::Ask(both, false));
    }
    if own.iter().any(|one| one.state == RefundState::Underway) {
        return Ok(Turn::Later);
    }
    // It may have gone back meanwhile, without us.
    let others: Vec<Refund> = own.into_iter().filter(|one| one.id != both.0.id).collect();
    let left = rules::left(&both.1, &others);
    let why = match left {
        Ok(left) if left >= both.0.amount => None,
        Ok(_) => Some("less than that is left: the vendor has given some back by itself"),
        Err(why) => Some(why),
    };
    if let Some(why) = why {
        queries::end(conn, both.0.id, RefundState::Failed, (None, Some(why)), now).await?;
        money::metrics::refunded(both.1.provider.as_str(), RefundState::Failed.as_str());
        tracing::error!(refund = %both.0.id, payment = %both.1.id, why, "a refund has failed");
        return Ok(Turn::Over);
    }
    queries::begin(conn, both.0.id, both.1.returned, now).await?;
    Ok(Turn::Ask(both, true))
}

/// Asks the vendor to send the money back.
async fn call(
    state: &WorkerState,
    gateway: &dyn Gateway,
    (refund, payment): (&Refund, &Payment),
    now: DateTime<Utc>,
) -> Result<Outcome, JobError> {
    let wanted = payment::Refund {
        order: payment.sought_charge(),
        charge: payment.external_id.clone().unwrap_or_default(),
        amount: refund.amount,
        currency: refund.currency.clone(),
        paid: payment.amount,
        key: refund.key.clone(),
        payer: payment.payer,
    };
    match gateway.refund(&wanted).await {
        Ok(Refunding::Done(number)) => arrived(state, refund, number.as_deref(), now).await,
        Ok(Refunding::Underway(number)) => {
            accepted(state, (refund, payment), number.as_deref()).await?;
            Ok(later(refund, now))
        }
        Err(why) if !why.is_retryable() => {
            failed(state, (refund, payment), &why.message, now).await
        }
        Err(why) => Err(why.into()),
    }
}

/// The vendor has taken it. Where the buyer has to claim the money, they are told, once.
async fn accepted(
    state: &WorkerState,
    (refund, payment): (&Refund, &Payment),
    number: Option<&str>,
) -> Result<(), JobError> {
    let gateways = &state.core.providers.gateways;
    let page = gateways.claim_page(payment.provider.as_str(), number);
    let account = payment
        .user_id
        .filter(|_| page.is_some() && !refund.accepted);
    let mut conn = state.db().await?;
    let told = conn.transaction(async |conn| {
        queries::accept(conn, refund.id, number).await?;
        match account {
            Some(account) => {
                let refund_id = refund.id;
                news::tell(conn, account, &News::ToClaim { refund_id }).await
            }
            None => diesel::QueryResult::Ok(Vec::new()),
        }
    });
    let tickets = told.await?;
    drop(conn);
    state.core.pusher.wake(&tickets).await;
    Ok(())
}

/// Asks the vendor what became of it.
async fn find_out(
    state: &WorkerState,
    gateway: &dyn Gateway,
    (refund, payment): (&Refund, &Payment),
    now: DateTime<Utc>,
) -> Result<Outcome, JobError> {
    let age = now - refund.asked_at.unwrap_or(now);
    if gateway.manners().knows_refunds && !refund.accepted && age < KNOWN_FOR {
        return call(state, gateway, (refund, payment), now).await;
    }
    let said = gateway.look_up(&[payment.sought_charge()]).await?;
    let charge = payment.external_id.as_deref();
    let own = |one: &&Notification| Some(one.external_id.as_str()) == charge;
    let said: Vec<&Notification> = said.iter().filter(own).collect();
    match rules::verdict(refund, &said) {
        Verdict::Succeeded => {
            let is_unnumbered = refund.number.is_none();
            let told = is_unnumbered.then(|| rules::number_of(refund, &said));
            arrived(state, refund, told.flatten(), now).await
        }
        Verdict::Bounced => {
            let why = "the vendor could not deliver the money: it is here again";
            failed(state, (refund, payment), why, now).await
        }
        Verdict::Again if gateway.manners().tells_refunds => {
            call(state, gateway, (refund, payment), now).await
        }
        Verdict::Wait => Ok(later(refund, now)),
        Verdict::Again | Verdict::Unclear => {
            money::metrics::refunded(payment.provider.as_str(), "unclear");
            tracing::error!(refund = %refund.id, payment = %payment.id,
                "the vendor does not tell whether a refund has arrived: look at it there");
            Ok(later(refund, now))
        }
    }
}

fn later(refund: &Refund, now: DateTime<Utc>) -> Outcome {
    let age = now - refund.asked_at.unwrap_or(now);
    Outcome::Snooze(rules::pause(age).to_std().unwrap_or(NEXT))
}

/// The money has gone back.
async fn arrived(
    state: &WorkerState,
    refund: &Refund,
    number: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Outcome, JobError> {
    let terms = &state.core.config.invoices;
    let mut conn = state.db().await?;
    let settled = conn
        .transaction(async |conn| settle::sent_back(conn, refund, number, terms, now).await)
        .await?;
    let Some((event, settled)) = settled else {
        let now_is = queries::find(&mut conn, refund.id).await?;
        if now_is.is_some_and(|one| one.state == RefundState::Failed) {
            tracing::error!(refund = %refund.id,
                "the vendor says that a refund has arrived that was ended as failed: see it there");
        }
        return Ok(Outcome::Done);
    };
    drop(conn);
    money::metrics::refunded(event.provider.as_str(), RefundState::Succeeded.as_str());
    settled.report(&event);
    state.core.pusher.wake(&settled.tickets).await;
    Ok(Outcome::Done)
}

/// The money is here.
async fn failed(
    state: &WorkerState,
    (refund, payment): (&Refund, &Payment),
    why: &str,
    now: DateTime<Utc>,
) -> Result<Outcome, JobError> {
    let mut conn = state.db().await?;
    let id = refund.id;
    let ended = conn
        .transaction(async |conn| {
            payments::locked(conn, refund.payment_id).await?;
            let found = queries::find(conn, id).await?;
            let is_underway = found.is_some_and(|one| one.state == RefundState::Underway);
            if is_underway {
                queries::end(conn, id, RefundState::Failed, (None, Some(why)), now).await?;
            }
            diesel::QueryResult::Ok(is_underway)
        })
        .await?;
    drop(conn);
    if ended {
        money::metrics::refunded(payment.provider.as_str(), RefundState::Failed.as_str());
        tracing::error!(refund = %id, payment = %payment.id, why, "a refund has failed");
    }
    Ok(Outcome::Done)
}

/// Enqueues refunds whose job has died: each is asked after until its end is known.
pub(super) async fn sweep(state: &WorkerState, until: DateTime<Utc>) -> Result<usize, JobError> {
    let mut conn = state.db().await?;
    let open = queries::without_end(&mut conn, until).await?;
    let mut tickets = Vec::new();
    for refund in &open {
        let job = GiveBack {
            refund_id: refund.id,
        };
        tickets.push(jobs::ledger::enqueue(&mut conn, &job).await?);
    }
    drop(conn);
    state.core.pusher.wake(&tickets).await;
    Ok(open.len())
}
