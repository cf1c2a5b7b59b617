//! `fedhub get`: single messages of the archive.

use std::io::{IsTerminal, Write, stderr, stdout};

use fedhub::canonical::{Value, parse};
use fedhub::crypto::Verifier;
use fedhub::error::exit;
use fedhub::meta::Meta;
use fedhub::store::shown::Shown;
use fedhub::store::{Archived, Store};
use serde::Serialize;

use crate::app::{App, now};
use crate::archive::ArchiveArgs;
use crate::output::format::{Format, Printer};
use crate::output::{self, escape};
use crate::when::{age, show};

/// How many messages of one msg_id in quarantine are named.
const NAMED: u32 = 10;

/// Print messages of the archive by their msg_id, with what the archive knows of them.
///
/// That is when and by whom they were published, whom and what they are about, whether their signature
/// was valid when they came, and who signed them. Those that are not there are named on stderr, and the
/// exit code is then 1. The archive keeps a message apart, in quarantine, whose msg_id another one has
/// already; that is said too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub get 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33
  fedhub get -o raw 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33 | fedhub verify
  fedhub get -o 'template={{verdict}} {{signer}} {{message.msg.commit.rev}}' 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33
  fedhub query user=alice -o 'template={{msg_id}}' | fedhub get -")]
pub(crate) struct Args {
    /// The msg_id of a message; - for those on stdin, one on each line.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// human, ndjson, json, yaml, template=TEXT, or raw for the exact bytes of the body [default: human
    /// on a terminal, else ndjson].
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Format>,
    #[command(flatten)]
    archive: ArchiveArgs,
}

/// All that is known of a message.
#[derive(Serialize)]
struct Got<'a> {
    #[serde(flatten)]
    shown: Shown<'a>,
    /// The common name in its certificate.
    signer: Option<String>,
}

/// Prints messages, and counts those that are not there.
struct Getter<'a> {
    store: Box<dyn Store>,
    meta: &'a Meta,
    verifier: Verifier,
    format: Format,
    printer: Printer,
    printed: u64,
    missing: u64,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let terminal = stdout().is_terminal();
    let default = if terminal { Format::Human } else { Format::Ndjson };
    let format = args.output.unwrap_or(default);
    let printer = Printer::new(format.clone(), terminal, app.color, None)?;
    let meta = app.meta()?;
    let mut getter = Getter {
        store: args.archive.open(app)?,
        meta: &meta,
        verifier: Verifier::signature_only(),
        format,
        printer,
        printed: 0,
        missing: 0,
    };
    for id in &args.ids {
        if id != "-" {
            getter.get(id)?;
            continue;
        }
        let (mut input, mut line) = (output::open(None)?, Vec::new());
        while output::read_line(&mut *input, &mut line)? {
            let id = String::from_utf8_lossy(&line);
            if !id.trim().is_empty() {
                getter.get(id.trim())?;
            }
        }
    }
    Ok(if getter.missing == 0 { exit::OK } else { exit::NEGATIVE })
}

impl Getter<'_> {
    fn get(&mut self, id: &str) -> anyhow::Result<()> {
        match self.store.get(id)? {
            Some(one) => {
                self.print(&one)?;
                self.printed += 1;
            }
            None => {
                self.missing += 1;
                say(&format!("the archive has no message {}", escape::text(id)));
            }
        }
        for other in self.store.quarantined_as(id, NAMED)? {
            say(&format!(
                "in the archive's quarantine since {} is a message {}: {}",
                show(other.since),
                escape::text(id),
                escape::text(&other.reason)
            ));
        }
        Ok(())
    }

    fn print(&mut self, one: &Archived) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        if self.format == Format::Raw {
            // Nothing is added to a single message, or the bytes would not be exact.
            if self.printed > 0 {
                writeln!(out)?;
            }
            if out.is_terminal() {
                let text = String::from_utf8_lossy(one.message.body());
                writeln!(out, "{}", escape::text(&text))?;
            } else {
                out.write_all(one.message.body())?;
            }
            return Ok(out.flush()?);
        }
        let signer = self.verifier.verify(&one.message, now()).signer;
        if self.format == Format::Human {
            return self.tell(one, signer.as_deref(), &mut out);
        }
        let got = Got { shown: Shown::new(one, Some(self.meta)), signer };
        let value = parse(&serde_json::to_vec(&got)?)
            .map_err(|error| anyhow::anyhow!("what was written cannot be read: {error}"))?;
        if !self.printer.print_parsed(&value, &mut out)? {
            say(&format!("message {} cannot be printed this way", escape::text(&one.msg_id)));
        }
        Ok(())
    }

    /// For people: what is known, and then the message.
    fn tell(
        &self,
        one: &Archived,
        signer: Option<&str>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut row = |name: &str, text: &str| writeln!(out, "{name:10} {}", escape::text(text));
        row("message", &one.msg_id)?;
        row("topic", &one.topic)?;
        row("published", &format!("{} ({})", show(one.time), age(one.time)))?;
        row("received", &show(one.received))?;
        let verdict = match signer {
            Some(signer) if one.verdict == "valid" => format!("valid, signed by {signer}"),
            // Nobody has checked that.
            Some(signer) => format!("{}, with the certificate of {signer}", one.verdict),
            None => one.verdict.clone(),
        };
        row("verdict", &verdict)?;
        let about = Shown::new(one, Some(self.meta)).about;
        if let Some(about) = about {
            row("about", &format!("{} -- {}", about.title, about.summary))?;
            if let Some(link) = about.link.filter(|link| !link.is_empty()) {
                row("link", &link)?;
            }
        }
        for (name, list) in [("users", &one.facts.users), ("packages", &one.facts.packages)] {
            if !list.is_empty() {
                row(name, &list.join(", "))?;
            }
        }
        if let Some(agent) = &one.facts.agent {
            row("agent", agent)?;
        }
        self.print_body(one, out)
    }

    fn print_body(&self, one: &Archived, out: &mut impl Write) -> anyhow::Result<()> {
        match one.message.value() {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                self.printer.print_value(value, out)
            }
            _ => {
                let text = String::from_utf8_lossy(one.message.body());
                Ok(writeln!(out, "{}", escape::text(&text))?)
            }
        }
    }
}

fn say(text: &str) {
    // If stderr is gone the exit code still says so.
    let _ = writeln!(stderr().lock(), "fedhub: {text}");
}
