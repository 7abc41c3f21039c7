//! The answer of a report.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use analytics::reports::catalogue;
use analytics::reports::postgres::Postgres;
use analytics::reports::question::Question;
use analytics::reports::rows::Reached;
use analytics::reports::store::Store;
use kernel::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Asked, Format};
use super::csv;
use super::gate::Sees;
use super::meta::Meta;
use crate::http::problem::Problem;
use crate::people::zones;
use crate::readings::view::matches;
use crate::state::ApiState;

/// A report.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    pub(super) data: T,
    /// The same of the period before, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<T>,
    pub(super) meta: Meta,
}

/// What is asked, and how far facts are counted.
pub(super) struct Asking {
    pub question: Question,
    reached: Reached,
    path: &'static str,
}

impl Asking {
    /// Of a report.
    ///
    /// # Errors
    /// As [`Asked::question`]; those of the store.
    pub(super) async fn of(
        state: &ApiState,
        store: &mut impl Store,
        (asked, sees): (&Asked, Sees),
        path: &'static str,
    ) -> Result<Self, Error> {
        let reached = store.reached().await?;
        let zone = match &asked.timezone {
            Some(name) if *name != reached.zone => zones::stored(state, name.clone()).await?,
            _ => reached.zone.clone(),
        };
        let given = (state.core.clock.now(), state.config.gross_margin);
        let question = asked.question(sees, &zone, &reached, given)?;
        Ok(Self {
            question,
            reached,
            path,
        })
    }

    pub(super) fn meta<S: Store>(&self) -> Meta {
        let span = &self.question.span;
        Meta {
            start_date: span.start,
            end_date: span.end,
            interval: span.interval,
            timezone: span.zone.name().to_owned(),
            as_of: self.reached.as_of,
            complete: self.is_complete(),
            store: S::NAME,
            definition: catalogue::definition(self.path),
        }
    }

    fn is_complete(&self) -> bool {
        let ends = self.question.span.ends();
        ends <= self.question.now && self.reached.unread_since.is_none_or(|since| since >= ends)
    }

    /// Another one when facts have been counted since, or all anew, when something else is asked, and with each hour: projections and
    /// cohorts depend on it.
    fn etag(&self, asked: &str) -> String {
        let mut hasher = DefaultHasher::new();
        let span = &self.question.span;
        (
            span.start,
            span.end,
            span.zone.name(),
            self.question.filter.organization,
        )
            .hash(&mut hasher);
        (self.path, asked, self.is_complete()).hash(&mut hasher);
        (self.reached.states_at, self.reached.rebuilt_at).hash(&mut hasher);
        (self.question.now.timestamp() / 3_600).hash(&mut hasher);
        let as_of = self.reached.as_of.map_or(0, |at| at.timestamp_micros());
        format!("\"{as_of:x}-{:x}\"", hasher.finish())
    }
}

/// Answers a request with a report, or with 304 if the client has it.
///
/// # Errors
/// As [`Asking::of`]; those of the report.
pub(super) async fn respond<T: Serialize>(
    state: &ApiState,
    request: &HttpRequest,
    (asked, sees): (Asked, Sees),
    path: &'static str,
    report: impl AsyncFn(&mut Postgres<'_>, &Question) -> Result<T, Error>,
) -> Result<HttpResponse, Problem> {
    let mut conn = state.reader().await?;
    let mut store = Postgres(&mut conn);
    let asking = Asking::of(state, &mut store, (&asked, sees), path).await?;
    let etag = asking.etag(request.query_string());
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| matches(known, &etag)) {
        return Ok(headers(&mut HttpResponse::NotModified(), &etag).finish());
    }
    let data = report(&mut store, &asking.question).await?;
    let mut response = HttpResponse::Ok();
    headers(&mut response, &etag);
    if asked.format() == Format::Csv {
        return Ok(table(&mut response, path, &data)?);
    }
    let previous = match asked.compares() {
        true => Some(report(&mut store, &asking.question.before()).await?),
        false => None,
    };
    let meta = asking.meta::<Postgres<'_>>();
    Ok(response.json(Answer {
        data,
        previous,
        meta,
    }))
}

fn headers<'a>(response: &'a mut HttpResponseBuilder, etag: &str) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((ETAG, etag.to_owned()))
        .insert_header((CACHE_CONTROL, "private, max-age=30"))
}

fn table(
    response: &mut HttpResponseBuilder,
    path: &str,
    data: &impl Serialize,
) -> Result<HttpResponse, Error> {
    let data = serde_json::to_value(data).map_err(Error::internal)?;
    let name = path.trim_start_matches("/v1/").replace('/', "-");
    Ok(response
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ))
        .body(csv::of(&data)))
}
