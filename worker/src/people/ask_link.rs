//! Asks the owner of a Telegram account whether it is to be connected, with a button.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use people::accounts::start_links::claimed;
use people::privacy::messages::{AskLink, LinkNews};
use people::privacy::texts;
use people::users::model::PersonKey;
use people::users::queries::language;
use vendors::messenger::{Button, Outgoing};

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for AskLink {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let Some(language) = language(&mut conn, PersonKey::Row(self.user_id)).await? else {
            return Ok(Outcome::Done);
        };
        // A chat with the bot has the number of the person.
        let link = (self.chat_id, self.link.as_str());
        let claimed = claimed(&mut conn, link, state.core.clock.now()).await?;
        drop(conn);
        let message = match claimed {
            Some((_, address)) => Outgoing {
                keyboard: vec![vec![Button::press(
                    texts::link_button(language),
                    format!("link:{}", self.link),
                )]],
                ..Outgoing::new(self.chat_id, texts::ask_link(&address, language))
            },
            None => Outgoing::new(self.chat_id, texts::link_news(LinkNews::Over, language)),
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
