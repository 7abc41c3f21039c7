//! Public keys of passkeys (RFC 9052, section 7; RFC 9053; RFC 8230), and signatures by them. Pure.

use cbor4ii::core::Value;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::{Flaw, cbor};

/// What a passkey may sign with, by the numbers of COSE, the best first: `EdDSA` (Ed25519), ES256, RS256.
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// The longest key, as it is stored.
const KEY_MAX: usize = 2048;

/// Of an RSA key, whose modulus has 2048 bits or more.
const MODULUS_MIN: usize = 256;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the point, uncompressed.
    Es256(Vec<u8>),
    Ed25519(Vec<u8>),
    /// RSASSA-PKCS1-v1_5 with SHA-256: modulus and exponent, big-endian.
    Rs256(Vec<u8>, Vec<u8>),
}

impl PublicKey {
    /// Reads a COSE key.
    ///
    /// # Errors
    /// What has another form, or is for another algorithm.
    pub fn read(cose: &[u8]) -> Result<Self, Flaw> {
        if cose.len() > KEY_MAX {
            return Err("the public key is too long");
        }
        let map = cbor::only(cose)?;
        let number = |label| match cbor::numbered(&map, label) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        // Type and algorithm; of both curves, the curve comes next.
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(-7), Some(1)) => {
                let (x, y) = (bytes(&map, -2, 32..=32)?, bytes(&map, -3, 32..=32)?);
                Ok(Self::Es256([&[4_u8][..], x, y].concat()))
            }
            (Some(1), Some(-8), Some(6)) => Ok(Self::Ed25519(bytes(&map, -2, 32..=32)?.to_vec())),
            (Some(3), Some(-257), None) => {
                let modulus = bytes(&map, -1, MODULUS_MIN..=1024)?;
                let exponent = bytes(&map, -2, 1..=5)?;
                Ok(Self::Rs256(modulus.to_vec(), exponent.to_vec()))
            }
            _ => Err("a public key of another algorithm: ES256, EdDSA and RS256 are taken"),
        }
    }

    /// Whether a signature of a message is by this key.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
            }
            Self::Rs256(n, e) => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        verified.is_ok()
    }
}

/// A byte string of a map, of a length among these.
fn bytes(
    map: &Value,
    label: i128,
    lengths: core::ops::RangeInclusive<usize>,
) -> Result<&[u8], Flaw> {
    match cbor::numbered(map, label) {
        Some(Value::Bytes(bytes)) if lengths.contains(&bytes.len()) => Ok(bytes),
        _ => Err("a part of the public key is missing, or has another length"),
    }
}
