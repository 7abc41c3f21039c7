//! What happens to every request.

pub(crate) mod request_context;
