//! TLS to Postgres and Redis: whose certificates are trusted, and whether less than TLS will do.

use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::env::{Env, Section, Setting};

const ROOTS: Setting = Setting::optional(
    "TLS_ROOT_CERTIFICATES",
    "/etc/symancy/root.pem",
    "A PEM file with the certificates of the authorities that Postgres, Redis and RabbitMQ are checked against; \
     for Postgres `sslrootcert` in its address wins. Not set: Mozilla's list, which the programs bring.",
);
const PLAINTEXT: Setting = Setting::new(
    "ALLOW_PLAINTEXT",
    "false",
    "Whether Postgres and Redis may be connected to without TLS over a network. Only where that network \
     belongs to the deployment alone.",
);

pub const SETTINGS: Section = Section {
    title: "TLS to Postgres and Redis",
    settings: &[ROOTS, PLAINTEXT],
};

/// The authorities whose certificates are trusted: those of a PEM file, else Mozilla's list.
#[derive(Clone, Default)]
pub struct Roots(Option<Arc<[u8]>>);

impl Roots {
    /// Reads a PEM file.
    ///
    /// # Errors
    /// Why it cannot be used, for the operator.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let pem = std::fs::read(path).map_err(|why| format!("it cannot be read: {why}"))?;
        let roots = Self(Some(pem.into()));
        match roots.store()?.is_empty() {
            true => Err("it holds no certificate in PEM form".to_owned()),
            false => Ok(roots),
        }
    }

    /// Whether they are those of a file.
    pub(crate) fn are_own(&self) -> bool {
        self.0.is_some()
    }

    /// The file's content.
    pub fn pem(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }

    pub(crate) fn store(&self) -> Result<RootCertStore, String> {
        let mut store = RootCertStore::empty();
        let Some(pem) = self.pem() else {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            return Ok(store);
        };
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|why| format!("it is not PEM: {why}"))?;
            store
                .add(certificate)
                .map_err(|why| format!("a certificate in it cannot be used: {why}"))?;
        }
        Ok(store)
    }
}

/// What the settings demand of both connections.
pub(crate) struct Terms {
    pub roots: Roots,
    /// A network without TLS will do.
    plaintext: bool,
}

impl Terms {
    /// Reads these settings; faults are collected in `env`.
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        let file = env.optional(&ROOTS);
        let roots = file.map(|path| Roots::from_file(Path::new(&path)));
        let roots = roots.unwrap_or_else(|| Ok(Roots::default()));
        Self {
            roots: roots.unwrap_or_else(|why| {
                env.fault(&ROOTS, why);
                Roots::default()
            }),
            plaintext: env.value(&PLAINTEXT),
        }
    }

    /// Makes it a fault to send over a network what can be read there, unless that is allowed.
    pub(crate) fn demand(&self, env: &mut Env<'_>, address: &Setting, is_safe: bool, remedy: &str) {
        if !is_safe && !self.plaintext {
            let why = format!(
                "it leads over a network without TLS; {remedy}, or where that network belongs to this \
                 deployment alone set ALLOW_PLAINTEXT=true"
            );
            env.fault(address, why);
        }
    }
}
