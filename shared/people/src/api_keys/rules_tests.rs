//! Tests of the form of keys and of their acceptance.

use super::*;
use crate::api_keys::fresh::make;
use kernel::ErrorCode;

/// CRC-32 and base 62 by Python 3.11: `zlib.crc32(b"sym_...")`, digits 0-9A-Za-z.
const BY_PYTHON: &str = "sym_AbCdEfGh_0123456789abcdefghijABCDEFGHIJ010VAb8g";

#[test]
fn a_key_made_by_another_implementation_is_well_formed() {
    assert!(is_well_formed(BY_PYTHON.as_bytes()));
}

#[test]
fn a_fresh_key_is_well_formed_and_no_two_are_alike() {
    let (one, other) = (make().expect("a key"), make().expect("a key"));
    assert!(is_well_formed(one.text.as_bytes()), "{}", one.text);
    assert!(one.text.starts_with(&one.prefix) && one.prefix.len() == PREFIX_LEN);
    assert_ne!(one.text, other.text);
}

#[test]
fn one_wrong_character_anywhere_is_found() {
    for at in 0..BY_PYTHON.len() {
        let mut wrong = BY_PYTHON.as_bytes().to_vec();
        wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
        assert!(!is_well_formed(&wrong), "at {at}");
    }
    for rubbish in [
        "",
        "sym_",
        "n8n-key",
        &BY_PYTHON[..50],
        &format!("{BY_PYTHON}0"),
    ] {
        assert!(!is_well_formed(rubbish.as_bytes()), "{rubbish}");
    }
}

fn key() -> ApiKey {
    ApiKey {
        id: uuid::Uuid::nil(),
        name: "a service".to_owned(),
        prefix: "sym_AbCdEfGh".to_owned(),
        scopes: vec![],
        allowed_addresses: vec![],
        expires_at: None,
        revoked_at: None,
        replaced_by: None,
        last_used_at: None,
        last_used_address: None,
        created_at: at(0),
        persons: None,
        hash: vec![],
        account_id: None,
        created_by: None,
        enabled: true,
        note: None,
        rate_per_minute: None,
        quota: None,
        quota_period: None,
        quota_used: 0,
        quota_resets_at: None,
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a time")
}

fn refusal(key: &ApiKey, address: &str) -> Option<ErrorCode> {
    let address = address.parse().ok();
    judge(key, at(100), address).err().map(|why| why.code())
}

#[test]
fn a_key_is_accepted_until_it_is_revoked_or_expired() {
    let ends = |expires_at| ApiKey {
        expires_at: Some(at(expires_at)),
        ..key()
    };
    assert_eq!(refusal(&key(), "192.0.2.1"), None);
    assert_eq!(refusal(&ends(101), "192.0.2.1"), None);
    assert_eq!(
        refusal(&ends(100), "192.0.2.1"),
        Some(kernel::codes::TOKEN_EXPIRED)
    );
    let revoked = ApiKey {
        revoked_at: Some(at(200)),
        ..ends(50)
    };
    assert_eq!(
        refusal(&revoked, "192.0.2.1"),
        Some(kernel::codes::INVALID_TOKEN)
    );
}

#[test]
fn a_key_with_networks_is_accepted_from_there_alone() {
    let bound = ApiKey {
        allowed_addresses: vec![
            "rubbish".into(),
            "192.0.2.0/24".into(),
            "2001:db8::/32".into(),
        ],
        ..key()
    };
    assert_eq!(refusal(&bound, "192.0.2.77"), None);
    assert_eq!(refusal(&bound, "::ffff:192.0.2.77"), None);
    assert_eq!(refusal(&bound, "2001:db8::5"), None);
    assert_eq!(refusal(&bound, "192.0.3.1"), Some(kernel::codes::FORBIDDEN));
    assert_eq!(refusal(&bound, "unknown"), Some(kernel::codes::FORBIDDEN));
    let mistaken = ApiKey {
        allowed_addresses: vec!["rubbish".into()],
        ..key()
    };
    assert_eq!(
        refusal(&mistaken, "192.0.2.1"),
        Some(kernel::codes::FORBIDDEN)
    );
}

#[test]
fn a_bound_key_acts_for_its_persons_alone_and_names_one_if_it_has_several() {
    assert!(judge_person(None, 7).is_ok() && judge_person(Some(&[8, 7]), 7).is_ok());
    for bound in [&[][..], &[8], &[8, 9]] {
        let refused = judge_person(Some(bound), 7).expect_err("another person");
        assert_eq!(refused.code(), kernel::codes::FORBIDDEN);
    }
    let code = |bound| only_person(bound).map_err(|why| why.code());
    assert_eq!(code(None), Ok(None));
    assert_eq!(code(Some(&[7])), Ok(Some(7)));
    assert_eq!(code(Some(&[])), Err(kernel::codes::FORBIDDEN));
    assert_eq!(
        code(Some(&[7, 8])),
        Err(kernel::codes::MISSING_REQUIRED_FIELD)
    );
}

#[test]
fn a_replaced_key_ends_with_the_grace_and_never_later_than_before() {
    let day = TimeDelta::days(1);
    assert_eq!(end_of_replaced(None, at(0), day), at(86_400));
    assert_eq!(end_of_replaced(Some(at(60)), at(0), day), at(60));
    assert_eq!(end_of_replaced(Some(at(999_999)), at(0), day), at(86_400));
}
