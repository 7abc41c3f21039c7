//! `GET /v1/analyses/{id}`: how far a reading is, and the reading; at once, or when there is news.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::{Error, Language};
use people::users;
use readings::model::Analysis;
use readings::queries;
use tokio::time::Instant;
use uuid::Uuid;

use super::view::{AnalysisView, answer, etag, matches};
use crate::http::extract::{Viewer, origin};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::readings::waiting::permits::Permit;
use crate::readings::waiting::{News, Watch};
use crate::state::ApiState;

/// The longest wait that `Prefer: wait` gets.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// One reading. With `Prefer: wait=N` (RFC 7240) the answer comes when the reading has ended, or,
/// with `If-None-Match`, as soon as it has changed; after N seconds (60 at most) in any case.
#[utoipa::path(get, path = "/v1/analyses/{id}", operation_id = "get_analysis", tag = "Analysis",
    params(
        ("id" = Uuid, Path, description = "Id of the reading"),
        ("If-None-Match" = Option<String>, Header, description = "ETag that the client has"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: answer when there is news"),
    ),
    responses(
        (status = 200, description = "The reading as it is now", body = AnalysisView<'_>,
            headers(
                ("ETag" = String, description = "Changes with every change"),
                ("Retry-After" = u32, description = "Seconds until it is worth asking again; only while it is not ended"),
                ("Preference-Applied" = String, description = "`wait=N`, if it was waited for"),
            )),
        (status = 304, description = "As the client has it"),
        (status = 404, description = "There is no such reading, or it belongs to another person", body = ErrorBody),
        Refused))]
pub(crate) async fn show(
    request: HttpRequest,
    viewer: Viewer,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound("analysis"))?;
    let known = known(request.headers());
    let wait = wait(request.headers());
    let permit = wait.map(|_| permit(&state, &request, viewer.owner));
    let _permit = permit.transpose()?;
    // Begun before the row is looked at, so that nothing is missed in between.
    let watch = wait.and_then(|_| state.waiting.watch(id));
    let mut analysis = found(&state, id, &viewer).await?;
    if let (Some(wait), Some(watch)) = (wait, watch) {
        let enough = |analysis: &Analysis| match known {
            Some(known) => !matches(known, &etag(analysis, viewer.language)),
            None => analysis.status.is_final(),
        };
        analysis = settled(analysis, watch, wait, enough).await?;
    }
    let language = match analysis.error_code {
        Some(_) => language(&state, &viewer, &analysis).await?,
        None => viewer.language,
    };
    let mut answer = answer(&analysis, language, known);
    applied(answer.headers_mut(), wait);
    Ok(answer)
}

/// Says for how long an answer may have waited.
pub(crate) fn applied(headers: &mut HeaderMap, wait: Option<Duration>) {
    if let Some(wait) = wait
        && let Ok(value) = format!("wait={}", wait.as_secs()).parse()
    {
        headers.insert(HeaderName::from_static("preference-applied"), value);
    }
}

/// The right of a request of a person to wait; see [`crate::readings::waiting::permits`].
pub(crate) fn permit(
    state: &ApiState,
    request: &HttpRequest,
    person: Option<Uuid>,
) -> Result<Permit, Error> {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let address = origin::address(request).unwrap_or(nowhere);
    state.permits.take(person, address)
}

/// The reading, if the viewer may see it.
pub(crate) async fn found(state: &ApiState, id: Uuid, viewer: &Viewer) -> Result<Analysis, Error> {
    let found = queries::by_id(&mut *state.db().await?, id, viewer.owner).await;
    found.map_err(super::not_found)
}

/// The language of what is said about a reading: a service passes it on to the person.
pub(crate) async fn language(
    state: &ApiState,
    viewer: &Viewer,
    analysis: &Analysis,
) -> Result<Language, Error> {
    if viewer.owner.is_some() {
        return Ok(viewer.language);
    }
    let person = users::queries::by_id(&mut *state.db().await?, analysis.user_id).await;
    Ok(person.map_err(super::not_found)?.language())
}

/// The reading once it is `enough`, or as it is when the time is over or this process stops.
async fn settled(
    mut analysis: Analysis,
    mut watch: Watch,
    wait: Duration,
    enough: impl Fn(&Analysis) -> bool,
) -> Result<Analysis, Error> {
    let deadline = Instant::now() + wait;
    while !enough(&analysis) && !analysis.status.is_final() {
        match tokio::time::timeout_at(deadline, watch.after(analysis.revision)).await {
            Ok(Some(News::Changed(changed))) => analysis = (*changed).clone(),
            Ok(Some(News::Gone)) => return Err(Error::NotFound("analysis")),
            Ok(Some(News::None)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    Ok(analysis)
}

fn known(headers: &HeaderMap) -> Option<&str> {
    headers.get(IF_NONE_MATCH)?.to_str().ok()
}

/// How long the client wants to wait. Preferences are a list, over one header or many; unknown and
/// malformed ones are ignored (RFC 7240, section 2).
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let all = headers
        .get_all("prefer")
        .filter_map(|one| one.to_str().ok());
    let mut all = all.flat_map(|one| one.split(','));
    let seconds = all.find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let wait = name.trim().eq_ignore_ascii_case("wait");
        wait.then(|| value.trim().trim_matches('"').parse::<u64>().ok())?
    })?;
    let wait = Duration::from_secs(seconds).min(WAIT_MAX);
    (!wait.is_zero()).then_some(wait)
}
