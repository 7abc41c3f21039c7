//! What an authenticator says (section 6.1). Pure.

use cbor4ii::core::Value;
use uuid::Uuid;

use super::{Flaw, cbor};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// The longest name of a credential (section 4).
const CREDENTIAL_ID_MAX: usize = 1023;

/// What an authenticator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: [u8; 32],
    flags: u8,
    pub sign_count: u32,
    /// A new credential.
    pub attested: Option<Attested>,
}

/// A new credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The model of the authenticator; zeros: it does not say.
    pub aaguid: Uuid,
    pub credential_id: Vec<u8>,
    /// As a COSE key (RFC 9052).
    pub public_key: Vec<u8>,
}

impl AuthenticatorData {
    /// Reads it.
    ///
    /// # Errors
    /// What has another form.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        const SHORT: Flaw = "authenticatorData is too short";
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(SHORT)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(SHORT)?;
        let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
        let mut attested = None;
        if flags & ATTESTED != 0 {
            let (found, behind) = Attested::read(rest)?;
            attested = Some(found);
            rest = behind;
        }
        match (flags & EXTENSIONS != 0, rest.is_empty()) {
            (false, true) => {}
            (true, false) if matches!(cbor::only(rest)?, Value::Map(_)) => {}
            _ => return Err("authenticatorData has another length than its flags say"),
        }
        Ok(Self {
            rp_id_hash: *rp_id_hash,
            flags: *flags,
            sign_count: u32::from_be_bytes(*count),
            attested,
        })
    }

    /// Whether the person was there, and was verified by the authenticator: by a PIN, a finger, a face.
    ///
    /// # Errors
    /// What lacks.
    pub fn person(&self) -> Result<(), Flaw> {
        if self.flags & USER_PRESENT == 0 {
            return Err("the person was not there");
        }
        if self.flags & USER_VERIFIED == 0 {
            return Err("the authenticator has not verified the person");
        }
        Ok(())
    }

    /// Whether the credential may be copied to other devices, and was.
    ///
    /// # Errors
    /// A copy of what may not be copied.
    pub fn backup(&self) -> Result<(bool, bool), Flaw> {
        let is = |flag: u8| self.flags & flag != 0;
        match (is(BACKUP_ELIGIBLE), is(BACKED_UP)) {
            (false, true) => Err("backed up without being eligible for it"),
            found => Ok(found),
        }
    }
}

impl Attested {
    /// Reads it from the beginning of these bytes, and returns what follows.
    fn read(bytes: &[u8]) -> Result<(Self, &[u8]), Flaw> {
        const SHORT: Flaw = "attestedCredentialData is too short";
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(SHORT)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(SHORT)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > CREDENTIAL_ID_MAX {
            return Err("a credential id has 1 to 1023 bytes");
        }
        let (credential_id, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
        let (_, length) = cbor::first(rest)?;
        let (public_key, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
        let attested = Self {
            aaguid: Uuid::from_bytes(*aaguid),
            credential_id: credential_id.to_vec(),
            public_key: public_key.to_vec(),
        };
        Ok((attested, rest))
    }
}
