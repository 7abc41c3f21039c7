//! Certificates for one test.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// # Errors
    /// Those of `rcgen`.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        // Two of one name are taken for one whose signature is wrong.
        let name = format!("authority {}", uuid::Uuid::now_v7());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(
            params,
            KeyPair::generate()?,
        )?))
    }

    /// Its own certificate, as clients trust it (PEM).
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes `server.crt` and `server.key` for a server of these names or addresses.
    ///
    /// # Errors
    /// Those of `rcgen` and of the file system.
    pub fn issue(&self, folder: &Path, names: &[&str]) -> anyhow::Result<()> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.0)?;
        std::fs::write(folder.join("server.crt"), certificate.pem())?;
        let file = folder.join("server.key");
        std::fs::write(&file, key.serialize_pem())?;
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        Ok(std::fs::set_permissions(file, private)?)
    }
}
