//! The security log: refused credentials, forged calls, log-ins of operators (OWASP ASVS 5, 16.3), a
//! line with the target `security` each.
//!
//! Of one kind from one address the first of a minute is written, and the first of a later minute
//! tells how many were left out: a client that guesses must not fill the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use kernel::Error;
use kernel::codes::{INVALID_TOKEN, TOKEN_EXPIRED};
use people::rate_limits::buckets::Bucket;

use super::extract::origin::{self, RequestId};
use super::metrics;

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    WrongKey,
    ExpiredKey,
    /// A good key from an address that it may not come from.
    KeyFromForeignNetwork,
    WrongInitData,
    /// Good `initData` of another client.
    ReplayedInitData,
    /// An access token that was not made here, or was changed.
    WrongAccessToken,
    /// A good access token of another client.
    ReplayedAccessToken,
    /// A refresh token that was replaced, and whose replacement is in use.
    ReusedRefreshToken,
    /// A password that is not that of the address.
    WrongPassword,
    /// A code of a second factor that is wrong, or was used.
    WrongCode,
    /// A passkey that does not prove its person.
    WrongPasskey,
    /// A passkey that cannot be copied, used as if there were two of it.
    CopiedPasskey,
    /// A call in the name of Telegram or of the bank that does not prove it.
    ForgedWebhook,
    WrongAdminKey,
    /// Wrong keys of the admin page from too many addresses: an unknown one was not looked at.
    AdminThrottled,
    /// A request for the admin page or `/v1/admin` from outside of `ADMIN_ALLOW`.
    AdminFromForeignNetwork,
    /// A request for `/v1/admin` of a person or a key that is no operator.
    NotAnOperator,
    /// The admin page was opened from an address for the first time in 90 days.
    AdminAtNewAddress,
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::ExpiredKey => "expired_key",
            Self::KeyFromForeignNetwork => "key_from_foreign_network",
            Self::WrongInitData => "wrong_init_data",
            Self::ReplayedInitData => "replayed_init_data",
            Self::WrongAccessToken => "wrong_access_token",
            Self::ReplayedAccessToken => "replayed_access_token",
            Self::ReusedRefreshToken => "reused_refresh_token",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::WrongPasskey => "wrong_passkey",
            Self::CopiedPasskey => "copied_passkey",
            Self::ForgedWebhook => "forged_webhook",
            Self::WrongAdminKey => "wrong_admin_key",
            Self::AdminThrottled => "admin_throttled",
            Self::AdminFromForeignNetwork => "admin_from_foreign_network",
            Self::NotAnOperator => "not_an_operator",
            Self::AdminAtNewAddress => "admin_at_new_address",
        }
    }

    /// Why a caller was refused, if that belongs here. `initData` that has expired, or a token, does not: that
    /// is a Mini App that was left open.
    pub(crate) fn of_refusal(headers: &HeaderMap, why: &Error) -> Option<Self> {
        let person = headers.contains_key("x-telegram-init-data");
        let key = !person && headers.contains_key("x-api-key");
        match why {
            Error::Unauthenticated(code) if *code == INVALID_TOKEN => Some(match (person, key) {
                (true, _) => Self::WrongInitData,
                (_, true) => Self::WrongKey,
                _ => Self::WrongAccessToken,
            }),
            Error::Unauthenticated(code) if *code == TOKEN_EXPIRED && key => Some(Self::ExpiredKey),
            Error::Forbidden(_) if key => Some(Self::KeyFromForeignNetwork),
            _ => None,
        }
    }
}

/// The log of one process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct SecurityLog(Arc<Mutex<Minutes>>);

impl SecurityLog {
    /// Writes a line, or counts it.
    pub(crate) fn note(&self, request: &HttpRequest, event: Event) {
        metrics::security_event(event.as_str());
        let address = origin::address(request);
        let line = (event, address.map(Bucket::address));
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left_out) = minutes.left_out(line, Instant::now()) else {
            return;
        };
        drop(minutes);
        let id = request.extensions().get::<RequestId>().cloned();
        tracing::warn!(
            target: "security",
            event = event.as_str(),
            address = address.map(tracing::field::display),
            key = key_prefix(request.headers()),
            request_id = id.map(|id| id.0),
            left_out,
            "security"
        );
    }
}

/// The beginning of a key of ours, which is no secret. What has another form may be a secret that was
/// mistyped.
fn key_prefix(headers: &HeaderMap) -> Option<&str> {
    const PREFIX: usize = "sym_AbCdEfGh".len();
    let key = headers.get("x-api-key").map(HeaderValue::to_str)?.ok()?;
    key.get(..PREFIX)
        .filter(|prefix| prefix.starts_with("sym_"))
}

/// A kind of line, and the address it is about.
type Line = (Event, Option<Bucket>);

const MINUTE: Duration = Duration::from_secs(60);

/// How many kinds of lines are remembered. When there are more, all begin again.
const LINES_MAX: usize = 20_000;

/// When each was written, and how many were left out since.
#[derive(Default)]
struct Minutes(HashMap<Line, (Instant, u64)>);

impl Minutes {
    /// How many were left out before this one, if this one is to be written.
    fn left_out(&mut self, line: Line, now: Instant) -> Option<u64> {
        if self.0.len() >= LINES_MAX && !self.0.contains_key(&line) {
            self.0.clear();
        }
        match self.0.get_mut(&line) {
            Some((written, left_out)) if now.duration_since(*written) < MINUTE => {
                *left_out += 1;
                None
            }
            _ => {
                let before = self.0.insert(line, (now, 0));
                Some(before.map_or(0, |(_, left_out)| left_out))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: Event, address: &str) -> Line {
        let address = address.parse().expect("an address");
        (event, Some(Bucket::address(address)))
    }

    #[test]
    fn the_first_of_a_minute_is_written_and_tells_how_many_were_left_out() {
        let (mut minutes, start) = (Minutes::default(), Instant::now());
        let guess = line(Event::WrongKey, "192.0.2.1");
        for (second, told) in [
            (0, Some(0)),
            (1, None),
            (59, None),
            (60, Some(2)),
            (120, Some(0)),
        ] {
            let now = start + Duration::from_secs(second);
            assert_eq!(minutes.left_out(guess, now), told, "at {second} s");
        }
        for other in [
            line(Event::WrongKey, "192.0.2.2"),
            line(Event::WrongAdminKey, "192.0.2.1"),
            (Event::WrongKey, None),
        ] {
            let now = start + Duration::from_secs(121);
            assert_eq!(minutes.left_out(other, now), Some(0), "{other:?}");
        }
    }

    #[test]
    fn addresses_without_number_take_no_memory_without_end() {
        let (mut minutes, now) = (Minutes::default(), Instant::now());
        for one in 0..=u32::try_from(LINES_MAX).expect("small") * 2 {
            let address = std::net::Ipv4Addr::from(one).to_string();
            minutes.left_out(line(Event::WrongKey, &address), now);
        }
        assert!(minutes.0.len() <= LINES_MAX);
    }

    #[test]
    fn only_the_beginning_of_what_has_the_form_of_a_key_is_written() {
        let prefix = |key: &str| {
            let mut headers = HeaderMap::new();
            let name = actix_web::http::header::HeaderName::from_static("x-api-key");
            headers.insert(name, key.parse().expect("a header"));
            key_prefix(&headers).map(str::to_owned)
        };
        let key = "sym_AbCdEfGh_0123456789";
        assert_eq!(prefix(key).as_deref(), Some("sym_AbCdEfGh"));
        assert_eq!(prefix("the-secret-of-n8n"), None);
        assert_eq!(prefix("sym_"), None);
    }
}
