//! How Stripe signs its events.
//!
//! Source: <https://docs.stripe.com/webhooks#verify-manually>, and what its clients for Node and Python take.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How old a signature may be, in seconds. One from the future is believed, as Stripe's clients do.
const TOLERANCE: i64 = 300;

/// Whether the header `Stripe-Signature` is that of this body: `t=<Unix time>,v1=<hex>`, with several `v1` while the
/// secret is replaced. `v0` is for Stripe's own tests.
pub(super) fn is_right(header: &str, body: &[u8], secret: &str, now: i64) -> bool {
    let fields = || header.split(',').filter_map(|field| field.split_once('='));
    let time = fields().rfind(|(name, _)| *name == "t");
    let Some((time, signed_at)) = time.and_then(|(_, t)| Some((t, t.parse::<i64>().ok()?))) else {
        return false;
    };
    let Some(expected) = signature(time, body, secret) else {
        return false;
    };
    let given = fields().filter(|(name, _)| *name == "v1");
    let same = given.fold(Choice::from(0), |same, (_, v1)| {
        same | expected.as_bytes().ct_eq(v1.as_bytes())
    });
    bool::from(same) && now.saturating_sub(signed_at) <= TOLERANCE
}

/// In hex. The secret is the key as text, with its `whsec_`.
fn signature(time: &str, body: &[u8], secret: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test_secret";
    const SIGNED_AT: i64 = 1_700_000_000;
    const BODY: &str = r#"{"id":"evt_test_1","object":"event","type":"invoice.payment_succeeded","data":{"object":{"id":"in_1","amount_paid":1999,"currency":"eur"}}}"#;
    const V1: &str = "1a819338c082ad285e1f63c19a2924fd51cdab08bc3a7025157941fca08efdfd";

    fn believed(header: &str) -> bool {
        is_right(header, BODY.as_bytes(), SECRET, SIGNED_AT)
    }

    /// Signed by the clients `stripe` 23.1 (Node) and 16.1 (Python).
    #[test]
    fn what_other_clients_have_signed_is_believed() {
        assert!(believed(&format!("t=1700000000,v1={V1}")));
        let body = r#"{"id":"evt_ü","name":"Чашка"}"#;
        let header =
            "t=1700000000,v1=69b4284ff1b1dfec441e1742bfae87c21a25824d7547a224946f4ab6c6a783d2";
        assert!(is_right(header, body.as_bytes(), SECRET, SIGNED_AT));
    }

    /// As Stripe's client for Node 23.1 does.
    #[test]
    fn the_header_is_read_as_stripes_own_client_reads_it() {
        let other = "0".repeat(64);
        for good in [
            format!("v1={V1},t=1700000000"),
            format!("t=1700000000,v1={other},v1={V1}"),
            format!("t=1700000000,v1={V1},v1={other},v0={other}"),
            format!("t=1,t=1700000000,v1={V1}"),
        ] {
            assert!(believed(&good), "{good}");
        }
        for bad in [
            String::new(),
            format!("v1={V1}"),
            format!("t=1700000000,v0={V1}"),
            format!("t=1700000000, v1={V1}"),
            format!("t=1700000000,v1={}", V1.to_uppercase()),
            format!("t=1700000000,t=1,v1={V1}"),
            format!("t=1700000001,v1={V1}"),
            format!("t=now,v1={V1}"),
            format!("t=1700000000,v1={}", &V1[..63]),
            "t=1700000000,v1=".to_owned(),
            format!("t=1700000000;v1={V1}"),
        ] {
            assert!(!believed(&bad), "{bad}");
        }
    }

    #[test]
    fn another_body_and_another_secret_are_refused() {
        let header = format!("t=1700000000,v1={V1}");
        let changed = BODY.replace("1999", "1998");
        assert!(!is_right(&header, changed.as_bytes(), SECRET, SIGNED_AT));
        let spaced = BODY.replace(':', ": ");
        assert!(!is_right(&header, spaced.as_bytes(), SECRET, SIGNED_AT));
        let bare = SECRET.trim_start_matches("whsec_");
        assert!(!is_right(&header, BODY.as_bytes(), bare, SIGNED_AT));
    }

    #[test]
    fn a_signature_is_believed_for_five_minutes_and_from_any_future() {
        let header = format!("t=1700000000,v1={V1}");
        for (later, is_believed) in [(300, true), (301, false), (-3_600, true)] {
            let now = SIGNED_AT + later;
            let is = is_right(&header, BODY.as_bytes(), SECRET, now);
            assert_eq!(is, is_believed, "{later}");
        }
    }
}
