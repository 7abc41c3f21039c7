//! The proof that PayPal has sent a call of the webhook: RSA over the call's number, its time, the webhook and the CRC-32
//! of the body, with a key whose certificate PayPal names.
//!
//! Source: <https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod>. Where the certificate is
//! stands in a header that anyone can send: it is fetched from where PayPal's API has its certificates alone, and has to be
//! PayPal's.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Client;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use url::{Host, Url};
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use super::{NAME, PaypalConfig, failed};
use crate::payment::{Disbelief, Incoming, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::networks::is_loopback;

/// Whom the certificate is of.
const SIGNER: &str = "messageverificationcerts.paypal.com";

/// Certificates that are remembered; PayPal changes its own about once a year.
const CERTIFICATES: usize = 8;

/// Where PayPal's certificates are: on the hosts of its API, live and sandbox.
const HOSTS: &[&str] = &[
    "api.paypal.com",
    "api-m.paypal.com",
    "api.sandbox.paypal.com",
    "api-m.sandbox.paypal.com",
];

/// The path of the directory that they are in.
const CERTIFICATES_PATH: &str = "/v1/notifications/certs/";

/// The largest certificate with its chain, in bytes; PayPal's have some 6,000.
const CERTIFICATE_MAX: usize = 64 * 1024;

/// The longest header that is looked at.
const HEADER_MAX: usize = 1_000;

/// A certificate, and those that lead from it to one that is trusted.
type Chain = Vec<CertificateDer<'static>>;

pub(super) struct Proof {
    http: Client,
    webhook_id: String,
    /// PayPal's stand-in on this machine.
    stand_in: Option<Url>,
    /// By address.
    known: Mutex<BTreeMap<String, Chain>>,
}

impl Proof {
    pub(super) fn new(http: Client, config: &PaypalConfig) -> Self {
        let is_near = config.api_url.host_str().is_some_and(is_loopback);
        Self {
            http,
            webhook_id: config.webhook_id.clone(),
            stand_in: is_near.then(|| config.api_url.clone()),
            known: Mutex::default(),
        }
    }

    pub(super) async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let header = |name, missing| {
            let value = call.header(name).filter(|value| value.len() <= HEADER_MAX);
            value.ok_or(Disbelief::Malformed(missing))
        };
        let id = header(
            "paypal-transmission-id",
            "PAYPAL-TRANSMISSION-ID is missing",
        )?;
        let time = header(
            "paypal-transmission-time",
            "PAYPAL-TRANSMISSION-TIME is missing",
        )?;
        let signature = header(
            "paypal-transmission-sig",
            "PAYPAL-TRANSMISSION-SIG is missing",
        )?;
        let address = header("paypal-cert-url", "PAYPAL-CERT-URL is missing")?;
        if header("paypal-auth-algo", "PAYPAL-AUTH-ALGO is missing")? != "SHA256withRSA" {
            return Err(Disbelief::Malformed(
                "PAYPAL-AUTH-ALGO is not SHA256withRSA",
            ));
        }
        let signature = BASE64_STANDARD
            .decode(signature)
            .map_err(|_| Disbelief::Malformed("PAYPAL-TRANSMISSION-SIG is not base64"))?;
        let (url, is_of_paypal) = self.place(address).ok_or(Disbelief::Forged)?;
        let chain = self.chain(url).await.map_err(|why| {
            tracing::warn!(error = %why, "PayPal's certificate cannot be fetched: it is to call again");
            Disbelief::Unproven
        })?;
        // What a stand-in on this machine serves is believed, as all else that it says.
        if is_of_paypal && !is_trusted(&chain, webpki_roots::TLS_SERVER_ROOTS, UnixTime::now()) {
            return Err(Disbelief::Forged);
        }
        let crc = crc32fast::hash(call.body);
        let signed = format!("{id}|{time}|{}|{crc}", self.webhook_id);
        let key = chain
            .first()
            .and_then(|own| EndEntityCert::try_from(own).ok());
        let key = key.ok_or(Disbelief::Forged)?;
        key.verify_signature(RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| Disbelief::Forged)
    }

    /// An address that a certificate may be fetched from, and whether that is PayPal's own; `None`: it leads elsewhere.
    fn place(&self, address: &str) -> Option<(Url, bool)> {
        let url: Url = address.parse().ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain {
            return None;
        }
        let is_of_paypal = matches!(url.host(), Some(Host::Domain(host)) if HOSTS.contains(&host));
        if is_of_paypal && url.scheme() == "https" && url.port().is_none() {
            let is_one = url.path().starts_with(CERTIFICATES_PATH);
            return is_one.then_some((url, true));
        }
        let own = self.stand_in.as_ref()?;
        let base = own.path().trim_end_matches('/');
        let path = url.path().strip_prefix(base)?;
        (url.origin() == own.origin() && path.starts_with(CERTIFICATES_PATH))
            .then_some((url, false))
    }

    async fn chain(&self, url: Url) -> Result<Chain, ProviderError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = known().get(url.as_str()) {
            return Ok(chain.clone());
        }
        let call = self.http.get(url.clone());
        let answer = http::small_answer(SERVICE, NAME, call, CERTIFICATE_MAX).await?;
        let pem = answer.success(SERVICE, NAME)?;
        let unreadable = || failed(Kind::Protocol, "the certificate cannot be read");
        let chain: Chain = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| unreadable())?;
        // What is none is not remembered.
        let own = chain.first().ok_or_else(unreadable)?;
        EndEntityCert::try_from(own).map_err(|_| unreadable())?;
        let mut all = known();
        if all.len() >= CERTIFICATES {
            all.clear();
        }
        all.insert(url.into(), chain.clone());
        Ok(chain)
    }
}

