//! Delivers the reason of a failed reading to the person's chat.

use people::users;
use readings::messages::ReportFailure;
use readings::model::AnalysisStatus;
use readings::{delivered, queries, texts};
use vendors::workflow::CallbackKind;

use super::slots::reply;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for ReportFailure {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let steps = match queries::steps(&mut conn, self.analysis_id).await? {
            // Redriven meanwhile: a reading will be delivered instead.
            Some(steps) if steps.status != AnalysisStatus::Failed => return Ok(Outcome::Done),
            Some(steps) if steps.delivered_at.is_none() => steps,
            _ => return Ok(Outcome::Done),
        };
        let user = users::queries::by_id(&mut conn, steps.user_id).await?;
        let language = user.language();
        drop(conn);
        let code = steps
            .error_code
            .as_deref()
            .and_then(product::error_codes::find);
        let code = code.unwrap_or(kernel::codes::INTERNAL_SERVER_ERROR);
        let mut text = texts::failure(code, language);
        if let Some(why) = texts::unit_kept(steps.unit_returned, language) {
            text += &format!("\n{why}");
        }
        let kind = CallbackKind::AnalysisFailed;
        reply(state, attempt, &steps, kind, self.chat_id, &user, &[text]).await?;
        store(&state.core.db, attempt, async |conn| {
            Ok(delivered::mark_delivered(conn, steps.id, steps.status).await?)
        })
        .await?;
        Ok(Outcome::Closed(Vec::new()))
    }
}
