//! `fedhub certs`: a certificate authority for the publishers of a bus.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use fedhub::crypto::authority::{Authority, Entry, Options, State};
use fedhub::error::exit;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::app::{App, now};
use crate::output::escape;

const HELP: &str = "\
The directory is the one that `ssldir` names: ca.crt, ca.key, crl.pem, and NAME.crt and NAME.key
for each publisher. Every reader needs ca.crt and crl.pem, a publisher its own pair, nobody but you
ca.key. NAME is the common name of the certificate, which `routing_policy` lists; `certnames` says
which service signs with which NAME.

Examples:
  fedhub certs init --dir pki
  fedhub certs issue --dir pki shell.app01
  fedhub certs revoke --dir pki shell.app01
  fedhub certs list --dir pki
  fedhub certs list --dir pki -o ndjson | jq 'select(.days_left < 60)'

Readers refuse every message once the revocation list is out of date. Renew it from a timer:
  fedhub certs crl --dir pki";

const INIT_HELP: &str = "\
Examples:
  fedhub certs init
  fedhub certs init --dir pki --name 'Example bus CA' --organization Example";

const ISSUE_HELP: &str = "\
The private key is readable by you alone. If another user signs with it, give it to that user:
  chown fedmsg pki/shell.app01.key

Examples:
  fedhub certs issue --dir pki shell.app01 announce.app01
  fedhub certs issue --dir pki --days 90 scm.git01.example.org";

const REVOKE_HELP: &str = "\
Readers learn of it when they load the new crl.pem. By name, the certificate in NAME.crt is revoked;
one that was replaced since can be revoked by its serial number.

Examples:
  fedhub certs revoke --dir pki shell.app01
  fedhub certs revoke --dir pki --serial 5F3A9C01D2E4";

const CRL_HELP: &str = "\
Examples:
  fedhub certs crl --dir pki
  fedhub certs crl --dir pki --days 90";

const LIST_HELP: &str = "\
States: valid, expires-soon (within 30 days, the revocation list within 7), expired, not-yet-valid,
revoked, foreign (signed by somebody else), unreadable, missing.

Examples:
  fedhub certs list
  fedhub certs list -o json | jq '.[] | select(.state != \"valid\")'";

/// Make certificates for publishers, revoke them, and see when they expire.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// The directory of the certificates; without it, `ssldir` of the configuration.
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// How to print certificates; without it, human on a terminal and ndjson elsewhere.
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    output: Option<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A table.
    Human,
    /// A JSON object on each line.
    Ndjson,
    /// One JSON array.
    Json,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a certificate authority and an empty revocation list.
    #[command(after_long_help = INIT_HELP)]
    Init {
        /// The common name of the authority.
        #[arg(long, default_value = "fedhub CA")]
        name: String,
        /// How many days it is valid.
        #[arg(long, default_value_t = 3650, value_parser = days())]
        days: u16,
        #[command(flatten)]
        new: New,
    },
    /// Issue a certificate and a private key for each NAME.
    #[command(after_long_help = ISSUE_HELP)]
    Issue {
        /// The common name and the file name, mostly SERVICE.HOST.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// How many days it is valid, but never longer than the authority.
        #[arg(long, default_value_t = 825, value_parser = days())]
        days: u16,
        #[command(flatten)]
        new: New,
    },
    /// Put certificates on the revocation list.
    #[command(after_long_help = REVOKE_HELP)]
    Revoke {
        /// The certificate in NAME.crt.
        #[arg(required_unless_present = "serial", value_name = "NAME")]
        names: Vec<String>,
        /// The certificate with this serial number, in hexadecimal; can be given several times.
        #[arg(long, value_name = "HEX")]
        serial: Vec<String>,
    },
    /// Renew the revocation list: same entries, new dates.
    #[command(after_long_help = CRL_HELP)]
    Crl {
        /// How many days it is good for; without it, as many as the present one.
        #[arg(long, value_parser = days())]
        days: Option<u16>,
        /// If the present list is missing or damaged, begin an empty one: nothing is revoked then.
        #[arg(long)]
        force: bool,
    },
    /// List the authority, its revocation list and every certificate with its expiry date.
    #[command(after_long_help = LIST_HELP)]
    List,
}

/// What `init` and `issue` have in common.
#[derive(Debug, clap::Args)]
struct New {
    /// The organization in the subject.
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// The size of the RSA key.
    #[arg(long, value_enum, default_value_t = Bits::B2048)]
    bits: Bits,
    /// Replace files that exist.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bits {
    #[value(name = "2048")]
    B2048,
    #[value(name = "3072")]
    B3072,
    #[value(name = "4096")]
    B4096,
}

fn days() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=36_500)
}

