//! Ids are UUIDv7, so they carry the creation time of their row.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The smallest UUIDv7 of a moment (RFC 9562, 5.7: 48 bits of milliseconds come first).
pub fn first_id_of(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u64_pair(millis << 16, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_moment_sorts_before_its_ids_and_after_earlier_ones() {
        let now = Utc::now();
        let seconds = u64::try_from(now.timestamp()).expect("after 1970");
        let of_now = uuid::Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), 0, 0);
        let before = uuid::Timestamp::from_unix_time(seconds - 1, 0, 0, 0);
        assert!(first_id_of(now) < Uuid::new_v7(of_now));
        assert!(first_id_of(now) > Uuid::new_v7(before));
    }
}