/// Whether a certificate is PayPal's, by authorities that are trusted.
fn is_trusted(chain: &[CertificateDer<'_>], anchors: &[TrustAnchor<'_>], now: UnixTime) -> bool {
    let Some((own, between)) = chain.split_first() else {
        return false;
    };
    let (Ok(own), Ok(signer)) = (EndEntityCert::try_from(own), ServerName::try_from(SIGNER)) else {
        return false;
    };
    let usage = KeyUsage::server_auth();
    let algorithms = ALL_VERIFICATION_ALGS;
    own.verify_for_usage(algorithms, anchors, between, now, usage, None, None)
        .is_ok()
        && own.verify_is_valid_for_subject_name(&signer).is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    macro_rules! pem {
        ($name:literal) => {
            include_bytes!(concat!("../../../../../fixtures/paypal/", $name, ".pem"))
        };
    }

    fn chain(pem: &[u8]) -> Chain {
        let all = CertificateDer::pem_slice_iter(pem);
        all.collect::<Result<_, _>>().expect("certificates")
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    /// In 2027.
    const NOW: u64 = 1_820_000_000;

    /// The certificates are made by OpenSSL (`fixtures/paypal/README.md`).
    #[test]
    fn a_certificate_is_believed_if_a_trusted_authority_has_made_it_for_paypal_and_it_is_valid() {
        let root = chain(pem!("root"));
        let anchor = webpki::anchor_from_trusted_cert(&root[0]).expect("an authority");
        let anchors = [anchor];
        let good = chain(pem!("good"));
        assert_eq!(good.len(), 2, "with the one between");
        assert!(is_trusted(&good, &anchors, at(NOW)));
        assert!(
            !is_trusted(&good, &anchors, at(NOW + 50 * 365 * 86_400)),
            "too old"
        );
        assert!(
            !is_trusted(&good[..1], &anchors, at(NOW)),
            "without the one between"
        );
        assert!(!is_trusted(&good, webpki_roots::TLS_SERVER_ROOTS, at(NOW)));
        assert!(!is_trusted(&chain(pem!("other_name")), &anchors, at(NOW)));
        assert!(
            !is_trusted(&chain(pem!("vector")), &anchors, at(NOW)),
            "of its own"
        );
        assert!(!is_trusted(&[], &anchors, at(NOW)));
    }

    #[test]
    fn a_certificate_is_fetched_from_paypal_alone() {
        let at = |api_url: &str| {
            let config = PaypalConfig {
                client_id: String::new(),
                client_secret: String::new(),
                webhook_id: String::new(),
                api_url: api_url.parse().expect("an address"),
                timeout: Duration::from_secs(1),
            };
            Proof::new(Client::new(), &config)
        };
        let place =
            |proof: &Proof, address| proof.place(address).map(|(_, is_of_paypal)| is_of_paypal);
        let far = at("https://api-m.paypal.com");
        let near = at("http://127.0.0.1:4010/paypal");
        for good in [
            "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
            "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
            "https://API.PayPal.com:443/v1/notifications/certs/CERT-1",
            "https://api-m.paypal.com/v1/notifications/certs/CERT-1?x=1",
        ] {
            assert_eq!(
                (place(&far, good), place(&near, good)),
                (Some(true), Some(true)),
                "{good}"
            );
        }
        let own = "http://127.0.0.1:4010/paypal/v1/notifications/certs/CERT-1";
        assert_eq!((place(&far, own), place(&near, own)), (None, Some(false)));
        for bad in [
            "http://api.paypal.com/v1/notifications/certs/c",
            "https://api.paypal.com:8443/v1/notifications/certs/c",
            "https://api.paypal.com@evil.example/v1/notifications/certs/c",
            "https://x@api.paypal.com/v1/notifications/certs/c",
            "https://evilpaypal.com/v1/notifications/certs/c",
            "https://paypal.com.evil.example/v1/notifications/certs/c",
            "https://api.paypal.com./v1/notifications/certs/c",
            // Other hosts and other paths of PayPal's serve what others have written.
            "https://paypal.com/v1/notifications/certs/c",
            "https://www.paypal.com/v1/notifications/certs/c",
            "https://api.paypal.com/c",
            "https://api.paypal.com/x/v1/notifications/certs/c",
            "https://api.paypal.com/v1/notifications/certs/../../oauth2/c",
            "http://127.0.0.1:4010/paypal/x/v1/notifications/certs/c",
            "https://evil.example/https://api.paypal.com/c",
            "https://127.0.0.1/v1/notifications/certs/CERT-1",
            "http://127.0.0.1:4011/paypal/v1/notifications/certs/CERT-1",
            "http://127.0.0.1:4010/paypal/pay/1",
            "http://localhost:4010/paypal/v1/notifications/certs/CERT-1",
            "file:///v1/notifications/certs/CERT-1",
            "",
        ] {
            assert_eq!((place(&far, bad), place(&near, bad)), (None, None), "{bad}");
        }
    }
}
