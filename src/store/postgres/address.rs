//! Where the database is, and how to connect: what `libpq` understands in a URL, as far as the library
//! does, with `passfile`, `sslrootcert` and the modes `verify-ca` and `verify-full`.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use postgres_openssl::MakeTlsConnector;

use crate::{Error, Kind, Result};

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);
/// After this time without an answer from the machine the connection is lost.
const SILENCE: Duration = Duration::from_secs(20);

/// The parsed address.
pub(crate) struct Address {
    config: Config,
    tls: Option<MakeTlsConnector>,
}

/// What the URL says beyond what the library reads.
#[derive(Default)]
struct Extras {
    passfile: Option<PathBuf>,
    root: Option<PathBuf>,
    /// Whether the server's certificate must be good, and whether its name must fit.
    verify: (bool, bool),
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (plain, extras) = split(url);
        let wrong = |error: postgres::Error| {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            let why = why.unwrap_or_else(|| error.to_string());
            Error::new(Kind::Config, "the address of the archive is wrong")
                .because(why)
                .hint("postgresql://USER@HOST/DATABASE?passfile=FILE&sslmode=verify-full")
        };
        let mut config: Config = plain.parse().map_err(wrong)?;
        config.application_name("fedhub").connect_timeout(CONNECTING).tcp_user_timeout(SILENCE);
        if config.get_password().is_none()
            && let Some(file) = &extras.passfile
            && let Some(password) = password(file, &config)?
        {
            config.password(password);
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(connector(&extras)?),
        };
        Ok(Self { config, tls })
    }

    pub(crate) fn connect(&self) -> Result<Client, postgres::Error> {
        match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        }
    }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let name = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        write!(f, "the archive {name} at {host}")
    }
}

/// The URL as the library reads it, and the rest.
fn split(url: &str) -> (String, Extras) {
    let mut extras = Extras::default();
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), extras) };
    let mut rest = Vec::new();
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            Some(("passfile", file)) => extras.passfile = Some(file.into()),
            Some(("sslrootcert", file)) => extras.root = Some(file.into()),
            Some(("sslmode", mode @ ("verify-ca" | "verify-full"))) => {
                extras.verify = (true, mode == "verify-full");
                rest.push("sslmode=require");
            }
            _ => rest.push(parameter),
        }
    }
    (format!("{base}?{}", rest.join("&")), extras)
}

fn connector(extras: &Extras) -> Result<MakeTlsConnector> {
    let (verify, name) = extras.verify;
    let build = || {
        let mut builder = SslConnector::builder(SslMethod::tls_client())?;
        if let Some(root) = &extras.root {
            builder.set_ca_file(root)?;
        }
        // As libpq: encryption alone, unless somebody asks for more.
        if !verify && extras.root.is_none() {
            builder.set_verify(SslVerifyMode::NONE);
        }
        Ok::<_, openssl::error::ErrorStack>(builder.build())
    };
    let connector = build().map_err(|error| {
        Error::new(Kind::Config, "cannot use TLS with the archive").because(error)
    })?;
    let mut connector = MakeTlsConnector::new(connector);
    connector.set_callback(move |connection, _| {
        connection.set_verify_hostname(name);
        Ok(())
    });
    Ok(connector)
}

/// The address with this file of passwords, unless it says a password or a file.
pub(super) fn with_passfile(url: &str, file: &Path) -> Option<String> {
    let (plain, extras) = split(url);
    let config: Config = plain.parse().ok()?;
    if extras.passfile.is_some() || config.get_password().is_some() {
        return None;
    }
    let joint = if url.contains('?') { '&' } else { '?' };
    Some(format!("{url}{joint}passfile={}", file.to_str()?))
}

/// The password of the first line that fits: `host:port:database:user:password`, as libpq has it.
fn password(file: &Path, config: &Config) -> Result<Option<String>> {
    let shown = file.display();
    let cannot = |error| Error::io(format!("cannot read {shown}"), error);
    if std::fs::metadata(file).map_err(cannot)?.permissions().mode() & 0o077 != 0 {
        let what = format!("others may read the passwords in {shown}");
        return Err(Error::new(Kind::Permission, what).hint(format!("chmod 600 {shown}")));
    }
    let text = std::fs::read_to_string(file).map_err(cannot)?;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        _ => "localhost".into(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.map(fields).find_map(|fields| match fields.as_slice() {
        [h, p, d, u, password] => {
            let wanted = [(h, host.as_str()), (p, &port), (d, database), (u, user)];
            let fits = wanted.iter().all(|(field, value)| *field == "*" || field == value);
            fits.then(|| password.clone())
        }
        _ => None,
    }))
}

/// The fields of a line; a backslash makes the next character an ordinary one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.iter_mut().last().into_iter().for_each(|last| last.extend(chars.next())),
            c => fields.iter_mut().last().into_iter().for_each(|last| last.push(c)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;

    #[test]
    fn passwords_come_from_the_line_that_fits() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pass");
        let lines = "# comment\nother:5432:*:*:no\ndb.example.org:*:archive:n\\:m:p:a\\\\s\\:s\n";
        write_secret(&file, lines);
        let url = format!("postgresql://n%3Am@db.example.org/archive?passfile={}", file.display());
        let address = Address::parse(&url).unwrap();
        assert_eq!(address.config.get_password(), Some(r"p:a\s:s".as_bytes()));
        assert_eq!(address.to_string(), "the archive archive at db.example.org");
        let url = format!("postgresql://x@db.example.org/archive?passfile={}", file.display());
        assert_eq!(Address::parse(&url).unwrap().config.get_password(), None);
        let missing = Address::parse("postgresql://x@h/d?passfile=/none").err().unwrap();
        assert_eq!(missing.kind(), Kind::NoInput);
    }

    fn write_secret(file: &Path, text: &str) {
        std::fs::write(file, text).unwrap();
        std::fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pass");
        write_secret(&file, "*:*:*:*:p\n");
        let url = with_passfile("postgresql://x@h/d", &file).unwrap();
        assert!(Address::parse(&url).is_ok());
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(Address::parse(&url).err().unwrap().kind(), Kind::Permission);
        assert_eq!(with_passfile(&url, &file), None);
        assert_eq!(with_passfile("postgresql://x:p@h/d?sslmode=require", &file), None);
        let with_mode = with_passfile("postgresql://x@h/d?sslmode=require", &file).unwrap();
        assert!(with_mode.contains("require&passfile="), "{with_mode}");
    }

    #[test]
    fn what_cannot_be_understood_is_a_mistake_in_the_settings() {
        for url in ["postgresql://h/d?nonsense=1", "postgresql://h:port/d"] {
            assert_eq!(Address::parse(url).err().unwrap().kind(), Kind::Config, "{url}");
        }
        assert!(Address::parse("postgresql://h/d?sslmode=disable").unwrap().tls.is_none());
        assert!(Address::parse("postgresql://h/d?sslmode=verify-full").unwrap().tls.is_some());
    }
}
