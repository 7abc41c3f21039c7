//! How long one has to wait between tries to prove oneself. Pure.
//!
//! A delay, and never a lock: nobody can be kept out for longer than [`LONGEST`] by strangers. Where a person has signed
//! in lately, the tries of strangers elsewhere do not hold up the right password at all.
//!
//! All tries count for the same subjects, and what was counted answers the same, whether or not the address is known and
//! wherever its owner has signed in: only who shows the right password learns of that.

use core::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::sessions::device::network;

/// The longest delay.
const LONGEST: TimeDelta = TimeDelta::seconds(300);

/// After this long without a try it begins anew.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);

/// Tries without a delay, of an address and of an address from one network.
const FREE: i32 = 5;

/// The same of a network, which many people share.
const FREE_OF_NETWORK: i32 = 50;

/// How long a network counts as known in which a person has signed in.
pub const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// What tries are for: each is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A password.
    Proof,
    /// A code of a second factor. By itself, so that a right password does not begin it anew.
    Code,
    /// A letter to an address.
    Letter,
}

/// Something that tries are counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub name: String,
    pub free: i32,
}

/// What a try counts for: for address and network together, and for each of them.
pub fn subjects(what: What, email_key: &str, address: Option<IpAddr>) -> [Subject; 3] {
    let what = match what {
        What::Proof => "proof",
        What::Code => "code",
        What::Letter => "letter",
    };
    let place = address.map_or_else(
        || "nowhere".to_owned(),
        |address| network(address).to_string(),
    );
    let subject = |name: String, free| Subject { name, free };
    [
        subject(format!("{what}|{email_key}|{place}"), FREE),
        subject(format!("{what}|{email_key}|"), FREE),
        subject(format!("{what}||{place}"), FREE_OF_NETWORK),
    ]
}

/// How long to wait before the next try; `None`: it may be made now.
pub fn wait(
    free: i32,
    tries: i32,
    last_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<TimeDelta> {
    let over = tries.saturating_sub(free);
    if over < 0 || now - last_at >= FORGOTTEN {
        return None;
    }
    let delay = match over {
        0..=8 => TimeDelta::seconds(1 << over).min(LONGEST),
        _ => LONGEST,
    };
    let left = last_at + delay - now;
    (left > TimeDelta::zero()).then_some(left)
}

/// The number of tries after one more.
pub fn count(tries: i32, last_at: DateTime<Utc>, now: DateTime<Utc>) -> i32 {
    match now - last_at >= FORGOTTEN {
        true => 1,
        false => tries.saturating_add(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
    }

    /// As many tries as there may be at once, and then the delays.
    #[test]
    fn five_are_free_and_each_further_one_waits_twice_as_long_up_to_five_minutes() {
        for tries in 0..5 {
            assert_eq!(wait(5, tries, at(0), at(0)), None, "{tries}");
        }
        let delays =
            (5..16).map(|tries| wait(5, tries, at(0), at(0)).map(|left| left.num_seconds()));
        let wanted = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
        assert_eq!(delays.collect::<Vec<_>>(), wanted.map(Some));
        assert_eq!(wait(5, 7, at(0), at(3)), Some(TimeDelta::seconds(1)));
        assert_eq!(wait(5, 7, at(0), at(4)), None);
        assert_eq!(wait(5, i32::MAX, at(0), at(300)), None, "never for ever");
    }

    #[test]
    fn after_an_hour_it_begins_anew() {
        assert_eq!(count(9, at(0), at(3_599)), 10);
        assert_eq!(count(9, at(0), at(3_600)), 1);
    }

    /// By hand: 5 that are free, those after 1, 2, 4 … 256 seconds (the last of them at 515 s), and one in 300 s after that.
    #[test]
    fn of_10_000_tries_one_a_second_45_are_looked_at_however_many_networks_they_come_from() {
        let (mut tries, mut last_at, mut looked_at) = (0, at(0), 0);
        for second in 0..10_000 {
            if wait(FREE, tries, last_at, at(second)).is_none() {
                tries = count(tries, last_at, at(second));
                last_at = at(second);
                looked_at += 1;
            }
        }
        assert_eq!(looked_at, 5 + 9 + (9_999 - 515) / 300);
    }
}
