//! The outermost layer: the client's address, the headers of every answer, and whether its connection goes on.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
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
    if state.stopping.has_begun() {
        // Or a proxy would send its next request here while the connection is cut.
        let head = answered.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(answered)
}
