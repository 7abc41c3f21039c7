//! The outermost layer: the client's address, and the headers of every answer.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};

use super::{client_address, security_headers};
use crate::state::ApiState;

pub(crate) async fn wrap<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    let Some(state) = state else {
        return next.call(request).await;
    };
    if let Some(address) = client_address::of(&request, &state.config.trusted_proxies) {
        request.extensions_mut().insert(address);
    }
    let secure = security_headers::came_by_https(request.headers());
    let mut answered = next.call(request).await?;
    state.security.dress(answered.headers_mut(), secure);
    Ok(answered)
}
