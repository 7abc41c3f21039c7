//! `GET /v1/admin/audit-log/export`: the sealed lines with their seals, as they are read.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use audit::chain::export::{self, Sealed};
use chrono::{DateTime, Utc};
use futures_util::stream::try_unfold;
use kernel::Error;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::audit_log::read;
use super::gate::Operator;
use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// How many lines are read at once.
const PAGE: i64 = 1_000;

/// The form of the lines.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// An object of JSON a line.
    #[default]
    Ndjson,
    /// RFC 4180, with the names in the first line.
    Csv,
}

/// Which lines, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[param(inline)]
    format: Option<Form>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

/// Sealed lines of the audit log, the oldest first, with the links of the chain over them
///
/// `link` is SHA-256 of the link before, `seq` and `made_at_micros` (8 bytes each, the highest first), `lasting` and
/// `whole`. Of a line that was deleted after 90 days the seal alone is there. Lines are sealed within two minutes.
#[utoipa::path(get, path = "/v1/admin/audit-log/export", operation_id = "export_audit_log", tag = "Operators",
    params(Wanted),
    responses((status = 200, description = "The lines", content_type = "application/x-ndjson", body = String), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn export(
    operator: Operator,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<HttpResponse, Problem> {
    let form = wanted.format.unwrap_or_default();
    let within = (wanted.from, wanted.to);
    let act = read(
        "audit_log_exported",
        json!({ "from": wanted.from, "to": wanted.to }),
    );
    operator.by.note(&mut *state.db().await?, act).await?;
    let (kind, name) = match form {
        Form::Ndjson => ("application/x-ndjson", "audit-log.ndjson"),
        Form::Csv => ("text/csv; charset=utf-8", "audit-log.csv"),
    };
    let db = state.core.db.clone();
    let lines = try_unfold(Some(0), move |behind: Option<i64>| {
        let db = db.clone();
        async move {
            let Some(behind) = behind else {
                return Ok::<_, Error>(None);
            };
            // Not held while the client reads.
            let rows = export::page(&mut *db.get().await?, behind, within, PAGE).await?;
            let mut text = match (form, behind) {
                (Form::Csv, 0) => format!("{}\r\n", COLUMNS.join(",")),
                _ => String::new(),
            };
            for row in &rows {
                text.push_str(&line(form, row)?);
            }
            if text.is_empty() {
                return Ok(None);
            }
            Ok(Some((Bytes::from(text), rows.last().map(|row| row.seq))))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(lines)))
}

/// The columns of a CSV, as the fields are called.
const COLUMNS: [&str; 16] = [
    "seq",
    "id",
    "made_at_micros",
    "created_at",
    "action",
    "actor",
    "user_id",
    "entity_type",
    "entity_id",
    "old_value",
    "new_value",
    "ip_address",
    "user_agent",
    "lasting",
    "whole",
    "link",
];

fn line(form: Form, row: &Sealed) -> Result<String, Error> {
    let row = serde_json::to_value(row).map_err(Error::internal)?;
    Ok(match form {
        Form::Ndjson => format!("{row}\n"),
        Form::Csv => {
            let cells = COLUMNS.map(|column| cell(&row[column]));
            format!("{}\r\n", cells.join(","))
        }
    })
}

/// A cell. What a spreadsheet would take for a formula gets an apostrophe: a stranger chooses their `User-Agent`.
pub(crate) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let guard = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_is_no_formula() {
        for (value, wanted) in [
            (json!(null), "\"\""),
            (json!(7), "\"7\""),
            (json!("a \"b\", c"), "\"a \"\"b\"\", c\""),
            (json!("=1+1"), "\"'=1+1\""),
            (json!({ "a": 1 }), "\"{\"\"a\"\":1}\""),
        ] {
            assert_eq!(cell(&value), wanted);
        }
    }
}
