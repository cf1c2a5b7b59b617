//! What every command shares: the settings, and whether to use colour.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fedhub::config::{self, Config, Loaded, Places, fedmsg_d};
use fedhub::crypto::{Location, Policy, Trust, Verifier};
use fedhub::meta::Meta;
use fedhub::{Error, Kind, Result};
use jiff::Timestamp;

use crate::cli::Global;

/// The command's surroundings, read when they are first asked for.
pub(crate) struct App {
    global: Global,
    hostname: String,
    loaded: OnceCell<Loaded>,
    meta: OnceCell<Arc<Meta>>,
    /// Whether stdout gets colour.
    pub(crate) color: bool,
}

impl App {
    pub(crate) fn new(global: Global) -> Self {
        let color = global.color.wanted(std::io::stdout().is_terminal());
        let hostname = nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned());
        Self {
            global,
            hostname: hostname.unwrap_or_default(),
            loaded: OnceCell::new(),
            meta: OnceCell::new(),
            color,
        }
    }

    /// Whether colour may be used by somebody who asks for it, wherever it goes.
    pub(crate) fn color_allowed(&self) -> bool {
        self.global.color.wanted(true)
    }

    /// The settings with their sources; read when first asked for.
    pub(crate) fn loaded(&self) -> Result<&Loaded> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let loaded = config::load(&self.places()?)?;
        for note in &loaded.notes {
            // What fedmsg's files have beyond fedhub's needs is normal; a misspelt variable is not.
            if note.starts_with('$') {
                tracing::warn!("{note}");
            } else {
                tracing::debug!("{note}");
            }
        }
        Ok(self.loaded.get_or_init(|| loaded))
    }

    /// The settings.
    pub(crate) fn config(&self) -> Result<&Config> {
        self.loaded().map(|loaded| &loaded.config)
    }

    /// What fedmsg's files may ask about the host.
    pub(crate) fn host(&self) -> fedmsg_d::Host {
        fedmsg_d::Host {
            hostname: self.hostname.clone(),
            // Finding it takes a name server, which may not answer.
            fqdn: None,
            home: home(),
            env: Some(variables()),
        }
    }

    /// The host name up to the first dot, as it stands in names of endpoints and certificates.
    pub(crate) fn short_host(&self) -> &str {
        self.hostname.split('.').next().unwrap_or(&self.hostname)
    }

    fn places(&self) -> Result<Places> {
        let path = |variable| {
            std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
        };
        let fedmsg = self.global.config_filename.clone().or_else(|| path("FEDMSG_CONFIG"));
        Ok(Places {
            file: self.global.config.clone().or_else(|| path("FEDHUB_CONFIG")),
            user_dir: user_dir("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("fedhub")),
            system_dir: Some(Path::new("/etc/fedhub").into()),
            fedmsg_files: fedmsg_d::sources(fedmsg.as_deref(), home().as_deref())?,
            host: self.host(),
            variables: variables(),
            credentials: path("CREDENTIALS_DIRECTORY"),
            flags: self.global.set.clone(),
        })
    }

    /// The rules that say what messages are about; read when first asked for.
    pub(crate) fn meta(&self) -> Result<Arc<Meta>> {
        if let Some(meta) = self.meta.get() {
            return Ok(Arc::clone(meta));
        }
        let meta = Arc::new(Meta::configured(self.config()?)?);
        Ok(Arc::clone(self.meta.get_or_init(|| meta)))
    }

    /// The options that every command has.
    pub(crate) fn global(&self) -> &Global {
        &self.global
    }

    /// Whether less should be said.
    pub(crate) fn quiet(&self) -> bool {
        self.global.quiet > 0
    }

    /// A verifier as the settings have it. With `signed_by`, only that signer is accepted.
    pub(crate) fn verifier(&self, config: &Config, signed_by: Option<String>) -> Result<Verifier> {
        verifier(config, signed_by)
    }

    /// The same; `None`, and a warning, if it is known that there is no CA.
    pub(crate) fn verifier_with_ca(&self) -> Result<Option<Verifier>> {
        let config = self.config()?;
        let ca = config.ca_location();
        if !ca.starts_with("https://") && !Path::new(&ca).exists() {
            tracing::warn!("there is no CA {ca}, so it is not known who may sign");
            return Ok(None);
        }
        self.verifier(config, None).map(Some)
    }

    /// The CA and its revocation list as the settings have them.
    pub(crate) fn trust(&self, config: &Config) -> Result<Trust> {
        trust(config)
    }
}

