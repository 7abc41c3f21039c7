//! Removes the photos of a reading that was deleted, or refused because of what its photo shows. The
//! daily sweep removes a photo that a step stores after this.

use kernel::Error;
use readings::jobs::RemovePhotos;
use readings::model::{AnalysisStatus, Steps};
use readings::{queries, rules};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for RemovePhotos {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let steps = queries::steps(&mut *state.db().await?, id).await?;
        if steps.is_some_and(|steps| !is_refused(&steps)) {
            let why = format!("the reading {id} still exists");
            return Err(JobError::GiveUp {
                source: Error::internal(why),
            });
        }
        let storage = &state.core.providers.storage;
        for object in storage.list(&rules::photos_of(id), None).await? {
            storage.delete(&object.key).await?;
        }
        Ok(Outcome::Done)
    }
}

fn is_refused(steps: &Steps) -> bool {
    let code = steps
        .error_code
        .as_deref()
        .and_then(product::error_codes::find);
    steps.status == AnalysisStatus::Failed && code == Some(vendors::codes::NSFW_CONTENT_DETECTED)
}
