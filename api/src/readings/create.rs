//! `POST /v1/analyses`: takes a photo or words, and answers before anything is read in them.

use actix_multipart::Multipart;
use actix_web::http::header::{self, Header, LOCATION, RETRY_AFTER};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use audit::model::Origin;
use bot::dialogue;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use money::meters;
use people::idempotency::queries::{Lease, finish};
use people::suspensions;
use people::users;
use people::users::consent;
use people::users::model::PersonKey;
use readings::accept::{self, Accepted, Remembered, accept};
use readings::jobs::{FetchPhoto, Interpret, PrepareImage};
use readings::model::{AnalysisStatus, FocusArea, InputType, NewAnalysis};
use readings::{queries, rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::form::{Form, Source, Wanted};
use super::spool::Room;
use crate::http::extract::origin::origin;
use crate::http::extract::{Asked, Caller, named};
use crate::http::idempotency::{self, Done};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// What a reading is to be made from: exactly one of `image`, `text` and `telegram_file_id`.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "read by utoipa alone; the form is read as it streams in"
)]
pub(crate) struct AnalysisForm {
    /// JPEG, PNG or WebP of at most 15 MB and 50 megapixels.
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<Vec<u8>>,
    /// Words instead of a photo: a question about the person's last reading, or, if they have none
    /// that is complete, what is to be read itself.
    #[schema(max_length = 4096)]
    text: Option<String>,
    /// Telegram's id of a photo that the bot has been sent; from services alone.
    #[schema(max_length = 256)]
    telegram_file_id: Option<String>,
    /// `general` without it; of a photo that a service sends with its `message_id`, the one that the person has chosen
    /// in the chat.
    #[schema(default = "general")]
    focus_area: Option<FocusArea>,
    /// For whom: required of services that name no person in `X-Telegram-User-Id`, and of no use to others.
    #[schema(minimum = 1)]
    telegram_user_id: Option<i64>,
    /// `obtained`: the service has the person's consent to the terms of use and the privacy policy, which is
    /// stored. From services alone.
    consent: Option<String>,
    /// Of the message with the photo. The same message of the same person is read once.
    #[schema(minimum = 1)]
    message_id: Option<i64>,
}

/// A reading that was accepted.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AcceptedView {
    id: Uuid,
    status: AnalysisStatus,
    estimated_time_seconds: u32,
}

/// Asks for a reading. It is accepted once it is answered: nothing that dies after that loses it.
#[utoipa::path(post, path = "/v1/analyses", operation_id = "create_analysis", tag = "Analysis",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body gives the same answer, for a day")),
    request_body(content = AnalysisForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Accepted", body = AcceptedView,
            headers(
                ("Location" = String, description = "Where the reading will be"),
                ("Idempotency-Replayed" = String, description = "`true` if it was accepted before"),
            ),
            links(
                ("show" = (operation_id = "get_analysis", parameters(("id" = "$response.body#/id")))),
                ("events" = (operation_id = "get_analysis_events", parameters(("id" = "$response.body#/id")))),
                ("rate" = (operation_id = "rate_analysis", parameters(("id" = "$response.body#/id")))),
                ("cancel" = (operation_id = "cancel_analysis", parameters(("id" = "$response.body#/id")))),
                ("delete" = (operation_id = "delete_analysis", parameters(("id" = "$response.body#/id")))),
            )),
        (status = 402, description = "The plan is used up: E301, E302 or E303", body = ErrorBody),
        (status = 403, description = "The person has not agreed: E205; or this is not allowed", body = ErrorBody),
        (status = 408, description = "The body took too long", body = ErrorBody),
        (status = 409, description = "The request with this Idempotency-Key is still at work", body = ErrorBody),
        (status = 415, description = "The body is not multipart/form-data", body = ErrorBody),
        (status = 422, description = "This Idempotency-Key was used for another request", body = ErrorBody),
        Refused))]
pub(crate) async fn create(
    request: HttpRequest,
    caller: Caller,
    state: web::Data<ApiState>,
    multipart: Multipart,
) -> Result<HttpResponse, Problem> {
    state.core.switches.now().await?.admit_reading()?;
    let key = idempotency::key_of(request.headers())?;
    let in_header = named(&request, &caller)?;
    let announced = header::ContentLength::parse(&request).ok().map(|it| *it);
    let reading = async {
        let room = Room::of(&state.uploads, announced).await;
        let form = Form::read(multipart, room).await?;
        if let Some(named) = form.named() {
            request
                .extensions_mut()
                .insert(Asked(PersonKey::Telegram(named)));
        }
        form.judge(&caller, in_header, key.is_some()).await
    };
    let wanted = tokio::time::timeout(state.config.upload_timeout, reading)
        .await
        .map_err(|_| too_slow())??;
    let fingerprint = wanted.fingerprint.unwrap_or_default();
    let namespace = caller.namespace();
    let origin = origin(&request, caller.actor());
    let key = key.as_deref();
    let work = async move |state: &ApiState, lease: Option<&Lease>| {
        take(state, &wanted, &origin, lease).await
    };
    answer(idempotency::once(&state, &namespace, key, &fingerprint, work).await?)
}

