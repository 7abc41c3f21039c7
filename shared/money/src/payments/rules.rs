//! The state machine of payments. Pure.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use super::model::{Happened, Payment, PaymentProvider, PaymentStatus};
use crate::codes;
use kernel::ErrorCode;
use kernel::networks::is_https_or_loopback;
use vendors::payment::{Money, Refusal, Verdict};

/// The id of a charge that is due at a moment, and its number among those of the same moment. It follows from these
/// alone; as every id of a payment it sorts by its time (UUIDv7).
pub fn charge_id(subscription: Uuid, due: DateTime<Utc>, number: u64) -> Uuid {
    let mut of = Sha256::new();
    of.update(subscription);
    of.update(due.timestamp_micros().to_be_bytes());
    of.update(number.to_be_bytes());
    let (mut rest, digest) = ([0; 10], of.finalize());
    rest.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    let millis = u64::try_from(due.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis + number, &rest).into_uuid()
}

/// The next step of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The person gets the plan.
    Grant,
    /// The money went back: the plan that it bought is taken back.
    TakeBack,
    /// Money that had gone back is here again, and with it the plan.
    Restore,
    /// It waits for its money once more: what is here again had never been told to have come.
    Reopen,
    /// What has gone back, or is held, is another sum. The plan stays.
    Level,
    /// It ends without money, in this state.
    Close(PaymentStatus),
    /// Nothing.
    Nothing,
}

/// Whether an event is about money that goes back, or is held.
pub fn is_of_return(happened: Happened) -> bool {
    use Happened as H;
    matches!(
        happened,
        H::Returned
            | H::PartlyReturned
            | H::ReturnFailed
            | H::Disputed
            | H::DisputeWon
            | H::DisputeLost
    )
}

/// Whether an event is about a dispute.
pub fn is_of_dispute(happened: Happened) -> bool {
    use Happened as H;
    matches!(happened, H::Disputed | H::DisputeWon | H::DisputeLost)
}

/// The next step. Events are repeated and arrive in any order, so:
/// - money that came is granted, after any event: a refusal, an end, our own 24 hours;
/// - whether money went back, all that was said of it decides, not the last event: `is_gone`, all of it; `has_come`;
/// - nothing else undoes a payment that succeeded;
/// - a refusal says more than the end of the page that it was on.
pub fn step(status: PaymentStatus, happened: Happened, is_gone: bool, has_come: bool) -> Step {
    use PaymentStatus as S;
    match (happened, status) {
        (Happened::Paid, S::Pending | S::Failed | S::Canceled) if is_gone => Step::TakeBack,
        (Happened::Paid, S::Pending | S::Failed | S::Canceled) => Step::Grant,
        (Happened::Refused, S::Pending | S::Canceled) => Step::Close(S::Failed),
        (Happened::Abandoned, S::Pending) => Step::Close(S::Canceled),
        (happened, S::Refunded) if is_of_return(happened) && !is_gone => match has_come {
            true => Step::Restore,
            false => Step::Reopen,
        },
        (happened, status) if is_of_return(happened) && status != S::Refunded => match is_gone {
            true => Step::TakeBack,
            false => Step::Level,
        },
        _ => Step::Nothing,
    }
}

/// Whether provider, amount and currency are those of the order.
pub fn fits(
    payment: &Payment,
    (provider, amount, currency): (PaymentProvider, Decimal, &str),
) -> bool {
    payment.provider == provider && payment.amount == amount && payment.currency == currency
}

/// Whether a vendor may take this money for the order: one that waits for it, also after a refusal.
pub fn may_pay(payment: Option<&Payment>, provider: PaymentProvider, money: &Money) -> Verdict {
    let waits = |payment: &&Payment| {
        let open = matches!(
            payment.status,
            PaymentStatus::Pending | PaymentStatus::Failed
        );
        open && payment.provider == provider && payment.user_id.is_some()
    };
    match payment.filter(waits) {
        None => Verdict::NoOrder,
        Some(order) if fits(order, (provider, money.amount, &money.currency)) => Verdict::Taken,
        Some(_) => Verdict::WrongSum,
    }
}

/// The code of a payment that was refused for this reason.
pub fn code_of(refusal: Option<Refusal>) -> ErrorCode {
    match refusal {
        Some(Refusal::InsufficientFunds) => codes::INSUFFICIENT_FUNDS,
        Some(Refusal::CardExpired) => codes::CARD_EXPIRED,
        Some(Refusal::ByIssuer) => codes::CARD_REFUSED,
        Some(Refusal::NotConfirmed) => codes::PAYMENT_NOT_CONFIRMED,
        None => codes::PAYMENT_FAILED,
    }
}

