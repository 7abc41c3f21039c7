//! The contact form. What keeps programs away asks no third party: a field that people do not see, a proof of work
//! that a browser finds in a moment, and a limit by network.

use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::Ticket;
use kernel::Language;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::address::Address;
use crate::letter::{Content, Letter};
use crate::queries::enqueue;
use schema::contact_messages;

/// The longest message and name, in characters.
pub const MESSAGE_MAX: usize = 5_000;
pub const NAME_MAX: usize = 100;

/// Zero bits at the beginning of a proof: some 65,000 hashes.
pub const DIFFICULTY: u32 = 16;

/// How long a challenge is good.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A message of somebody.
#[derive(Clone, Debug)]
pub struct Message {
    pub name: String,
    pub email: Address,
    pub message: String,
    pub language: Language,
}

/// What a proof is made for: a moment and a random number, with a hash that says that it is ours.
pub fn challenge(now: DateTime<Utc>, sign: impl Fn(&str) -> [u8; 32]) -> (String, DateTime<Utc>) {
    let ends = now + LIFETIME;
    let open = format!("{}.{}", ends.timestamp(), Uuid::new_v4().simple());
    (format!("{open}.{}", seal(&open, sign)), ends)
}

fn seal(open: &str, sign: impl Fn(&str) -> [u8; 32]) -> String {
    hex::encode(&sign(open)[..16])
}

/// Checks a proof, and returns by what it is known to have been used.
///
/// # Errors
/// What is wrong with it.
pub fn verify(
    challenge: &str,
    nonce: &str,
    now: DateTime<Utc>,
    sign: impl Fn(&str) -> [u8; 32],
) -> Result<[u8; 32], &'static str> {
    let wrong = "must be the challenge of GET /v1/contact";
    let (open, sealed) = challenge.rsplit_once('.').ok_or(wrong)?;
    if sealed != seal(open, sign) {
        return Err(wrong);
    }
    let ends = open.split('.').next().and_then(|ends| ends.parse().ok());
    if ends.is_none_or(|ends: i64| ends <= now.timestamp()) {
        return Err("has expired: ask for another one");
    }
    let proof = Sha256::digest(format!("{challenge}:{nonce}"));
    match zero_bits(&proof) >= DIFFICULTY {
        true => Ok(Sha256::digest(challenge).into()),
        false => Err("SHA-256 of challenge, colon and nonce must begin with 16 zero bits"),
    }
}

fn zero_bits(bytes: &[u8]) -> u32 {
    let whole = bytes.iter().take_while(|byte| **byte == 0).count();
    let rest = bytes.get(whole).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(whole).unwrap_or(u32::MAX).saturating_mul(8) + rest
}

/// Keeps a message, with its line of the audit log and the letter to the operators, if they have an address. `None`:
/// the proof was used before. In the caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    message: &Message,
    proof: &[u8],
    to: Option<&Address>,
    origin: &Origin,
) -> QueryResult<Option<(Uuid, Option<Ticket>)>> {
    let id = Uuid::now_v7();
    let written = diesel::insert_into(contact_messages::table)
        .values((
            contact_messages::id.eq(id),
            contact_messages::name.eq(&message.name),
            contact_messages::email.eq(&message.email.spelling),
            contact_messages::message.eq(&message.message),
            contact_messages::language.eq(message.language.code()),
            contact_messages::proof.eq(proof),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if written == 0 {
        return Ok(None);
    }
    let change = Change {
        user_id: None,
        action: "contact_received",
        entity_type: "contact_message",
        entity_id: Some(id),
        old_value: None,
        new_value: Some(json!({ "language": message.language.code() })),
    };
    audit::queries::record(conn, origin, change).await?;
    let Some(to) = to else {
        return Ok(Some((id, None)));
    };
    let ticket = enqueue(conn, &letter(message, to, id)).await?;
    Ok(Some((id, Some(ticket))))
}

fn letter(message: &Message, to: &Address, id: Uuid) -> Letter {
    Letter {
        to: to.spelling.clone(),
        user_id: None,
        language: Language::En,
        content: Content::ContactReceived {
            name: message.name.clone(),
            email: message.email.wire(),
            message: message.message.clone(),
        },
        dedupe_key: Some(format!("contact:{id}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(text: &str) -> [u8; 32] {
        Sha256::digest(format!("a secret:{text}")).into()
    }

    /// The first nonce that does.
    fn proved(challenge: &str) -> String {
        let mut nonces = (0..).map(|nonce: u64| nonce.to_string());
        let good = |nonce: &String| {
            let proof = hex::encode(Sha256::digest(format!("{challenge}:{nonce}")));
            proof.starts_with("0000")
        };
        nonces.find(good).expect("one in 65,536")
    }

    #[test]
    fn a_proof_is_good_for_an_hour_for_its_challenge_alone_and_that_is_ours() {
        let now = DateTime::UNIX_EPOCH;
        let (ours, ends) = challenge(now, sign);
        assert_eq!(ends - now, TimeDelta::hours(1));
        let nonce = proved(&ours);
        let used = verify(&ours, &nonce, now, sign).expect("good");
        assert_eq!(
            verify(&ours, &nonce, ends - TimeDelta::seconds(1), sign),
            Ok(used)
        );
        assert!(verify(&ours, &nonce, ends, sign).is_err());
        assert!(verify(&ours, "", now, sign).is_err() || proved(&ours).is_empty());
        assert!(verify(&ours, &nonce, now, |_| [0; 32]).is_err());
        let later = ours.replacen("3600", "9999", 1);
        assert!(verify(&later, &proved(&later), now, sign).is_err());
        let (other, _) = challenge(now, sign);
        assert_ne!(verify(&other, &proved(&other), now, sign), Ok(used));
    }

    #[test]
    fn zero_bits_are_counted_from_the_first() {
        for (bytes, bits) in [
            (&[0x80, 0][..], 0),
            (&[0x0f, 0], 4),
            (&[0, 0, 0x40], 17),
            (&[0, 0], 16),
        ] {
            assert_eq!(zero_bits(bytes), bits, "{bytes:?}");
        }
    }
}
