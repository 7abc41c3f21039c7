//! Says in a chat how much of a quota is used; by letter to a person whom the chat does not reach.

use bot::pages::moment;
use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::accounts;
use people::users;
use people::users::model::User;
use usage::messages::QuotaNotice;
use usage::{alerts, texts};
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for QuotaNotice {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        if state.core.clock.now() >= self.alert.ends_at {
            return Ok(Outcome::Done);
        }
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id).await;
        let Some(user) = user.optional()? else {
            return Ok(Outcome::Done);
        };
        if !user.is_reached() {
            drop(conn);
            return write(&self, state, attempt).await;
        }
        let html = words(&self, &mut conn, &user).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let message = Outgoing::new(self.chat_id, html);
        state.core.providers.messenger.send(&message).await?;
        Ok(Outcome::Done)
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}

async fn words(
    notice: &QuotaNotice,
    conn: &mut AsyncPgConnection,
    user: &User,
) -> Result<String, JobError> {
    let when = moment(conn, user, notice.alert.ends_at).await?;
    let organization = accounts::organization(conn, notice.alert.account_id).await?;
    let (name, language) = (organization.as_deref(), user.language());
    Ok(texts::notice(&notice.alert, name, &when, language))
}

async fn write(
    notice: &QuotaNotice,
    state: &WorkerState,
    attempt: &Attempt,
) -> Result<Outcome, JobError> {
    let plans = state.core.config.public_url.at("/checkout");
    let to = accounts::recipient(&mut *state.db().await?, notice.user_id).await?;
    let Some(to) = to else {
        return Ok(Outcome::Done);
    };
    let ticket = store(&state.core.db, attempt, async |conn| {
        Ok(alerts::write(conn, &notice.alert, &to, &plans).await?)
    });
    Ok(Outcome::Closed(ticket.await?.into_iter().collect()))
}
