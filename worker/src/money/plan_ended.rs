//! Tells a person that their paid plan is over, or that their trial soon will be.

use bot::pages::{moment, plans, to_plans};
use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::payments::{texts, untold};
use money::subscriptions::messages::{PlanEnded, TrialEnding};
use money::subscriptions::model::{SubscriptionStatus, SubscriptionTier};
use money::subscriptions::queries;
use people::users;
use vendors::codes::RECIPIENT_GONE;

use super::tell;
use crate::delivery::{missed, postpone};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for PlanEnded {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id)
            .await
            .optional()?;
        let subscription = queries::of_person(&mut conn, self.user_id).await?;
        let (Some(user), Some(subscription)) = (user, subscription) else {
            return Ok(Outcome::Done);
        };
        let now = state.core.clock.now();
        let now = queries::by_now(&mut conn, &subscription, now).await?;
        drop(conn);
        // Bought again meanwhile.
        if now.tier == self.tier {
            return Ok(Outcome::Done);
        }
        if !user.is_reached() {
            let note = async |conn: &mut AsyncPgConnection| {
                untold::keep_plan_end(conn, user.id, self.tier).await
            };
            return postpone(state, attempt, user.id, note).await;
        }
        let language = user.language();
        let html = texts::plan_ended(self.tier, now.tier, language);
        tell(state, self.chat_id, html, plans::after_payment(language)).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        if code == RECIPIENT_GONE {
            untold::keep_plan_end(conn, self.user_id, self.tier).await?;
        }
        missed(conn, self.user_id, code).await
    }
}

impl Handler<WorkerState> for TrialEnding {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let user = users::queries::by_id(&mut conn, self.user_id)
            .await
            .optional()?;
        let subscription = queries::of_person(&mut conn, self.user_id).await?;
        let (Some(user), Some(subscription)) = (user, subscription) else {
            return Ok(Outcome::Done);
        };
        let runs = subscription.tier == SubscriptionTier::Trial
            && subscription.status == SubscriptionStatus::Active
            && self.ends_at > state.core.clock.now();
        if !runs || !user.notices.trial_ending || !user.is_reached() {
            return Ok(Outcome::Done);
        }
        let when = moment(&mut conn, &user, self.ends_at).await?;
        drop(conn);
        let language = user.language();
        let html = texts::trial_ending(&when, language);
        tell(state, self.chat_id, html, vec![vec![to_plans(language)]]).await
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        missed(conn, self.user_id, code).await
    }
}