impl New {
    fn options(self, days: u16) -> Options {
        let bits = match self.bits {
            Bits::B2048 => 2048,
            Bits::B3072 => 3072,
            Bits::B4096 => 4096,
        };
        Options { organization: self.organization, days, bits, force: self.force }
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let now = now();
    let dir = match args.dir {
        Some(dir) => dir,
        None => app.config()?.ssldir.clone(),
    };
    let rows = match args.action {
        Action::Init { name, days, new } => init(&dir, &name, &new.options(days), now),
        Action::Issue { names, days, new } => issue(&dir, &names, &new.options(days), now),
        Action::Revoke { names, serial } => revoke(&dir, &names, &serial, now),
        Action::Crl { days, force } => {
            let authority = Authority::open(&dir)?;
            authority.renew_crl(days, force, now)?;
            note(format_args!("wrote {}", dir.join("crl.pem").display()));
            let rows = rows(&authority, now)?;
            Ok(rows.into_iter().filter(|row| row.kind == "crl").collect())
        }
        Action::List => rows(&Authority::open(&dir)?, now),
    }?;
    let default = if io::stdout().is_terminal() { Output::Human } else { Output::Ndjson };
    print(&rows, args.output.unwrap_or(default), app.color).context("cannot write to stdout")?;
    Ok(exit::OK)
}

fn init(dir: &Path, name: &str, options: &Options, now: i64) -> fedhub::Result<Vec<Row>> {
    let authority = Authority::create(dir, name, options, now)?;
    for file in ["ca.key", "ca.crt", "crl.pem"] {
        note(format_args!("wrote {}", dir.join(file).display()));
    }
    note(format_args!("next: fedhub certs issue --dir {} SERVICE.HOST", dir.display()));
    let rows = rows(&authority, now)?;
    Ok(rows.into_iter().filter(|row| row.kind != "certificate").collect())
}

fn issue(dir: &Path, names: &[String], options: &Options, now: i64) -> fedhub::Result<Vec<Row>> {
    let authority = Authority::open(dir)?;
    let of_names = |row: &Row| row.kind == "certificate" && names.iter().any(|name| row.is(name));
    let mut before = rows(&authority, now)?;
    before.retain(|row| of_names(row) && matches!(row.state, State::Valid | State::ExpiresSoon));
    authority.issue(names, options, now)?;
    for name in names {
        let [key, certificate] = ["key", "crt"].map(|end| dir.join(format!("{name}.{end}")));
        note(format_args!("wrote {} and {}", key.display(), certificate.display()));
    }
    for old in before {
        note(format_args!(
            "the {} that was replaced is valid until {}; to end that: \
             fedhub certs revoke --dir {} --serial {}",
            shown(old.name.as_deref()),
            shown(old.expires.as_deref()),
            dir.display(),
            shown(old.serial.as_deref()),
        ));
    }
    Ok(rows(&authority, now)?.into_iter().filter(of_names).collect())
}

fn revoke(dir: &Path, names: &[String], serials: &[String], now: i64) -> fedhub::Result<Vec<Row>> {
    let authority = Authority::open(dir)?;
    let revoked = |serial: &String, row: &Row| {
        row.state == State::Revoked && row.serial.as_ref() == Some(serial)
    };
    let before = rows(&authority, now)?;
    let serials = authority.revoke(names, serials, now)?;
    for serial in &serials {
        match before.iter().find(|row| revoked(serial, row)) {
            Some(row) => {
                let since = shown(row.revoked.as_deref());
                note(format_args!("{serial} was already revoked on {since}"));
            }
            None => note(format_args!(
                "revoked {serial}; readers need the new {}",
                dir.join("crl.pem").display()
            )),
        }
    }
    let mut rows = rows(&authority, now)?;
    rows.retain(|row| serials.iter().any(|serial| revoked(serial, row)));
    Ok(rows)
}

/// One line of output. A time is in RFC 3339.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    name: Option<String>,
    serial: Option<String>,
    not_before: Option<String>,
    expires: Option<String>,
    days_left: Option<i64>,
    #[serde(serialize_with = "state_name")]
    state: State,
    revoked: Option<String>,
}

impl Row {
    fn new(kind: &'static str, entry: Entry, now: i64) -> Self {
        let days_left = entry.days_left(now);
        let [not_before, expires, revoked] = [entry.not_before, entry.expires, entry.revoked]
            .map(|time| Some(Timestamp::from_second(time?).ok()?.to_string()));
        let Entry { name, serial, state, .. } = entry;
        Self { kind, name, serial, not_before, expires, days_left, state, revoked }
    }

    fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

fn state_name<S: Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

fn rows(authority: &Authority, now: i64) -> fedhub::Result<Vec<Row>> {
    let listing = authority.list(now)?;
    let mut rows = vec![Row::new("ca", listing.ca, now), Row::new("crl", listing.crl, now)];
    let certificates = listing.certificates.into_iter();
    rows.extend(certificates.map(|entry| Row::new("certificate", entry, now)));
    Ok(rows)
}

fn print(rows: &[Row], output: Output, color: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Human => table(&mut out, rows, color)?,
        Output::Ndjson => {
            for row in rows {
                writeln!(out, "{}", serde_json::to_string(row)?)?;
            }
        }
        Output::Json => writeln!(out, "{}", serde_json::to_string_pretty(rows)?)?,
    }
    out.flush()
}

fn table(out: &mut impl Write, rows: &[Row], color: bool) -> io::Result<()> {
    let names: Vec<String> = rows.iter().map(|row| shown(row.name.as_deref())).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    writeln!(
        out,
        "{:name_width$}  {:13}  {:20}  {:>5}  SERIAL",
        "NAME", "STATE", "EXPIRES", "DAYS"
    )?;
    for (row, name) in rows.iter().zip(names) {
        let (on, off) = if color { (colour(row.state), "\x1b[0m") } else { ("", "") };
        let state = row.state.as_str();
        let days = row.days_left.map_or_else(|| "-".to_owned(), |days| days.to_string());
        let (expires, serial) = (shown(row.expires.as_deref()), shown(row.serial.as_deref()));
        writeln!(
            out,
            "{name:name_width$}  {on}{state:13}{off}  {expires:20}  {days:>5}  {serial}"
        )?;
    }
    Ok(())
}

fn colour(state: State) -> &'static str {
    match state {
        State::Valid => "\x1b[32m",
        State::ExpiresSoon | State::NotYetValid => "\x1b[33m",
        State::Expired | State::Revoked | State::Missing => "\x1b[31m",
        State::Foreign | State::Unreadable => "\x1b[2m",
    }
}

/// Text for people, or a dash. A file name can hold control characters.
fn shown(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), escape::text)
}

fn note(text: std::fmt::Arguments) {
    // Nobody is left to tell if stderr is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
