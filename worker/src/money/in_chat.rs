//! The messages about money that go to a chat as they are.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use money::news::{News, OrganizationNews};
use money::payments::messages::{PaymentPartlyRefunded, PaymentRefunded, PaymentRefused};
use money::refunds::messages::RefundToClaim;
use money::renewals::messages::RenewalFailed;
use money::subscriptions::messages::{PlanEnded, TrialEnding};

use super::news::{in_chat, not_told};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// Each of these jobs carries one kind of news.
macro_rules! tells {
    ($($job:ident, $of:ident => $news:expr;)+) => {$(
        impl Handler<WorkerState> for $job {
            async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
                let ($of, whom) = (&self, (self.user_id, self.chat_id));
                in_chat((state, attempt), whom, &$news).await
            }

            async fn exhausted(
                self,
                conn: &mut AsyncPgConnection,
                code: ErrorCode,
            ) -> QueryResult<Vec<Ticket>> {
                let $of = &self;
                not_told(conn, self.user_id, &$news, code).await
            }
        }
    )+};
}

tells! {
    PaymentRefused, job => News::Refused { payment_id: job.payment_id };
    PaymentRefunded, job => News::Refunded { payment_id: job.payment_id };
    PaymentPartlyRefunded, job => News::PartlyRefunded { payment_id: job.payment_id };
    RefundToClaim, job => News::ToClaim { refund_id: job.refund_id };
    RenewalFailed, job => News::RenewalFailed { account: job.user_id };
    PlanEnded, job => News::PlanEnded { account: job.user_id, tier: job.tier };
    OrganizationNews, job => job.news;
    TrialEnding, job => News::TrialEnding { ends_at: job.ends_at };
}
