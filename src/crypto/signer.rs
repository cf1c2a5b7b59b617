//! Signing messages.

use std::path::{Path, PathBuf};

use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;

use super::x509::{certificate_from_pem, common_name, sign_sha1};
use super::{CREDENTIALS, base64};
use crate::canonical::{Object, write_object_without};
use crate::config::Config;
use crate::{Error, Kind, Result};

/// A key with its certificate, read once.
pub struct Signer {
    key: Rsa<Private>,
    /// The certificate as it is sent: base64 of PEM.
    certificate: String,
    name: Option<String>,
}

impl Signer {
    /// The key that the settings have for `PREFIX.HOST` or for a name, if messages are to be signed.
    pub fn configured(
        config: &Config,
        prefix: &str,
        name: Option<&str>,
        host: &str,
    ) -> Result<Option<Self>> {
        if config.sign_messages == Some(false) {
            return Ok(None);
        }
        let wanted = format!("{prefix}.{host}");
        let mut entries = [Some(wanted.as_str()), name].into_iter().flatten();
        let certname = entries.find_map(|entry| config.certnames.get(entry));
        match certname {
            Some(certname) => Self::from_settings(config, certname).map(Some),
            None if config.sign_messages == Some(true) => {
                let why = format!("sign_messages is true, but certnames has no entry {wanted:?}");
                Err(Error::new(Kind::Config, why).hint("fedhub config explain certnames"))
            }
            None => {
                tracing::warn!("sending unsigned: certnames has no entry {wanted:?}");
                Ok(None)
            }
        }
    }

    /// Reads `DIR/NAME.key` and `DIR/NAME.crt`.
    pub fn from_dir(ssldir: &Path, certname: &str) -> Result<Self> {
        let file = |ending| -> PathBuf { ssldir.join(format!("{certname}.{ending}")) };
        Self::from_files(&file("key"), &file("crt"))
    }

    /// The pair of this name, from where the settings have their secrets.
    pub fn from_settings(config: &Config, certname: &str) -> Result<Self> {
        let [key, certificate] = ["key", "crt"].map(|ending| config.pair_file(certname, ending));
        Self::from_files(&key, &certificate)
    }

    /// Reads an RSA key and its certificate, both PEM.
    pub fn from_files(key: &Path, certificate: &Path) -> Result<Self> {
        let hint = "make a pair with: fedhub certs issue NAME";
        let refuse = |path: &Path, why: &str| {
            Error::new(Kind::Config, format!("{}: {why}", path.display())).hint(hint)
        };
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| {
                let what = format!("cannot read {}", path.display());
                match error.kind() {
                    std::io::ErrorKind::PermissionDenied => {
                        Error::io(what, error).hint("give the file to the user or group that signs")
                    }
                    _ => Error::new(Kind::Config, what).because(error).hint(hint),
                }
            })
        };
        // An empty passphrase instead of OpenSSL's question at the terminal.
        let private = PKey::private_key_from_pem_callback(&read(key)?, |_| Ok(0))
            .map_err(|error| refuse(key, "not a readable PEM private key").because(error))?;
        let private =
            private.rsa().map_err(|error| refuse(key, "not an RSA key").because(error))?;
        let public = certificate_from_pem(&read(certificate)?)
            .ok_or_else(|| refuse(certificate, "not a PEM certificate"))?;
        let belongs = public
            .public_key()
            .and_then(|public| public.rsa())
            .is_ok_and(|public| public.n() == private.n() && public.e() == private.e());
        if !belongs {
            let why = format!("the key in {} is not the certificate's", key.display());
            return Err(refuse(certificate, &why));
        }
        let pem = public
            .to_pem()
            .map_err(|error| refuse(certificate, "cannot be written as PEM").because(error))?;
        let name = common_name(public.subject_name());
        Ok(Self { key: private, certificate: base64::encode(&pem), name })
    }

    /// The common name of the certificate.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Signs a message in place. Credentials it had before are replaced.
    pub fn sign(&self, message: &mut Object) -> Result<()> {
        message.insert("crypto", "x509");
        let mut text = Vec::new();
        write_object_without(message, &CREDENTIALS, &mut text);
        let signature = sign_sha1(&self.key, &text)
            .map_err(|error| Error::new(Kind::Bug, "OpenSSL could not sign").because(error))?;
        message.insert("signature", base64::encode(&signature));
        message.insert("certificate", self.certificate.as_str());
        Ok(())
    }
}
