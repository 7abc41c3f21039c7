//! An authenticator in software (Web Authentication, level 3, sections 5.8.1, 6.1 and 6.5; RFC 9052 for the key), apart from
//! what the product checks it with. What a browser would say can be changed before it says it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// The flags of section 6.1: the person is there, and verified.
pub(super) const VERIFIED: u8 = 0b101;
pub(super) const PRESENT: u8 = 0b001;
/// May be copied to other devices, and is.
pub(super) const SYNCED: u8 = 0b1_1000;
const ATTESTED: u8 = 0b100_0000;

/// One credential, and the browser around it.
#[derive(Clone)]
pub(super) struct Authenticator {
    pkcs8: Vec<u8>,
    pub id: Vec<u8>,
    pub origin: String,
    pub rp_id: String,
    pub flags: u8,
    pub count: u32,
    /// `None`: it sends none.
    pub handle: Option<String>,
    /// The algorithm that the key says it is for.
    pub algorithm: u8,
    /// More members of the client data, and other values of those that there are.
    pub client_data: Value,
}

impl Authenticator {
    pub(super) fn new(id: u8) -> Self {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        Self {
            pkcs8: pkcs8.expect("a key").as_ref().to_vec(),
            id: vec![id; 32],
            origin: "https://localhost".to_owned(),
            rp_id: "localhost".to_owned(),
            flags: VERIFIED,
            count: 0,
            handle: None,
            // -7 in CBOR.
            algorithm: 0x26,
            client_data: json!({}),
        }
    }

    fn pair(&self) -> EcdsaKeyPair {
        let (algorithm, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8, &random).expect("a key")
    }

    fn said(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let mut said = json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false,
        });
        for (name, value) in self.client_data.as_object().into_iter().flatten() {
            said[name] = value.clone();
        }
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        [hash.as_ref(), &[flags], &self.count.to_be_bytes()].concat()
    }

    /// The COSE key: EC2, ES256, P-256, x, y.
    fn key(&self) -> Vec<u8> {
        let pair = self.pair();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let head = [0xa5, 0x01, 0x02, 0x03, self.algorithm, 0x20, 0x01];
        [&head[..], &[0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat()
    }

    /// What a new credential is, for these options.
    pub(super) fn creates(&mut self, options: &Value) -> Value {
        let options = &options["public_key"];
        self.handle = options["user"]["id"].as_str().map(str::to_owned);
        let challenge = options["challenge"].as_str().unwrap_or_default();
        let length = u16::try_from(self.id.len()).expect("short").to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.id, &self.key()].concat();
        let data = [self.data(self.flags | ATTESTED), attested].concat();
        let length = u8::try_from(data.len()).expect("short");
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let object = [
            &b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..],
            &[length],
            &data,
        ];
        let id = BASE64.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": BASE64.encode(self.said("webauthn.create", challenge)),
                "attestationObject": BASE64.encode(object.concat()),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// What the credential signs, for these options.
    pub(super) fn signs(&self, options: &Value) -> Value {
        let challenge = &options["public_key"]["challenge"];
        let said = self.said("webauthn.get", challenge.as_str().unwrap_or_default());
        let data = self.data(self.flags);
        let message = [data.as_slice(), digest(&SHA256, &said).as_ref()].concat();
        let signature = self.pair().sign(&SystemRandom::new(), &message);
        let id = BASE64.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": BASE64.encode(&said),
                "authenticatorData": BASE64.encode(&data),
                "signature": BASE64.encode(signature.expect("a signature")),
                "userHandle": self.handle,
            },
        })
    }
}
