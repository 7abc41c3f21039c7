//! The test vectors of Web Authentication, level 3: what is accepted of them, and why the rest is not.

use serde::Deserialize;

use super::*;
use crate::passkeys::wire::Bytes;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

const UNVERIFIED: Flaw = "the authenticator has not verified the person";
const FRAMED: Flaw = "in a frame of another origin";
const ALGORITHM: Flaw = "a public key of another algorithm: ES256, EdDSA and RS256 are taken";

#[derive(Deserialize)]
struct Document {
    vectors: Vec<Vector>,
}

/// Bytes in hexadecimal.
#[derive(Deserialize)]
struct Vector {
    name: String,
    credential_id: String,
    registration: Registration,
    authentication: Authentication,
}

#[derive(Deserialize)]
struct Registration {
    challenge: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    object: String,
}

#[derive(Deserialize)]
struct Authentication {
    challenge: String,
    #[serde(rename = "authenticatorData")]
    data: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    signature: String,
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal")
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../../fixtures/webauthn/level-3.json");
    let document: Document = serde_json::from_str(text).expect("the fixture");
    assert_eq!(document.vectors.len(), 15);
    document.vectors
}

/// The person of the registrations.
const ANN: Uuid = Uuid::from_u128(1);

impl Vector {
    fn attestation(&self) -> Credential<Attestation> {
        let base64 = |hex: &str| BASE64.encode(unhex(hex));
        let json = json!({
            "id": base64(&self.credential_id), "rawId": base64(&self.credential_id), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&self.registration.client_data),
                "attestationObject": base64(&self.registration.object),
                "transports": ["usb", "x y", "", "hybrid"],
            },
        });
        let json = json.as_object().cloned().expect("an object");
        Credential::read(json).expect("a credential")
    }

    fn assertion(&self) -> Assertion {
        let bytes = |hex: &str| Bytes(unhex(hex));
        Assertion {
            client_data: bytes(&self.authentication.client_data),
            authenticator_data: bytes(&self.authentication.data),
            signature: bytes(&self.authentication.signature),
            user_handle: Some(Bytes(ANN.as_bytes().to_vec())),
        }
    }

    /// What the authenticator says at the registration, whether or not it is accepted.
    fn registered(&self) -> AuthenticatorData {
        let object = cbor::only(&unhex(&self.registration.object)).expect("CBOR");
        let Some(Value::Bytes(data)) = cbor::named(&object, "authData") else {
            panic!("no authData in {}", self.name);
        };
        AuthenticatorData::read(data).expect("authenticatorData")
    }

    fn verified(&self, party: &RelyingParty, assertion: &Assertion) -> Result<Signed, Flaw> {
        let data = self.registered();
        let known = Known {
            user_id: ANN,
            public_key: &data.attested.as_ref().expect("a key").public_key,
            sign_count: 0,
            backup_eligible: data.backup().expect("flags").0,
        };
        verify(party, known, assertion)
    }
}

fn party() -> RelyingParty {
    RelyingParty::of("https://example.org/below/").expect("a domain")
}

/// The flags and keys of the vectors, as their comments say them.
#[test]
fn of_the_vectors_of_the_specification_those_are_accepted_that_verify_the_person_by_a_known_algorithm()
 {
    let all = [
        (Err(UNVERIFIED), Err(UNVERIFIED)),
        (Ok(()), Err(UNVERIFIED)),
        (Err(FRAMED), Err(FRAMED)),
        (Err(FRAMED), Err(FRAMED)),
        // A very long credential id.
        (Err(UNVERIFIED), Ok(())),
        (Ok(()), Ok(())),
        // ES384, ES512.
        (Err(UNVERIFIED), Err(ALGORITHM)),
        (Err(ALGORITHM), Err(UNVERIFIED)),
        // RS256, Ed25519, Ed448.
        (Ok(()), Err(UNVERIFIED)),
        (Err(UNVERIFIED), Err(UNVERIFIED)),
        (Err(UNVERIFIED), Err(ALGORITHM)),
        // TPM, Android, Apple, U2F.
        (Ok(()), Ok(())),
        (Ok(()), Err(UNVERIFIED)),
        (Err(UNVERIFIED), Err(UNVERIFIED)),
        (Err(UNVERIFIED), Err(UNVERIFIED)),
    ];
    for (vector, (registration, authentication)) in vectors().iter().zip(all) {
        let registered = register(&party(), &vector.attestation());
        assert_eq!(registered.map(|_| ()), registration, "{}", vector.name);
        let verified = vector.verified(&party(), &vector.assertion());
        assert_eq!(verified.map(|_| ()), authentication, "{}", vector.name);
    }
}