/// The refusal of a form that is too long on its way.
pub(super) fn too_slow() -> Error {
    Error::Invalid {
        code: kernel::codes::REQUEST_TIMEOUT,
        field: "body",
        why: "took too long to arrive".to_owned(),
    }
}

/// The answer to who asked for a reading.
pub(super) fn answer((body, known): Done) -> Result<HttpResponse, Problem> {
    let view: AcceptedView = serde_json::from_slice(&body).map_err(Error::internal)?;
    let mut response = HttpResponse::Accepted();
    response
        .content_type("application/json")
        .insert_header((LOCATION, format!("/v1/analyses/{}", view.id)))
        .insert_header((RETRY_AFTER, "1"));
    if known {
        response.insert_header(idempotency::replayed());
    }
    Ok(response.body(body))
}

/// The status of the answer.
pub(super) const ACCEPTED: u16 = 202;

/// The body of the answer.
pub(super) fn view(id: Uuid, status: AnalysisStatus) -> Result<Vec<u8>, Error> {
    let view = AcceptedView {
        id,
        status,
        estimated_time_seconds: rules::ESTIMATED_TIME_SECONDS,
    };
    serde_json::to_vec(&view).map_err(Error::internal)
}

/// Writes the reading. Returns the answer, and whether the reading was there before.
async fn take(
    state: &ApiState,
    wanted: &Wanted,
    origin: &Origin,
    lease: Option<&Lease>,
) -> Result<Done, Error> {
    let id = Uuid::now_v7();
    let body = view(id, AnalysisStatus::Pending)?;
    let remembered = lease.map(|lease| Remembered {
        lease,
        status: ACCEPTED,
        body: &body,
    });
    let (accepted, focus_area) = write(state, id, wanted, origin, remembered).await?;
    match accepted {
        Accepted::New { ticket, tier } => {
            readings::metrics::analysis_created(focus_area.as_str(), tier.as_str());
            state.core.pusher.wake(&[ticket]).await;
            Ok((body, false))
        }
        Accepted::Duplicate { id, status } => {
            let body = view(id, status)?;
            if let Some(lease) = lease {
                finish(&mut *state.db().await?, lease, ACCEPTED, &body).await?;
            }
            Ok((body, true))
        }
        Accepted::Limited => Err(refusal(state, wanted).await?),
        Accepted::NoConsent => Err(no_consent(state, wanted).await?),
        Accepted::NoSuchPerson => Err(Error::NotFound("user")),
    }
}

