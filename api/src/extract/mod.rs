//! What handlers take from a request.

mod caller;

pub(crate) use caller::Caller;