/// A verifier as the settings have it. With `signed_by`, only that signer is accepted.
pub(crate) fn verifier(config: &Config, signed_by: Option<String>) -> Result<Verifier> {
    Ok(Verifier::new(trust(config)?, policy(config, signed_by)))
}

/// The CA and its revocation list as the settings have them.
pub(crate) fn trust(config: &Config) -> Result<Trust> {
    let location = |text: &str, copy: &Option<PathBuf>, seconds: u64| {
        let copy = copy.clone().or_else(|| default_copy(text));
        // Fetching more often than every ten seconds would only be a burden on the server.
        Location::parse(text, copy, std::time::Duration::from_secs(seconds.max(10)))
    };
    let ca = location(&config.ca_location(), &config.ca_cert_cache, config.ca_cert_cache_expiry)?;
    let crl = config.crl_location.as_deref().filter(|text| !text.is_empty());
    let crl =
        crl.map(|text| location(text, &config.crl_cache, config.crl_cache_expiry)).transpose()?;
    Ok(Trust::load(ca, crl))
}

fn policy(config: &Config, signed_by: Option<String>) -> Policy {
    Policy {
        routing: config.routing_policy.clone().into_iter().collect(),
        nitpicky: config.routing_nitpicky,
        signed_by,
    }
}

/// Now, in unix seconds.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// Where the copy of an https address is kept: a file of its own for each, in a directory that only
/// this user can write to, since the copy is trusted. Without a home there is none.
fn default_copy(url: &str) -> Option<PathBuf> {
    let digest = openssl::sha::sha256(url.as_bytes());
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    user_dir("XDG_CACHE_HOME", ".cache").map(|dir| dir.join("fedhub").join(format!("{name}.pem")))
}

/// Where data of this user is kept.
pub(crate) fn data_dir() -> Result<PathBuf> {
    user_dir("XDG_DATA_HOME", ".local/share").map(|dir| dir.join("fedhub")).ok_or_else(|| {
        Error::new(Kind::Usage, "there is no home directory to keep data in")
            .hint("name a directory with --data-dir")
    })
}

/// Where the archive is: as the settings have it, or in the data directory. Its password may be where
/// clients of PostgreSQL look for it.
pub(crate) fn archive_url(config: &Config) -> Result<String> {
    match &config.archive.url {
        Some(url) => Ok(match passfile() {
            Some(file) => fedhub::store::with_passfile(url, &file),
            None => url.clone(),
        }),
        None => {
            let dir = data_dir()?;
            std::fs::create_dir_all(&dir)
                .map_err(|error| Error::io(format!("cannot make {}", dir.display()), error))?;
            Ok(format!("sqlite:{}", dir.join("archive.db").display()))
        }
    }
}

/// The file with passwords of libpq, unless others may read it: then libpq does not use it either.
fn passfile() -> Option<PathBuf> {
    let file = match std::env::var_os("PGPASSFILE") {
        Some(file) => PathBuf::from(file),
        None => home()?.join(".pgpass"),
    };
    let found = std::fs::metadata(&file).ok().filter(std::fs::Metadata::is_file)?;
    (found.permissions().mode() & 0o077 == 0).then_some(file)
}

fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// This user's directory of a sort, as a variable has it or in the usual place.
pub(crate) fn user_dir(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home().map(|home| home.join(below_home)))
}

fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The name of the user who runs this, as Python's `getpass.getuser` finds it.
pub(crate) fn username() -> String {
    let named = ["LOGNAME", "USER", "LNAME", "USERNAME"]
        .iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|name| !name.is_empty()));
    named.unwrap_or_else(|| {
        let id = nix::unistd::getuid();
        match nix::unistd::User::from_uid(id) {
            Ok(Some(user)) => user.name,
            _ => id.to_string(),
        }
    })
}
