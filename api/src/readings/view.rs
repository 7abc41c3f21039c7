//! A reading as clients see it.

use std::borrow::Cow;

use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderValue, VARY};
use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, Utc};
use kernel::db::raw_json::RawJson;
use kernel::{ErrorCode, Language};
use readings::model::{Analysis, AnalysisStatus, FocusArea, InputType, Reading};
use readings::texts;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::photo::Link;

/// A reading, and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisView<'a> {
    id: Uuid,
    user_id: Uuid,
    status: AnalysisStatus,
    progress: Progress,
    input_type: InputType,
    focus_area: FocusArea,
    /// The person's own words; of the answer to a question the question.
    text: Option<&'a str>,
    /// Of the answer to a question: the reading that it is about.
    about: Option<Uuid>,
    message_id: Option<i64>,
    /// The text, once `status` is `completed`.
    #[schema(value_type = Option<Reading>)]
    analysis: Option<&'a RawJson>,
    /// Why there is none, if `status` is `failed`.
    error: Option<Failure>,
    model_used: Option<&'a str>,
    processing_time_ms: Option<i32>,
    tokens_used: Option<i32>,
    #[schema(minimum = 1, maximum = 5)]
    user_rating: Option<i16>,
    feedback_text: Option<&'a str>,
    created_at: DateTime<Utc>,
    /// When it ended, however it did.
    completed_at: Option<DateTime<Utc>>,
    /// When it stood in the person's chat.
    delivered_at: Option<DateTime<Utc>>,
    /// A JPEG of its photo of at most 200 x 200 pixels; null until it is made. Only in lists that were asked for
    /// with `thumbnails`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Link>, required = false)]
    thumbnail: Option<Option<Link>>,
}

/// Why there is no reading.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failure {
    /// A code of the catalogue.
    #[schema(example = "E101")]
    code: &'static str,
    /// For the person, in their language.
    message: Cow<'static, str>,
    /// Whether the reading does not count against the plan.
    unit_returned: bool,
}

impl Failure {
    fn of(code: ErrorCode, unit_returned: bool, language: Language) -> Self {
        let message = code.message(language);
        Self {
            code: code.as_str(),
            message: match texts::unit_kept(unit_returned, language) {
                Some(why) => Cow::Owned(format!("{message} {why}")),
                None => Cow::Borrowed(message),
            },
            unit_returned,
        }
    }
}

/// How far a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Progress {
    pub step: Step,
    /// Steps that are done.
    pub done: u8,
    /// Steps in all.
    pub total: u8,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Waits for its turn.
    Queued,
    FetchingPhoto,
    PreparingImage,
    ReadingCup,
    Interpreting,
    /// Nothing more will be done.
    Ended,
}

impl Progress {
    /// The progress by the row, in which each step stores its result.
    pub(crate) fn of(analysis: &Analysis) -> Self {
        let (done, total) = match analysis.input_type {
            InputType::Text => (0, 1),
            // Another reading of the same cup has no photo of its own.
            InputType::Image if analysis.is_seen => (3, 4),
            InputType::Image if analysis.image_url.is_none() => (0, 4),
            InputType::Image if analysis.processed_key.is_none() => (1, 4),
            InputType::Image => (2, 4),
        };
        match analysis.status {
            AnalysisStatus::Pending => Self {
                step: Step::Queued,
                done,
                total,
            },
            AnalysisStatus::Completed => Self {
                step: Step::Ended,
                done: total,
                total,
            },
            AnalysisStatus::Failed | AnalysisStatus::Canceled => Self {
                step: Step::Ended,
                done,
                total,
            },
            AnalysisStatus::Processing => {
                let step = match total - done {
                    4 => Step::FetchingPhoto,
                    3 => Step::PreparingImage,
                    2 => Step::ReadingCup,
                    _ => Step::Interpreting,
                };
                Self { step, done, total }
            }
        }
    }
}

impl<'a> AnalysisView<'a> {
    pub(crate) fn of(analysis: &'a Analysis, language: Language) -> Self {
        let code = analysis
            .error_code
            .as_deref()
            .and_then(product::error_codes::find);
        let completed = analysis.status == AnalysisStatus::Completed;
        Self {
            id: analysis.id,
            user_id: analysis.user_id,
            status: analysis.status,
            progress: Progress::of(analysis),
            input_type: analysis.input_type,
            focus_area: analysis.focus_area,
            // Words of despair are not kept; nothing is left of them.
            text: analysis
                .user_text
                .as_deref()
                .filter(|text| !text.is_empty()),
            about: analysis.about_id,
            message_id: analysis.message_id,
            analysis: completed.then_some(&analysis.analysis),
            error: code.map(|code| Failure::of(code, analysis.unit_returned, language)),
            model_used: analysis.model_used.as_deref(),
            processing_time_ms: analysis.processing_time_ms,
            tokens_used: analysis.tokens_used,
            user_rating: analysis.user_rating,
            feedback_text: analysis.feedback_text.as_deref(),
            created_at: analysis.created_at,
            completed_at: analysis.completed_at,
            delivered_at: analysis.delivered_at,
            thumbnail: None,
        }
    }

    /// The same in a list with thumbnails.
    pub(crate) fn with_thumbnail(self, thumbnail: Option<Link>) -> Self {
        Self {
            thumbnail: Some(thumbnail),
            ..self
        }
    }
}

/// The ETag of a reading: its revision, and the language of the message of a failure.
pub(crate) fn etag(analysis: &Analysis, language: Language) -> String {
    format!("\"{}-{}\"", analysis.revision, language.code())
}

/// One reading as an answer, or 304 if this is what the client has.
pub(crate) fn answer(
    analysis: &Analysis,
    language: Language,
    if_none_match: Option<&str>,
) -> HttpResponse {
    let etag = etag(analysis, language);
    if if_none_match.is_some_and(|known| matches(known, &etag)) {
        return headers(&mut HttpResponse::NotModified(), &etag).finish();
    }
    let mut response = HttpResponse::Ok();
    if !analysis.status.is_final() {
        // A hint for clients that poll; `Prefer: wait` needs none.
        response.insert_header(("Retry-After", "1"));
    }
    headers(&mut response, &etag).json(AnalysisView::of(analysis, language))
}

fn headers<'a>(response: &'a mut HttpResponseBuilder, etag: &str) -> &'a mut HttpResponseBuilder {
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.insert_header((ETAG, etag));
    }
    response
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept-Language, X-Telegram-Init-Data, X-API-Key"))
}

/// Whether a list of entity tags names this one (RFC 9110, 13.1.2: the weak comparison).
pub(crate) fn matches(if_none_match: &str, etag: &str) -> bool {
    let same = |tag: &str| tag.trim().trim_start_matches("W/") == etag;
    if_none_match.trim() == "*" || if_none_match.split(',').any(same)
}
