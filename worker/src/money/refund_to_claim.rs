//! Tells a person where to claim the money that goes back to them, at a vendor that cannot send it by itself.

use bot::pages::plans::after_payment;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::payments::{queries as payments, texts};
use money::refunds::messages::RefundToClaim;
use money::refunds::model::RefundState;
use money::refunds::queries;
use people::users;

use super::tell;
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for RefundToClaim {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let refund = queries::find(&mut conn, self.refund_id).await?;
        let Some(refund) = refund.filter(|one| one.state == RefundState::Underway) else {
            return Ok(Outcome::Done);
        };
        let payment = payments::find(&mut conn, refund.payment_id).await?;
        let Some((payment, user_id)) = payment.and_then(|one| Some((one.clone(), one.user_id?)))
        else {
            return Ok(Outcome::Done);
        };
        let user = users::queries::by_id(&mut conn, user_id).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let gateways = &state.core.providers.gateways;
        let page = gateways.claim_page(payment.provider.as_str(), refund.number.as_deref());
        let Some(page) = page.filter(|_| user.is_reached()) else {
            // `GET /v1/payments/{id}` has the address.
            return Ok(Outcome::Done);
        };
        let language = user.language();
        let sum = texts::price(refund.amount, &refund.currency);
        let html = texts::to_claim(payment.tier, (&sum, page.as_str()), language);
        tell(state, self.chat_id, html, after_payment(language)).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
