//! Tells a person who has asked for it that there are units again.

use std::time::Duration;

use bot::pages::plans::{View, page};
use bot::reminders::LimitFree;
use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::meters::{queries, rules};
use operators::switches;
use people::users;
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// Until it is looked again whether readings are paused.
const PAUSED: Duration = Duration::from_secs(15 * 60);

impl Handler<WorkerState> for LimitFree {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id)
            .await
            .optional()?;
        let Some(user) = user.filter(|user| self.by_button || user.notices.limit_free) else {
            return Ok(Outcome::Done);
        };
        if !user.is_reached() {
            // When they are back, they see what is left.
            return Ok(Outcome::Done);
        }
        let now = state.core.clock.now();
        let usage = queries::usage(&mut conn, user.id).await?;
        // The quota of the month may be used up too, by the last unit of the day.
        if let Some(at) = rules::free_at(&usage, now) {
            return Ok(Outcome::Snooze((at - now).to_std().unwrap_or_default()));
        }
        if rules::is_trial_over(&usage, now) {
            return Ok(Outcome::Done);
        }
        // While readings are paused the units cannot be used.
        let switches = switches::queries::read(&mut conn).await?;
        if switches.admit_reading().is_err() {
            return Ok(Outcome::Snooze(PAUSED));
        }
        let page = page(&mut conn, &user, View::LimitFree).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let message = Outgoing {
            keyboard: page.keyboard,
            ..Outgoing::new(self.chat_id, page.html)
        };
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
