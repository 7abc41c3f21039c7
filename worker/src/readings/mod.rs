//! The steps of a reading: fetch, prepare, read, interpret. Each loads the row, calls one vendor or
//! decoder, and stores its result in the transaction that closes its job and enqueues the next. And the
//! messages about it: its beginning, its delay, the reading, and the reason of a failure.

mod announce_analysis;
mod archive_readings;
mod deliver_analysis;
mod drafts;
mod end_absence;
mod fetch_photo;
mod growing;
mod interpret;
mod picture;
mod prepare_image;
mod progress;
mod read_cup;
mod remove_photos;
mod report_failure;
mod show_buttons;
mod slots;
mod sweep_photos;
mod tell_delay;
mod typing;
mod waiting_words;
mod words;

use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode, telemetry};
use money::subscriptions::model::SubscriptionTier;
use people::users;
use people::users::model::User;
use readings::jobs::{
    ArchiveReadings, EndAbsence, FetchPhoto, Interpret, PrepareImage, ReadCup, RemovePhotos,
    SweepPhotos,
};
use readings::messages::{
    AnnounceAnalysis, DeliverAnalysis, ReportFailure, ShowButtons, ShowProgress, TellDelay,
};
use readings::model::{AnalysisStatus, FocusArea, InputType, Steps};
use readings::steps::StepRecord;
use readings::{costs, facts, news, queries, unit, withdraw};
use uuid::Uuid;
use vendors::ai::{Request, Step};

use crate::ai;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Registration};

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<FetchPhoto>(),
    Registration::of::<PrepareImage>(),
    Registration::of::<ReadCup>(),
    Registration::of::<Interpret>(),
    Registration::of::<RemovePhotos>(),
    Registration::of::<AnnounceAnalysis>(),
    Registration::of::<DeliverAnalysis>(),
    Registration::of::<ReportFailure>(),
    Registration::of::<TellDelay>(),
    Registration::of::<ShowProgress>(),
    Registration::of::<ShowButtons>(),
    Registration::of::<SweepPhotos>(),
    Registration::of::<EndAbsence>(),
    Registration::of::<ArchiveReadings>(),
];

/// Begins a step, and notifies clients that wait for the reading. `None` if it has ended or was
/// deleted.
async fn begin(state: &WorkerState, attempt: &Attempt, id: Uuid) -> Result<Option<Steps>, Error> {
    let mut conn = state.db().await?;
    // An operator may redrive what was given up before, and an acceptance may have met the withdrawal.
    if let Some(person) = queries::withdrawn(&mut conn, id).await? {
        let stopped = conn
            .transaction(async |conn| withdraw::stop(conn, person).await)
            .await?;
        for id in stopped {
            news::changed(&state.core.publisher, id);
        }
        return Ok(None);
    }
    let steps = queries::begin_step(&mut conn, id, attempt.redriven()).await?;
    drop(conn);
    if let Some(steps) = &steps {
        telemetry::about_person(steps.user_id);
        telemetry::about_analysis(id, steps.focus_area.as_str());
    }
    news::changed(&state.core.publisher, id);
    Ok(steps)
}

/// Whether a reading is still wanted: asked before a photo of it is stored, because to get or to make one may
/// have taken long enough for the person to withdraw their consent.
async fn is_wanted(state: &WorkerState, id: Uuid) -> Result<bool, Error> {
    let steps = queries::steps(&mut *state.db().await?, id).await?;
    Ok(steps.is_some_and(|steps| steps.status == AnalysisStatus::Processing))
}

