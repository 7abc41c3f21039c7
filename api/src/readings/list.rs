//! `GET /v1/analyses`: a person's readings, the newest first, all or those that a search finds.

use actix_web::http::header::{CACHE_CONTROL, LINK};
use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::Error;
use readings::history;
use readings::history::{Cursor, Filter, Start};
use readings::model::{Analysis, FocusArea};
use readings::{photo_keys, rules};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::photo::link;
use super::view::AnalysisView;
use crate::http::extract::{Me, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

const LIMIT_MAX: i64 = 100;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At most so many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// After so many; slow far down the list, and of no effect beside `cursor`.
    #[param(minimum = 0, maximum = 2147483647, default = 0)]
    offset: Option<i64>,
    /// `next_cursor` of the page before; as fast anywhere in the list.
    #[param(pattern = "^[A-Za-z0-9_-]{32}$")]
    cursor: Option<String>,
    #[param(value_type = Option<FocusArea>)]
    focus_area: Option<String>,
    /// Words that all stand in the reading, in the person's own words, or in a question about it. At most 100
    /// characters; case does not count.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Whether each has a link to its thumbnail.
    #[param(default = false)]
    thumbnails: Option<bool>,
}

/// Some of a person's readings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<'a> {
    data: Vec<AnalysisView<'a>>,
    pagination: Pagination,
}

/// Where in the list this is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pagination {
    /// Readings in all; not counted when the page was asked for by `cursor`.
    total: Option<i64>,
    limit: i64,
    /// None when the page was asked for by `cursor`.
    offset: Option<i64>,
    has_more: bool,
    /// For the next page, if there is one.
    next_cursor: Option<String>,
}

/// The caller's readings, the newest first. Questions about a reading are listed with it
/// (`GET /v1/analyses/{id}/questions`).
#[utoipa::path(get, path = "/v1/analyses", operation_id = "list_analyses", tag = "Analysis", params(Wanted),
    responses((status = 200, description = "A page", body = Page<'_>,
        headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))),
        Refused))]
pub(crate) async fn list(
    me: Me,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let limit = within("limit", wanted.limit.unwrap_or(20), 1..=LIMIT_MAX)?;
    let focus_area = match wanted.focus_area.as_deref() {
        None => None,
        some => Some(rules::focus_area(some)?),
    };
    let filter = Filter {
        focus_area,
        words: rules::search(wanted.q.as_deref())?,
        readings_alone: true,
    };
    let found = Found::read(&state, &me, &filter, start(&wanted)?, limit).await?;
    let mut views: Vec<_> = (found.rows.iter())
        .map(|row| AnalysisView::of(row, me.language))
        .collect();
    if wanted.thumbnails == Some(true) {
        views = with_thumbnails(&state, &found.rows, views).await?;
    }
    Ok(found.answer(views, &wanted, limit))
}

/// Signs links to the thumbnails, which makes no call.
async fn with_thumbnails<'a>(
    state: &ApiState,
    rows: &[Analysis],
    views: Vec<AnalysisView<'a>>,
) -> Result<Vec<AnalysisView<'a>>, Error> {
    let keys = photo_keys::thumbnails(&mut *state.db().await?, rows).await?;
    let mut with_links = Vec::with_capacity(views.len());
    for (row, view) in rows.iter().zip(views) {
        let thumbnail = match keys.get(&row.id) {
            Some(key) => Some(link(state, key).await?),
            None => None,
        };
        with_links.push(view.with_thumbnail(thumbnail));
    }
    Ok(with_links)
}

/// A page as it was found.
struct Found {
    rows: Vec<Analysis>,
    start: Start,
    has_more: bool,
    total: Option<i64>,
}

impl Found {
    async fn read(
        state: &ApiState,
        me: &Me,
        filter: &Filter,
        start: Start,
        limit: i64,
    ) -> Result<Self, Error> {
        let mut conn = state.db().await?;
        let mut rows = history::page(&mut conn, me.id, filter, start, limit + 1).await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or_default());
        let total = match start {
            Start::After(_) => None,
            // What is left fits on this page: it is counted already.
            Start::Offset(offset) if !has_more && (offset == 0 || !rows.is_empty()) => {
                Some(offset + rows.len() as i64)
            }
            Start::Offset(_) => Some(history::count(&mut conn, me.id, filter).await?),
        };
        Ok(Self {
            rows,
            start,
            has_more,
            total,
        })
    }

    fn answer(&self, data: Vec<AnalysisView<'_>>, wanted: &Wanted, limit: i64) -> HttpResponse {
        let next_cursor = self.rows.last().filter(|_| self.has_more).map(cursor);
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "private, no-cache"));
        if let Some(next) = &next_cursor {
            response.insert_header((LINK, next_page(wanted, limit, next)));
        }
        response.json(Page {
            data,
            pagination: Pagination {
                total: self.total,
                limit,
                offset: match self.start {
                    Start::Offset(offset) => Some(offset),
                    Start::After(_) => None,
                },
                has_more: self.has_more,
                next_cursor,
            },
        })
    }
}

fn within(
    field: &'static str,
    value: i64,
    bounds: std::ops::RangeInclusive<i64>,
) -> Result<i64, Error> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (bounds.start(), bounds.end());
    Err(Error::invalid(
        field,
        format!("must be from {least} to {most}"),
    ))
}

fn start(wanted: &Wanted) -> Result<Start, Error> {
    match (&wanted.cursor, wanted.offset) {
        (Some(cursor), _) => parse_cursor(cursor)
            .map(Start::After)
            .ok_or_else(|| Error::invalid("cursor", "unknown or malformed cursor")),
        (None, offset) => {
            let offset = within("offset", offset.unwrap_or(0), 0..=i64::from(i32::MAX))?;
            Ok(Start::Offset(offset))
        }
    }
}

/// A position in the list, as an opaque string.
fn cursor(last: &Analysis) -> String {
    print_cursor(last.created_at, last.id)
}

/// What [`parse_cursor`] reads.
pub fn print_cursor(created_at: DateTime<Utc>, id: Uuid) -> String {
    let micros = created_at.timestamp_micros();
    URL_SAFE_NO_PAD.encode([&micros.to_be_bytes()[..], id.as_bytes()].concat())
}

/// The year 9999.
const MICROS_MAX: i64 = 253_402_300_799_000_000;

/// The position that a cursor names; `None` if it is none.
pub fn parse_cursor(cursor: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (micros, id) = bytes.split_first_chunk::<8>()?;
    // Within what Postgres can compare with: a client may have made it up.
    let micros = i64::from_be_bytes(*micros).clamp(0, MICROS_MAX);
    let created_at = DateTime::from_timestamp_micros(micros)?;
    let id = Uuid::from_slice(id).ok()?;
    Some(Cursor { created_at, id })
}

/// The header `Link` to the next page of the same list.
fn next_page(wanted: &Wanted, limit: i64, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    let texts = [
        ("focus_area", wanted.focus_area.as_deref()),
        ("q", wanted.q.as_deref()),
        (
            "thumbnails",
            wanted
                .thumbnails
                .map(|on| if on { "true" } else { "false" }),
        ),
    ];
    for (name, text) in texts {
        query.extend_pairs(text.map(|text| (name, text)));
    }
    let query = query.append_pair("cursor", cursor).finish();
    format!("</v1/analyses?{query}>; rel=\"next\"")
}
