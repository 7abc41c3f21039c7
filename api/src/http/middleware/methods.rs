//! HEAD works wherever GET does, and OPTIONS lists the methods. (The CORS middleware answers the
//! preflights of browsers before they come here.)

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

pub(crate) async fn wrap<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let method = request.method().clone();
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let mut answered = next.call(request).await?;
    if answered.status() == StatusCode::METHOD_NOT_ALLOWED {
        complete(answered.headers_mut());
        if method == Method::OPTIONS {
            *answered.response_mut().status_mut() = StatusCode::NO_CONTENT;
        }
    }
    if method == Method::HEAD {
        // The body is not even read: a stream of events would never end.
        return Ok(answered.map_body(|_, body| EitherBody::right(EmptyBody(body.size()).boxed())));
    }
    Ok(answered.map_into_left_body())
}

/// Adds HEAD and OPTIONS to the methods of a path.
fn complete(headers: &mut HeaderMap) {
    let allowed = headers.get(ALLOW).and_then(|allow| allow.to_str().ok());
    let mut methods: Vec<&str> = allowed.unwrap_or("").split(',').map(str::trim).collect();
    methods.retain(|method| !method.is_empty());
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    if let Ok(allow) = HeaderValue::from_str(&methods.join(", ")) {
        headers.insert(ALLOW, allow);
    }
}

/// A body of which only the length is sent.
struct EmptyBody(BodySize);

impl MessageBody for EmptyBody {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
