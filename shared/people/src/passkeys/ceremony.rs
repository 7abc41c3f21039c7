//! What is asked of a new passkey (section 7.1), and of a signature by a passkey (section 7.2). The challenge is judged by
//! [`super::challenges`]. Pure.

use cbor4ii::core::Value;
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, ClientData};
use super::keys::PublicKey;
use super::wire::{Assertion, Attestation, Credential};
use super::{Flaw, cbor};

/// Whom passkeys are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// A domain name.
    pub id: String,
    /// Of the pages that may ask for a passkey.
    origin: String,
}

impl RelyingParty {
    /// That of the pages at this address; `None`: it has no domain name, without which browsers know no passkeys.
    pub fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        Some(Self {
            id: url.domain()?.to_owned(),
            origin: url.origin().ascii_serialization(),
        })
    }

    fn judge(&self, data: &AuthenticatorData) -> Result<(), Flaw> {
        match Sha256::digest(&self.id).as_slice() == data.rp_id_hash {
            true => data.person(),
            false => Err("a passkey of another relying party"),
        }
    }
}

/// A new passkey, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    pub credential_id: Vec<u8>,
    /// As a COSE key (RFC 9052).
    pub public_key: Vec<u8>,
    pub sign_count: u32,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub transports: Vec<String>,
    pub aaguid: Uuid,
}

/// Checks a registration. What its attestation statement says is not looked at.
///
/// # Errors
/// Why it is none.
pub fn register(party: &RelyingParty, credential: &Credential<Attestation>) -> Result<New, Flaw> {
    let response = &credential.response;
    let client_data = ClientData::read(&response.client_data.0)?;
    client_data.judge(Ceremony::Create, &party.origin)?;
    let object = cbor::only(&response.attestation_object.0)?;
    let Some(Value::Bytes(data)) = cbor::named(&object, "authData") else {
        return Err("attestationObject without authData");
    };
    let data = AuthenticatorData::read(data)?;
    party.judge(&data)?;
    let (backup_eligible, backed_up) = data.backup()?;
    let attested = data.attested.ok_or("authenticatorData without a key")?;
    PublicKey::read(&attested.public_key)?;
    if attested.credential_id != credential.id.0 {
        return Err("id is not that of the authenticator");
    }
    Ok(New {
        credential_id: attested.credential_id,
        public_key: attested.public_key,
        sign_count: data.sign_count,
        backup_eligible,
        backed_up,
        transports: response.transports(),
        aaguid: attested.aaguid,
    })
}

/// What is known of a passkey before it is used.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub user_id: Uuid,
    pub public_key: &'a [u8],
    pub sign_count: i64,
    pub backup_eligible: bool,
}

/// What a passkey has shown by a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    pub sign_count: u32,
    pub backed_up: bool,
    /// The counter has not gone on: there are two of an authenticator that cannot be copied.
    pub is_copy: bool,
}

/// Checks a signature.
///
/// # Errors
/// Why it proves nothing.
pub fn verify(
    party: &RelyingParty,
    known: Known<'_>,
    response: &Assertion,
) -> Result<Signed, Flaw> {
    let client_data = ClientData::read(&response.client_data.0)?;
    client_data.judge(Ceremony::Get, &party.origin)?;
    let handle = response.user_handle.as_ref();
    if handle.is_some_and(|handle| handle.0 != known.user_id.as_bytes()) {
        return Err("a passkey of another person");
    }
    let data = AuthenticatorData::read(&response.authenticator_data.0)?;
    party.judge(&data)?;
    let (backup_eligible, backed_up) = data.backup()?;
    if backup_eligible != known.backup_eligible {
        return Err("eligible for backup, or not, against the registration");
    }
    let key = PublicKey::read(known.public_key)?;
    let hash = Sha256::digest(&response.client_data.0);
    let message = [response.authenticator_data.0.as_slice(), hash.as_slice()].concat();
    if !key.has_signed(&message, &response.signature.0) {
        return Err("the signature is not by this passkey");
    }
    let counts = data.sign_count != 0 || known.sign_count != 0;
    Ok(Signed {
        sign_count: data.sign_count,
        backed_up,
        is_copy: counts && i64::from(data.sign_count) <= known.sign_count,
    })
}

#[cfg(test)]
#[path = "ceremony_tests.rs"]
mod tests;
