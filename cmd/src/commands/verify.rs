//! `fedhub verify`: verdicts on messages.

use std::collections::HashMap;
use std::io::{BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use fedhub::canonical::{Object, Value, parse, to_vec};
use fedhub::crypto::{Reason, Verdict, Verifier, datagrepper};
use fedhub::error::exit;
use fedhub::{Error, Kind};
use serde::Deserialize;

use crate::app::{App, now};
use crate::output;

/// Judge the signatures of messages, one on each line.
///
/// For each message one line of JSON says msg_id, topic, whether it is valid, the reason, and the
/// signer. The exit code is 0 if all are valid, 1 if some are not, and 65 if a line could not be
/// read as JSON.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help())]
pub(crate) struct Args {
    /// The file to read; - or none for stdin.
    file: Option<PathBuf>,
    /// The CA certificate: a path or an https address.
    #[arg(long, value_name = "PEM")]
    ca: Option<String>,
    /// The revocation list: a path or an https address.
    #[arg(long, value_name = "PEM")]
    crl: Option<String>,
    /// Do not look at any revocation list, whatever is configured.
    #[arg(long, conflicts_with = "crl")]
    no_crl: bool,
    /// A JSON or TOML file {"routing_policy": {topic: [names]}}.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Refuse topics the policy does not name.
    #[arg(long)]
    nitpicky: bool,
    /// Accept only messages signed by this common name, whatever the policy says.
    #[arg(long, value_name = "NAME")]
    signed_by: Option<String>,
    /// Undo what datagrepper does to the messages it archives.
    #[arg(long)]
    datagrepper: bool,
    /// Check only whether signature, text and certificate fit: neither chain, dates nor policy.
    #[arg(long)]
    signature_only: bool,
}

const EXAMPLES: &str = "\
Examples:
  fedhub tail -o ndjson --count 10 | fedhub verify
  fedhub verify --ca ca.crt --crl crl.pem --policy policy.json messages.ndjson
  fedhub verify --datagrepper --signature-only archived.ndjson

Reasons:";

fn help() -> String {
    let mut text = EXAMPLES.to_owned();
    for (_, name, meaning) in Reason::ALL {
        text += &format!("\n  {name:18} {meaning}");
    }
    text
}

#[derive(Deserialize)]
struct PolicyFile {
    routing_policy: HashMap<String, Vec<String>>,
    #[serde(default)]
    routing_nitpicky: bool,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut verifier = verifier(&args, app)?;
    let mut input = output::open(args.file.as_deref())?;
    let mut out = BufWriter::new(stdout().lock());
    let (mut line, mut number, mut code) = (Vec::new(), 0, exit::OK);
    while output::read_line(&mut *input, &mut line)? {
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let message = match parse(&line) {
            Ok(message) => message,
            Err(error) => {
                writeln!(
                    stderr().lock(),
                    "line {number} column {}: {}",
                    error.column,
                    error.reason
                )?;
                code = exit::DATA;
                continue;
            }
        };
        let Value::Object(mut envelope) = message else {
            writeln!(stderr().lock(), "line {number} column 1: not a JSON object")?;
            code = exit::DATA;
            continue;
        };
        if args.datagrepper {
            datagrepper::restore(&mut envelope);
        }
        let verdict = verifier.verify_envelope(&envelope, now());
        if !verdict.valid() && code == exit::OK {
            code = exit::NEGATIVE;
        }
        write_verdict(&envelope, &verdict, &mut out)?;
        // Messages may come from a pipe, minutes apart, and somebody waits for the verdict.
        out.flush()?;
    }
    Ok(code)
}

fn write_verdict(envelope: &Object, verdict: &Verdict, out: &mut impl Write) -> anyhow::Result<()> {
    let field = |name| envelope.get(name).cloned().unwrap_or(Value::Null);
    let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    let members = [
        ("msg_id", field("msg_id")),
        ("topic", field("topic")),
        ("valid", Value::Bool(verdict.valid())),
        ("reason", verdict.reason.name().into()),
        ("signer", text(&verdict.signer)),
    ];
    // In the order people read them, which is not that of the alphabet.
    for (index, (name, value)) in members.into_iter().enumerate() {
        write!(out, "{}\"{name}\":", if index == 0 { '{' } else { ',' })?;
        out.write_all(&to_vec(&value))?;
    }
    Ok(out.write_all(b"}\n")?)
}

fn verifier(args: &Args, app: &App) -> anyhow::Result<Verifier> {
    if args.signature_only {
        return Ok(Verifier::signature_only());
    }
    let mut config = app.config()?.clone();
    if let Some(ca) = &args.ca {
        config.ca_cert_location = Some(ca.clone());
        config.ca_cert_cache = None;
        // A revocation list belongs to its CA; the configured one is of another.
        config.crl_location = None;
    }
    if args.no_crl {
        config.crl_location = None;
    }
    if let Some(crl) = &args.crl {
        config.crl_location = Some(crl.clone());
        config.crl_cache = None;
    }
    if let Some(path) = &args.policy {
        let file = read_policy(path)?;
        config.routing_policy = file.routing_policy.into_iter().collect();
        config.routing_nitpicky = file.routing_nitpicky;
    }
    config.routing_nitpicky |= args.nitpicky;
    Ok(app.verifier(&config, args.signed_by.clone())?)
}

fn read_policy(path: &Path) -> Result<PolicyFile, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let refuse = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(Kind::Config, format!("{}: not a routing policy", path.display()))
            .because(error)
            .hint(r#"it looks like {"routing_policy": {"TOPIC": ["NAME"]}}"#)
    };
    if path.extension().is_some_and(|ending| ending == "toml") {
        toml::from_str(&text).map_err(|error| refuse(error.into()))
    } else {
        serde_json::from_str(&text).map_err(|error| refuse(error.into()))
    }
}