/// Marks a reading as failed when one of its steps is dead, and enqueues the message about it if the
/// person waits in the bot's chat.
async fn abandon(
    conn: &mut AsyncPgConnection,
    analysis_id: Uuid,
    code: ErrorCode,
) -> QueryResult<Vec<Ticket>> {
    if !queries::fail(conn, analysis_id, code).await? {
        return Ok(Vec::new());
    }
    unit::give_back_for(conn, analysis_id, code).await?;
    facts::ended(conn, analysis_id).await?;
    let (focus_area, tier) = queries::labels(conn, analysis_id).await?;
    readings::metrics::analysis_completed(focus_area.as_str(), tier.as_str(), "failed");
    readings::metrics::analysis_failed(code);
    let Some(steps) = queries::steps(conn, analysis_id).await? else {
        return Ok(Vec::new());
    };
    let mut next = Vec::new();
    if code == vendors::codes::NSFW_CONTENT_DETECTED && steps.input_type == InputType::Image {
        // A photo that must not be shown is not kept.
        next.push(ledger::enqueue(conn, &RemovePhotos { analysis_id }).await?);
    }
    if let Some(chat_id) = waiting_chat(conn, &steps).await? {
        let report = ReportFailure {
            user_id: steps.user_id,
            analysis_id,
            chat_id,
        };
        next.push(ledger::enqueue(conn, &report).await?);
    }
    Ok(next)
}

/// Counts a reading that is complete, by its focus area and tier, and measures how long it took.
fn count_complete(
    state: &WorkerState,
    steps: &Steps,
    (focus_area, tier): (FocusArea, SubscriptionTier),
) {
    readings::metrics::analysis_completed(focus_area.as_str(), tier.as_str(), "success");
    let took = state.core.clock.now() - steps.created_at;
    readings::metrics::analysis_took(took.to_std().unwrap_or_default());
}

/// Enqueues the delivery of a reading: to the chat that it was asked for in, or the person's own. A person without a
/// chat finds it where they have asked.
async fn enqueue_delivery(
    conn: &mut AsyncPgConnection,
    steps: &Steps,
    user: &User,
) -> QueryResult<Vec<Ticket>> {
    let Some(chat_id) = steps.chat_id.or(user.telegram_id) else {
        return Ok(Vec::new());
    };
    let deliver = DeliverAnalysis {
        user_id: steps.user_id,
        analysis_id: steps.id,
        chat_id,
    };
    Ok(vec![ledger::enqueue(conn, &deliver).await?])
}

/// The chat in which the person waits for a reading: the one that it was asked for in, or their own if a service
/// has named the message there.
async fn waiting_chat(conn: &mut AsyncPgConnection, steps: &Steps) -> QueryResult<Option<i64>> {
    if steps.chat_id.is_some() || steps.message_id.is_none() {
        return Ok(steps.chat_id);
    }
    let user = users::queries::by_id(conn, steps.user_id).await?;
    Ok(user.telegram_id)
}

/// The question of a step to the AI.
fn question<'a>(steps: &Steps, key: &'a str, request: Request) -> ai::Question<'a> {
    ai::Question {
        key,
        subject: costs::subject(steps.id),
        find_owner: costs::find_owner,
        user_id: steps.user_id,
        since: steps.created_at,
        request,
        pieces: None,
    }
}

/// The record of a step that an AI has done.
fn step_record<'a, T>(
    step: Step,
    prompt_version: &'a str,
    answered: &'a ai::Answered<T>,
) -> StepRecord<'a> {
    StepRecord {
        step: step.as_str(),
        prompt_version,
        vendor: &answered.vendor,
        model: &answered.answer.model,
    }
}

/// A result of an earlier step that must exist.
fn required<T>(value: Option<T>, what: &'static str) -> Result<T, Error> {
    value.ok_or_else(|| Error::internal(format!("{what} of an earlier step is missing")))
}

/// Removes photos that were just stored for a reading that was deleted meanwhile, alone or with its
/// person. The daily sweep removes those that this cannot.
async fn discard(state: &WorkerState, keys: &[&str]) {
    for key in keys {
        if let Err(why) = state.core.providers.storage.delete(key).await {
            tracing::warn!(key, error = %why, "a photo stays in the bucket without a reading");
        }
    }
}