#[test]
fn a_registration_keeps_what_the_vectors_say() {
    let vectors = vectors();
    let packed = &vectors[5];
    assert_eq!(packed.name, "Packed Attestation with ES256 Credential");
    let new = register(&party(), &packed.attestation()).expect("a passkey");
    assert_eq!(new.credential_id, unhex(&packed.credential_id));
    assert_eq!(new.transports, ["usb", "hybrid"]);
    assert_eq!(
        (new.sign_count, new.backup_eligible, new.backed_up),
        (0, true, false)
    );
    for vector in &vectors {
        let client_data = ClientData::read(&unhex(&vector.registration.client_data));
        let challenge = client_data.expect("client data").challenge;
        assert_eq!(
            challenge,
            BASE64.encode(unhex(&vector.registration.challenge))
        );
        let client_data = ClientData::read(&unhex(&vector.authentication.client_data));
        let challenge = client_data.expect("client data").challenge;
        assert_eq!(
            challenge,
            BASE64.encode(unhex(&vector.authentication.challenge))
        );
    }
}

#[test]
fn each_signature_of_the_vectors_by_a_known_algorithm_is_good_and_no_other() {
    let mut good = 0;
    for vector in vectors() {
        let attested = vector.registered().attested.expect("a key");
        let Ok(key) = PublicKey::read(&attested.public_key) else {
            continue;
        };
        let assertion = vector.assertion();
        let hash = Sha256::digest(&assertion.client_data.0);
        let mut message = [assertion.authenticator_data.0.as_slice(), hash.as_slice()].concat();
        assert!(
            key.has_signed(&message, &assertion.signature.0),
            "{}",
            vector.name
        );
        message[40] ^= 1;
        assert!(
            !key.has_signed(&message, &assertion.signature.0),
            "{}",
            vector.name
        );
        good += 1;
    }
    // All but ES384, ES512 and Ed448.
    assert_eq!(good, 12);
}

#[test]
fn what_is_for_another_page_or_another_person_or_was_changed_proves_nothing() {
    let vectors = vectors();
    let vector = &vectors[5];
    let good = vector.assertion();
    assert!(vector.verified(&party(), &good).is_ok());
    for (address, flaw) in [
        (
            "https://example.org:8443",
            "another origin than that of PUBLIC_URL",
        ),
        (
            "http://example.org",
            "another origin than that of PUBLIC_URL",
        ),
        (
            "https://sub.example.org",
            "another origin than that of PUBLIC_URL",
        ),
    ] {
        let other = RelyingParty::of(address).expect("a domain");
        assert_eq!(vector.verified(&other, &good), Err(flaw), "{address}");
    }
    let other = RelyingParty {
        id: "org".to_owned(),
        ..party()
    };
    let flaw = "a passkey of another relying party";
    assert_eq!(vector.verified(&other, &good), Err(flaw));
    let mut of_ben = good.clone();
    of_ben.user_handle = Some(Bytes(Uuid::from_u128(2).as_bytes().to_vec()));
    let flaw = "a passkey of another person";
    assert_eq!(vector.verified(&party(), &of_ben), Err(flaw));
    let mut unsigned = good.clone();
    unsigned.signature = vectors[11].assertion().signature;
    let flaw = "the signature is not by this passkey";
    assert_eq!(vector.verified(&party(), &unsigned), Err(flaw));
    let mut longer = good.clone();
    longer.authenticator_data.0.push(0);
    assert!(vector.verified(&party(), &longer).is_err());
    let mut registration = good;
    registration.client_data = Bytes(unhex(&vector.registration.client_data));
    let flaw = "another type of ceremony";
    assert_eq!(vector.verified(&party(), &registration), Err(flaw));
}

#[test]
fn no_end_of_what_an_authenticator_says_is_a_fault_of_ours() {
    for vector in vectors() {
        let object = unhex(&vector.registration.object);
        for end in 0..object.len() {
            assert!(cbor::only(&object[..end]).is_err(), "{} {end}", vector.name);
        }
        let data = unhex(&vector.authentication.data);
        for end in 0..data.len() {
            assert!(AuthenticatorData::read(&data[..end]).is_err());
        }
    }
}

#[test]
fn a_passkey_is_for_a_domain_and_an_address_of_numbers_has_none() {
    let local = RelyingParty::of("http://localhost:3000/").expect("a domain");
    assert_eq!(
        (local.id.as_str(), local.origin.as_str()),
        ("localhost", "http://localhost:3000")
    );
    for none in ["http://127.0.0.1:3000/", "http://[::1]/", "nothing"] {
        assert_eq!(RelyingParty::of(none), None, "{none}");
    }
}
