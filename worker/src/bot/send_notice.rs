//! Sends what the bot answers, or puts it in the place of an earlier message.

use bot::jobs::{SendNotice, SendNoticeV1, SendNoticeV2, SendNoticeV3, SendNoticeV4};
use bot::page::page;
use bytes::Bytes;
use diesel::{OptionalExtension, QueryResult};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::users;
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SendNotice {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(user) = users::queries::by_id(&mut conn, self.user_id)
            .await
            .optional()?
        else {
            // The person was deleted meanwhile.
            return Ok(Outcome::Done);
        };
        if !user.is_reached() {
            return Ok(Outcome::Done);
        }
        let config = &state.core.config.bot;
        let page = page(&mut conn, &user, self.notice, config).await?;
        // Connections are few: none is held while Telegram is called.
        drop(conn);
        let message = Outgoing {
            chat_id: self.chat_id,
            html: page.html,
            reply_to: None,
            keyboard: page.keyboard,
        };
        let messenger = &state.core.providers.messenger;
        if let Some(id) = self.replaces
            && messenger.edit(id, &message).await?
        {
            return Ok(Outcome::Done);
        }
        match self.notice.picture() {
            Some(picture) => {
                messenger
                    .send_photo(&message, Bytes::from_static(picture))
                    .await?
            }
            None => messenger.send(&message).await?,
        };
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

impl Handler<WorkerState> for SendNoticeV4 {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let notice = SendNotice {
            user_id: self.user_id,
            chat_id: self.chat_id,
            notice: self.notice,
            replaces: self.replaces,
        };
        notice.run(state, attempt).await
    }
}

impl Handler<WorkerState> for SendNoticeV3 {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let notice = SendNotice {
            user_id: self.user_id,
            chat_id: self.chat_id,
            notice: self.notice,
            replaces: self.replaces,
        };
        notice.run(state, attempt).await
    }
}

impl Handler<WorkerState> for SendNoticeV2 {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let notice = SendNotice {
            user_id: self.user_id,
            chat_id: self.chat_id,
            notice: self.notice,
            replaces: self.replaces,
        };
        notice.run(state, attempt).await
    }
}

impl Handler<WorkerState> for SendNoticeV1 {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let notice = SendNotice {
            user_id: self.user_id,
            chat_id: self.chat_id,
            notice: self.notice,
            replaces: None,
        };
        notice.run(state, attempt).await
    }
}
