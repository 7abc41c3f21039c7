//! The state machine of payments. Pure.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use url::Url;

use super::model::{Happened, Payment, PaymentProvider, PaymentStatus};
use crate::codes;
use crate::subscriptions::model::Plan;
use kernel::ErrorCode;
use kernel::networks::is_https_or_loopback;
use vendors::payment::Refusal;

/// The next step of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The person gets the plan.
    Grant,
    /// The money went back: the plan that it bought is taken back.
    TakeBack,
    /// It ends without money, in this state.
    Close(PaymentStatus),
    /// Nothing.
    Nothing,
}

/// The next step. Events are repeated and arrive in any order, so:
/// - money that came is granted, after any event: a refusal, an end, our own 24 hours;
/// - money that went back stays back, also if the event of its coming arrives afterwards;
/// - nothing else undoes a payment that succeeded;
/// - a refusal says more than the end of the page that it was on.
pub fn step(status: PaymentStatus, happened: Happened) -> Step {
    use PaymentStatus as S;
    match (happened, status) {
        (Happened::Paid, S::Pending | S::Failed | S::Canceled) => Step::Grant,
        (Happened::Returned, S::Pending | S::Failed | S::Canceled | S::Succeeded) => Step::TakeBack,
        (Happened::Refused, S::Pending | S::Canceled) => Step::Close(S::Failed),
        (Happened::Abandoned, S::Pending) => Step::Close(S::Canceled),
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

/// What a month of a plan costs, in whole units of the currency; `None`: it is not for sale in it.
pub fn price(plan: &Plan, currency: &str) -> Option<Decimal> {
    match currency {
        "XTR" => plan.price_stars.map(Decimal::from),
        "RUB" => plan.price_rub,
        _ => None,
    }
}

/// A sum in the smallest unit of its currency: Stars have none (Bot API, "Telegram Stars"), others hundredths
/// (ISO 4217).
pub fn minor_units(amount: Decimal, currency: &str) -> i64 {
    let units = match currency {
        "XTR" => amount,
        _ => amount * Decimal::ONE_HUNDRED,
    };
    units.round().to_i64().unwrap_or(i64::MAX)
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
    fn sums_are_whole_numbers_of_the_smallest_unit() {
        let sum = |text: &str, currency| minor_units(text.parse().expect("a sum"), currency);
        assert_eq!(sum("150.00", "XTR"), 150);
        assert_eq!(sum("299.00", "RUB"), 29_900);
        assert_eq!(sum("311.5", "RUB"), 31_150);
        assert_eq!(sum("0.01", "EUR"), 1);
    }

    #[test]
    fn money_that_came_is_granted_after_any_event() {
        use PaymentStatus as S;
        for status in [S::Pending, S::Failed, S::Canceled] {
            assert_eq!(step(status, Happened::Paid), Step::Grant);
        }
        for status in [S::Succeeded, S::Refunded] {
            assert_eq!(step(status, Happened::Paid), Step::Nothing);
        }
    }

    #[test]
    fn nothing_but_a_return_undoes_a_success() {
        let undone = |happened| step(PaymentStatus::Succeeded, happened) != Step::Nothing;
        assert!(undone(Happened::Returned));
        for happened in [
            Happened::Open,
            Happened::Underway,
            Happened::Refused,
            Happened::Abandoned,
            Happened::PartlyReturned,
        ] {
            assert!(!undone(happened), "{happened:?}");
        }
    }
}
