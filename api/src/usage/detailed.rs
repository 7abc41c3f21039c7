//! `GET /v1/usage/detailed`: the log of requests, in pages or as a CSV.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use chrono::{DateTime, Utc};
use futures_util::stream::try_unfold;
use kernel::Error;
use kernel::db::Pool;
use people::organizations::roles::Permission;
use serde::{Deserialize, Serialize};
use usage::queries::{self, LogLine};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::csv::cell;
use crate::http::extract::{Acting, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::readings::inside::{parse_cursor, print_cursor};
use crate::state::ApiState;

const LIMIT_MAX: i64 = 1_000;

/// The form of the answer.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UsageFormat)]
pub(crate) enum Form {
    #[default]
    Json,
    /// RFC 4180, with the names in the first line; all lines, whatever `limit` says.
    Csv,
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{32}$")]
    cursor: Option<String>,
    /// Of this key alone.
    key: Option<Uuid>,
    /// The pattern of a route.
    #[param(example = "/v1/analyses/{id}")]
    endpoint: Option<String>,
    /// A status, or a class of them: `404`, `4xx`.
    #[param(pattern = "^[1-5]([0-9][0-9]|xx)$")]
    status: Option<String>,
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    to: Option<DateTime<Utc>>,
    #[param(inline)]
    format: Option<Form>,
}

/// Some lines of the log.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageDetailed)]
pub(crate) struct Page {
    /// The newest first.
    data: Vec<LogLine>,
    /// For the next page, if there is one.
    next_cursor: Option<String>,
}

/// The requests of the account, one by one, the newest first
///
/// Lines are written within seconds; under great load, or while the database is away, some may be missing, and in the sums as
/// well: the quotas of the plan do not hang on them. Of refusals for too many requests (E304, E310, E311) about one in twenty
/// is written. `user_id` and `network` of other persons are there for those who may read the audit log.
#[utoipa::path(get, path = "/v1/usage/detailed", operation_id = "list_usage", tag = "Usage", params(Wanted),
    responses((status = 200, description = "A page, or a CSV of all", body = Page), Refused))]
pub(crate) async fn detailed(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let filter = filter(&wanted)?;
    if let Form::Csv = wanted.format.unwrap_or_default() {
        return Ok(csv(state.core.db.clone(), acting, filter));
    }
    let limit = wanted.limit.unwrap_or(100);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let why = format!("must be from 1 to {LIMIT_MAX}");
        return Err(Error::invalid("limit", why).into());
    }
    let mut conn = state.db().await?;
    let mut data = queries::log(&mut conn, acting.account, &filter, limit + 1).await?;
    let most = usize::try_from(limit).unwrap_or_default();
    let has_more = data.len() > most;
    data.truncate(most);
    hide(&mut data, &acting);
    let last = data.last().filter(|_| has_more);
    let next_cursor = last.map(|line| print_cursor(line.occurred_at, line.id));
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

/// What tells of other persons than the one who asks is for those who may read the audit log.
fn hide(lines: &mut [LogLine], acting: &Acting) {
    if acting.role.may(Permission::AuditRead) {
        return;
    }
    for line in lines {
        if line.user_id.is_none() || line.user_id != acting.person {
            (line.user_id, line.network) = (None, None);
        }
    }
}

fn filter(wanted: &Wanted) -> Result<queries::Wanted, Error> {
    let before = wanted.cursor.as_deref().map(|cursor| {
        let place = parse_cursor(cursor).map(|place| (place.created_at, place.id));
        place.ok_or_else(|| Error::invalid("cursor", "unknown or malformed cursor"))
    });
    let status = wanted.status.as_deref().map(|status| {
        range(status).ok_or_else(|| Error::invalid("status", "must be like 404 or 4xx"))
    });
    Ok(queries::Wanted {
        key: wanted.key,
        endpoint: wanted.endpoint.clone(),
        status: status.transpose()?,
        from: wanted.from,
        to: wanted.to,
        before: before.transpose()?,
    })
}

/// The statuses that are meant.
fn range(status: &str) -> Option<(i16, i16)> {
    match status.strip_suffix("xx") {
        Some(class) => {
            let class: i16 = class.parse().ok().filter(|one| (1..=5).contains(one))?;
            Some((class * 100, class * 100 + 99))
        }
        None => {
            let one: i16 = status.parse().ok()?;
            (100..=599).contains(&one).then_some((one, one))
        }
    }
}

/// All lines, read in pages while the client reads.
fn csv(db: Pool, acting: Acting, filter: queries::Wanted) -> HttpResponse {
    let pages = try_unfold(Some((filter, true)), move |place| {
        let (db, acting) = (db.clone(), acting.clone());
        async move {
            let Some((mut filter, is_first)) = place else {
                return Ok::<_, Error>(None);
            };
            // Not held while the client reads.
            let account = acting.account;
            let mut lines =
                queries::log(&mut *db.get().await?, account, &filter, LIMIT_MAX).await?;
            hide(&mut lines, &acting);
            let mut text = match is_first {
                true => format!("{}\r\n", COLUMNS.join(",")),
                false => String::new(),
            };
            for line in &lines {
                text.push_str(&row(line)?);
            }
            let is_whole = i64::try_from(lines.len()).is_ok_and(|lines| lines == LIMIT_MAX);
            let next = lines.last().filter(|_| is_whole).map(|last| {
                filter.before = Some((last.occurred_at, last.id));
                (filter, false)
            });
            Ok(Some((Bytes::from(text), next)))
        }
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"usage.csv\""))
        .streaming(Box::pin(pages))
}

/// The columns of a CSV, as the fields are called.
const COLUMNS: [&str; 16] = [
    "id",
    "occurred_at",
    "user_id",
    "key_id",
    "method",
    "endpoint",
    "status",
    "latency_ms",
    "bytes_in",
    "bytes_out",
    "tokens",
    "cost_micros",
    "model",
    "error_code",
    "request_id",
    "network",
];

fn row(line: &LogLine) -> Result<String, Error> {
    let line = serde_json::to_value(line).map_err(Error::internal)?;
    let cells = COLUMNS.map(|column| cell(&line[column]));
    Ok(format!("{}\r\n", cells.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_or_a_class_of_them_is_meant() {
        assert_eq!(range("404"), Some((404, 404)));
        assert_eq!(range("4xx"), Some((400, 499)));
        for none in ["", "xx", "6xx", "9", "600", "4x", "all"] {
            assert_eq!(range(none), None, "{none}");
        }
    }
}
