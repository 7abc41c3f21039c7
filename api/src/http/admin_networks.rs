//! From which networks operators come (`ADMIN_ALLOW`).

use actix_web::HttpRequest;
use kernel::Error;

use super::extract::origin;
use super::security::Event;
use crate::state::ApiState;

/// Whether there is anything of operators for this address.
pub(crate) fn may_come(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let Some(networks) = &state.config.admin_allow else {
        return Ok(());
    };
    if origin::address(request).is_some_and(|address| networks.contain(address)) {
        return Ok(());
    }
    state
        .security_log
        .note(request, Event::AdminFromForeignNetwork);
    Err(Error::NotFound("page"))
}
