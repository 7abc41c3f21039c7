//! What handlers take from a request.

mod caller;
mod from_telegram;

pub(crate) use caller::Caller;
pub(crate) use from_telegram::FromTelegram;