/// Whether people may be sent to this address after they have paid: https (or http on this
/// machine) and a host of the list, in which `*.example.org` stands for all below `example.org`. Another port
/// than that of https is another program: it has to be in the list too (`example.org:8443`).
pub fn may_return_to(url: &Url, hosts: &[String]) -> bool {
    let Some(host) = url.host() else {
        return false;
    };
    // A name before the host is how one address is made to look like another.
    let plain = url.username().is_empty() && url.password().is_none();
    is_https_or_loopback(url)
        && plain
        && hosts.iter().any(|allowed| {
            let (allowed, port) = host_and_port(allowed);
            let on_this_machine = url.scheme() == "http";
            (on_this_machine || url.port() == port) && matches(&host.to_string(), allowed)
        })
}

/// The two parts of an entry of the list. IPv6 addresses stand in brackets.
fn host_and_port(allowed: &str) -> (&str, Option<u16>) {
    let split = allowed.rsplit_once(':');
    match split.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host, Some(port)),
        None => (allowed, None),
    }
}

fn matches(host: &str, allowed: &str) -> bool {
    match allowed.strip_prefix("*.") {
        None => host.eq_ignore_ascii_case(allowed),
        Some(parent) => host
            .to_ascii_lowercase()
            .strip_suffix(&parent.to_ascii_lowercase())
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returns(url: &str) -> bool {
        let hosts = [
            "t.me",
            "localhost",
            "*.symancy.example",
            "127.0.0.1",
            "shop.example:8443",
        ];
        let hosts = hosts.map(str::to_owned);
        may_return_to(&Url::parse(url).expect("an address"), &hosts)
    }

    #[test]
    fn people_are_sent_only_to_hosts_of_the_list() {
        for good in [
            "https://t.me/bot/app",
            "https://T.ME/x",
            "https://app.symancy.example/paid?x=1",
            "http://localhost:5173/",
            "http://127.0.0.1:3000/x",
            "https://t.me:443/x",
            "https://shop.example:8443/paid",
        ] {
            assert!(returns(good), "{good}");
        }
        for bad in [
            "http://t.me/bot",
            "https://t.me:8443/x",
            "https://app.symancy.example:22/",
            "https://shop.example/",
            "https://t.me.evil.example/",
            "https://evil.example/t.me",
            "https://symancy.example/",
            "https://evilsymancy.example/",
            "https://.symancy.example/",
            "https://t.me@evil.example/",
            "https://evil@t.me/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(!returns(bad), "{bad}");
        }
    }

    #[test]
    fn money_that_came_is_granted_after_any_event_unless_it_went_back() {
        use PaymentStatus as S;
        for status in [S::Pending, S::Failed, S::Canceled] {
            assert_eq!(step(status, Happened::Paid, false, true), Step::Grant);
            assert_eq!(step(status, Happened::Paid, true, true), Step::TakeBack);
        }
        for status in [S::Succeeded, S::Refunded] {
            for is_gone in [true, false] {
                assert_eq!(step(status, Happened::Paid, is_gone, true), Step::Nothing);
            }
        }
    }

    #[test]
    fn nothing_but_a_return_undoes_a_success() {
        let succeeded = |happened, is_gone| step(PaymentStatus::Succeeded, happened, is_gone, true);
        for happened in [
            Happened::Open,
            Happened::Underway,
            Happened::Refused,
            Happened::Abandoned,
            Happened::Paid,
        ] {
            assert_eq!(succeeded(happened, true), Step::Nothing, "{happened:?}");
        }
        for happened in [
            Happened::Returned,
            Happened::PartlyReturned,
            Happened::Disputed,
            Happened::DisputeLost,
        ] {
            assert_eq!(succeeded(happened, true), Step::TakeBack, "{happened:?}");
            assert_eq!(succeeded(happened, false), Step::Level, "{happened:?}");
        }
    }

    #[test]
    fn what_is_here_again_is_granted_if_it_had_come() {
        let refunded = |happened, is_gone, has_come| {
            step(PaymentStatus::Refunded, happened, is_gone, has_come)
        };
        for happened in [Happened::ReturnFailed, Happened::DisputeWon] {
            assert_eq!(refunded(happened, false, true), Step::Restore);
            assert_eq!(refunded(happened, false, false), Step::Reopen);
            assert_eq!(refunded(happened, true, true), Step::Nothing);
        }
    }

    #[test]
    fn the_id_of_a_charge_follows_from_its_moment_and_sorts_by_it() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let due = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let id = charge_id(one, due, 0);
        assert_eq!(id, charge_id(one, due, 0));
        assert_eq!(id.get_version_num(), 7);
        assert_ne!(id, charge_id(other, due, 0));
        assert!(id < charge_id(one, due, 1));
        assert!(id < charge_id(other, due + chrono::TimeDelta::days(1), 0));
    }
}
