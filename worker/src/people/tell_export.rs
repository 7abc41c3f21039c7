//! Sends "The copy of your data is ready" with a link, or the reason of a failure.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::{ErrorCode, Language};
use people::privacy::messages::TellExport;
use people::privacy::model::{Request, RequestStatus};
use people::privacy::{queries, rules, texts};
use vendors::messenger::Outgoing;

use crate::delivery::missed;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for TellExport {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let found = queries::to_tell(&mut *state.db().await?, self.request_id).await?;
        let Some((request, language)) = found else {
            return Ok(Outcome::Done);
        };
        let Some(html) = text(state, &request, language).await? else {
            return Ok(Outcome::Done);
        };
        let message = Outgoing {
            chat_id: self.chat_id,
            html,
            reply_to: None,
            ..Outgoing::default()
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

/// The text to send; `None` if the archive has expired.
async fn text(
    state: &WorkerState,
    request: &Request,
    language: Language,
) -> Result<Option<String>, JobError> {
    if request.status == RequestStatus::Failed {
        let code = request
            .error_code
            .as_deref()
            .and_then(product::error_codes::find);
        let code = code.unwrap_or(kernel::codes::INTERNAL_SERVER_ERROR);
        return Ok(Some(texts::export_failed(code, language)));
    }
    let (Some(key), Some(expires_at)) = (&request.archive_key, request.expires_at) else {
        return Ok(None);
    };
    let now = state.core.clock.now();
    let Some(lifetime) = rules::link_lifetime(expires_at, now, rules::CHAT_LINK_MAX) else {
        return Ok(None);
    };
    let bucket = &state.core.providers.bucket;
    let url = bucket
        .signed_url(key, lifetime, Some(rules::FILE_NAME))
        .await?;
    let hours = lifetime.as_secs().div_ceil(3_600);
    let days = rules::ARCHIVE_DAYS;
    Ok(Some(texts::export_ready(&url, hours, days, language)))
}
