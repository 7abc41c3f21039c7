//! What handlers take from a request.

mod caller;
mod from_telegram;
mod me;
pub(crate) mod origin;

pub(crate) use caller::{Caller, Found, Proof};
pub(crate) use from_telegram::FromTelegram;
pub(crate) use me::Me;

/// Reads an id of Telegram; they have at most 52 significant bits
/// (<https://core.telegram.org/bots/api#user>).
pub(crate) fn telegram_id(raw: &str) -> Option<i64> {
    let id = raw.trim().parse().ok()?;
    (1..1i64 << 52).contains(&id).then_some(id)
}
