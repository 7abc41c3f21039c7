//! Tells a person that the next month of their plan could not be charged.

use bot::pages::{moment, plans};
use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::renewals::messages::RenewalFailed;
use money::renewals::model::RenewalState;
use money::renewals::rules::is_last_try;
use money::renewals::{queries, texts};
use people::users;

use super::tell;
use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for RenewalFailed {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id)
            .await
            .optional()?;
        let renewal = queries::find(&mut conn, self.user_id).await?;
        // Paid, or ended, meanwhile.
        let renewal = renewal.filter(|one| one.state == RenewalState::PastDue);
        let (Some(user), Some(renewal)) = (user.filter(|user| user.is_reached()), renewal) else {
            return Ok(Outcome::Done);
        };
        let Some(until) = renewal.access_until else {
            return Ok(Outcome::Done);
        };
        let until = moment(&mut conn, &user, until).await?;
        let again = match renewal.charges_at() {
            Some(at) => Some(moment(&mut conn, &user, at).await?),
            None => None,
        };
        drop(conn);
        let language = user.language();
        let again = (again.as_deref(), is_last_try(&renewal));
        let html = texts::failed(renewal.tier, &until, again, language);
        tell(state, self.chat_id, html, plans::after_payment(language)).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
