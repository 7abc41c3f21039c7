//! One thing, every spelling: the paths of the design documents answer as the canonical ones do, in the envelope that
//! the document shows. A request is rewritten before it is routed, so that its scope, its limit and its log line are
//! those of the canonical path.

mod envelope;
mod table;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, LINK};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Envelope {
    /// As the canonical path answers.
    None,
    /// `{"success": true, ...}` and `{"success": false, "error", "code", "timestamp"}` (document 000).
    Flat,
    /// `{"success": true, "data", "meta"}` and `{"success": false, "error": {...}}` (document 004).
    Data,
}

/// A path of a document. Segments in braces stand for any one segment, `*` at the end for any rest; the method `*` for
/// any.
#[derive(Clone, Copy, Debug)]
struct Alias {
    method: &'static str,
    path: &'static str,
    to: Target,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    /// The canonical method and path, and the form of the answer.
    Built(&'static str, &'static str, Envelope),
    /// Not built yet.
    Later,
}

const fn built(
    method: &'static str,
    path: &'static str,
    to_method: &'static str,
    to_path: &'static str,
    envelope: Envelope,
) -> Alias {
    Alias {
        method,
        path,
        to: Target::Built(to_method, to_path, envelope),
    }
}

/// All methods of another path, which answers as it is.
const fn same(path: &'static str, to_path: &'static str) -> Alias {
    built("*", path, "*", to_path, Envelope::None)
}

const fn later(method: &'static str, path: &'static str) -> Alias {
    Alias {
        method,
        path,
        to: Target::Later,
    }
}

/// The canonical method and path of a request, by the first line of the table that it matches; `None`: the path is canonical,
/// or not built yet.
fn canonical(method: &Method, path: &str) -> Option<(Method, String, Envelope)> {
    let (alias, rest) = table::ALIASES
        .iter()
        .filter(|alias| alias.method == "*" || alias.method == method.as_str())
        .find_map(|alias| Some((alias, matched(alias.path, path)?)))?;
    let Target::Built(to_method, to_path, envelope) = alias.to else {
        return None;
    };
    let to_method = match to_method {
        "*" => method.clone(),
        name => name.parse().ok()?,
    };
    Some((to_method, filled(to_path, &rest), envelope))
}

/// What stands for the braces and the star of a pattern, in their order, if the path matches it.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut rest = path;
    for part in pattern.split('/').skip(1) {
        rest = rest.strip_prefix('/')?;
        if part == "*" {
            found.push(rest);
            return (!rest.is_empty()).then_some(found);
        }
        let (segment, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if part.starts_with('{') && !segment.is_empty() {
            found.push(segment);
        } else if part != segment {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(found)
}

fn filled(pattern: &str, found: &[&str]) -> String {
    let mut found = found.iter();
    let parts = pattern
        .split('/')
        .map(|part| match part.starts_with(['{', '*']) {
            true => found.next().copied().unwrap_or_default(),
            false => part,
        });
    parts.collect::<Vec<_>>().join("/")
}

/// Rewrites the request of an alias, and puts its answer into the envelope of its document.
pub(crate) async fn wrap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some((method, path, envelope)) = canonical(request.method(), request.path()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let link = HeaderValue::try_from(format!("<{path}>; rel=\"canonical\""));
    if let Some(uri) = with_path(request.uri(), &path) {
        request.match_info_mut().get_mut().update(&uri);
        let head = request.head_mut();
        (head.uri, head.method) = (uri, method);
    }
    let mut answered = next.call(request).await?.map_into_boxed_body();
    if let Ok(link) = link {
        answered.headers_mut().append(LINK, link);
    }
    envelope::wrap(answered, envelope).await
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let query = uri.query().map(|query| format!("?{query}"));
    let path = format!("{path}{}", query.unwrap_or_default());
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path.into_bytes()).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests;