async fn write(
    state: &ApiState,
    id: Uuid,
    wanted: &Wanted,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Result<(Accepted, FocusArea), Error> {
    let written = write_for_known(state, id, wanted, origin, remembered).await?;
    if written.0 != Accepted::NoSuchPerson {
        return Ok(written);
    }
    // Deleted a moment ago, maybe by another process: this Telegram account is a new person.
    state.persons.forget(wanted.person.key());
    write_for_known(state, id, wanted, origin, remembered).await
}

/// Writes the reading of a person, with the focus area that they have chosen.
async fn write_for_known(
    state: &ApiState,
    id: Uuid,
    wanted: &Wanted,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Result<(Accepted, FocusArea), Error> {
    let (user_id, _) = state.persons.known(&state.core.db, &wanted.person).await?;
    kernel::telemetry::about_person(user_id);
    note_consent(state, user_id, wanted, origin).await?;
    let mut new = row(id, user_id, wanted);
    let chosen = match wanted.focus_of_chat {
        true => dialogue::photo_focus(&mut *state.db().await?, user_id).await?,
        false => None,
    };
    new.focus_area = chosen.unwrap_or(new.focus_area);
    let accepted = write_row(state, &new, wanted, origin, remembered).await?;
    if chosen.is_some() && matches!(accepted, Accepted::New { .. }) {
        dialogue::forget(&mut *state.db().await?, user_id).await?;
    }
    Ok((accepted, new.focus_area))
}

/// Stores the photo, if the person has agreed, then writes the rest in one statement. If that is refused, the
/// photo is removed again.
async fn write_row(
    state: &ApiState,
    new: &NewAnalysis,
    wanted: &Wanted,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Result<Accepted, Error> {
    let Source::Photo(upload) = &wanted.source else {
        return begin(&mut *state.db().await?, new, origin, remembered).await;
    };
    let refused = accept::without_consent(&mut *state.db().await?, new).await?;
    if let Some(refused) = refused {
        return Ok(refused);
    }
    let (key, kind) = (rules::original_key(new.id), upload.photo.content_type());
    let storage = &state.core.providers.storage;
    storage.put(&key, upload.body(), kind).await?;
    let accepted = async { begin(&mut *state.db().await?, new, origin, remembered).await }.await;
    if !matches!(accepted, Ok(Accepted::New { .. })) {
        take_back(state, new.id).await;
    }
    accepted
}

/// Stores the consent that a service has obtained, unless it is stored already.
async fn note_consent(
    state: &ApiState,
    user_id: Uuid,
    wanted: &Wanted,
    origin: &Origin,
) -> Result<(), Error> {
    if !wanted.consent_obtained {
        return Ok(());
    }
    let now = state.core.clock.now();
    let noted = state
        .db()
        .await?
        .transaction(async |conn| {
            let is_given = users::queries::consents(conn, user_id).await?.are_given();
            // What a workflow always sends does not undo what the person has decided.
            if !is_given && !users::queries::withdrew(conn, user_id).await? {
                consent::set(conn, user_id, (true, true), origin, now).await?;
            }
            Ok(())
        })
        .await;
    match noted {
        // Deleted a moment ago: `accept` finds it too.
        Err(diesel::result::Error::NotFound) => Ok(()),
        noted => Ok(noted?),
    }
}

/// Accepts a reading with the step that it begins with.
async fn begin(
    conn: &mut AsyncPgConnection,
    new: &NewAnalysis,
    origin: &Origin,
    remembered: Option<Remembered<'_>>,
) -> Result<Accepted, Error> {
    let (analysis_id, user_id) = (new.id, new.user_id);
    if new.image_url.is_some() {
        let job = PrepareImage {
            analysis_id,
            user_id,
        };
        accept(conn, new, &job, origin, remembered).await
    } else if new.source_file_id.is_some() {
        let job = FetchPhoto {
            analysis_id,
            user_id,
        };
        accept(conn, new, &job, origin, remembered).await
    } else {
        let job = Interpret {
            analysis_id,
            user_id,
        };
        accept(conn, new, &job, origin, remembered).await
    }
}

fn row(id: Uuid, user_id: Uuid, wanted: &Wanted) -> NewAnalysis {
    let mut new = NewAnalysis {
        id,
        user_id,
        message_id: wanted.message_id,
        input_type: InputType::Image,
        image_url: None,
        image_size_bytes: None,
        user_text: None,
        focus_area: wanted.focus_area,
        chat_id: None,
        source_file_id: None,
    };
    match &wanted.source {
        Source::Photo(upload) => {
            new.image_url = Some(rules::original_key(id));
            new.image_size_bytes = i32::try_from(upload.len).ok();
        }
        Source::File(file) => new.source_file_id = Some(file.clone()),
        Source::Words(words) => {
            new.input_type = InputType::Text;
            new.user_text = Some(rules::kept_words(words).to_owned());
        }
    }
    new
}

/// Why nothing of a person is processed: they are suspended, or have not agreed.
async fn no_consent(state: &ApiState, wanted: &Wanted) -> Result<Error, Error> {
    let (whose, now) = (wanted.person.key(), state.core.clock.now());
    // Not what is remembered: the statement that refused knows better.
    suspensions::check(&mut *state.db().await?, whose, now).await?;
    Ok(rules::no_consent())
}

/// Which limit it was.
async fn refusal(state: &ApiState, wanted: &Wanted) -> Result<Error, Error> {
    let (user_id, _) = state.persons.known(&state.core.db, &wanted.person).await?;
    used_up(state, user_id).await
}

/// Which limit of a person it was.
pub(super) async fn used_up(state: &ApiState, user_id: Uuid) -> Result<Error, Error> {
    let usage = meters::queries::usage(&mut *state.db().await?, user_id).await?;
    Ok(meters::rules::refusal(&usage, state.core.clock.now()))
}

/// Removes a photo whose reading was not written. After a connection broke during the commit that is
/// unknown: if a lookup fails too, the photo stays for the daily sweep.
async fn take_back(state: &ApiState, id: Uuid) {
    let looked = async { Ok::<_, Error>(queries::steps(&mut *state.db().await?, id).await?) };
    let storage = &state.core.providers.storage;
    let removed = match looked.await {
        Ok(None) => storage.delete(&rules::original_key(id)).await,
        Ok(Some(_)) => return,
        Err(why) => {
            return tracing::warn!(%id, error = %why, "a photo may have stayed without a reading");
        }
    };
    if let Err(why) = removed {
        tracing::warn!(%id, error = %why, "a photo stays in the bucket without a reading");
    }
}
