//! `fedhub import`: messages from elsewhere into the archive.

mod database;
mod judge;
mod lines;
mod rejects;
mod sink;
mod source;
mod web;

use std::io::{Write, stderr};
use std::path::PathBuf;
use std::time::Duration;

use fedhub::error::exit;
use fedhub::{Error, Kind};
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

use self::judge::Judge;
use self::rejects::Rejects;
use self::sink::{Counts, Sink};
use self::source::{Batch, Place, Source};
use super::resume::{load, save};
use crate::app::App;
use crate::archive::ArchiveArgs;
use crate::output::progress;
use crate::when::{When, parse_seconds};

/// Take messages from elsewhere into the archive: from a file, a datagrepper or a datanommer.
///
/// What the archive has already is not added again, so an import may be repeated; with --resume FILE it
/// goes on where it was, also after a kill, and once it is done with what came since. A msg_id that the
/// archive has with another content goes into its quarantine. What cannot be read as a message is
/// rejected, and the exit code is then 65; everything else is imported all the same. The archive is made if
/// it is not there.
///
/// Signatures are verified as of the time of their messages, if a message has a certificate and the CA is
/// there (ca_cert_location). What does not hold goes into the quarantine. All others are unchecked, unless
/// a file of fedhub says how they were judged. Users and packages are those that the rules find and those
/// that the source knows.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A SOURCE is one of
  FILE or -                  lines of JSON: from fedhub export and fedhub record, or messages as
                             datagrepper and datanommer-dump write them, one a line; .zst is unpacked
  https://HOST/datagrepper   read from its oldest message on; with /v2/search at its end by that API,
                             which costs it less, but has no signatures. Filters go after a ?
  postgresql://…/datanommer  the database of a datanommer, of the time of fedmsg or later

A URL of PostgreSQL may have passfile=, sslmode= and sslrootcert=, as archive.url.

Examples:
  fedhub import all.ndjson.zst
  datanommer-dump | jq -c '.[]' | fedhub import -
  fedhub import 'https://apps.fedoraproject.org/datagrepper?category=bodhi' --since -30d
  fedhub import postgresql://nommer@db.example.org/datanommer --resume datanommer.state
  fedhub import old.ndjson --dry-run
  fedhub import old.ndjson --rejects wrong.ndjson")]
pub(crate) struct Args {
    /// Where the messages are.
    #[arg(value_name = "SOURCE")]
    source: String,
    #[command(flatten)]
    archive: ArchiveArgs,
    /// Remember in this file how far it is, and go on from there.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Read and judge everything, and change nothing.
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Append to this file what is no message: a line of JSON each, with the reason.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Verify no signatures.
    #[arg(long)]
    no_verify: bool,
    /// Of a datagrepper, only what was published at this time or later: RFC 3339, unix seconds, or an
    /// age such as -1h. Default: everything.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Of a datagrepper, only what was published before this time. Default: now.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// Of a datagrepper, read so many messages a second; 0 for no limit.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    rate: u32,
    /// Ask a datagrepper that fails again for so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, default_value = "600")]
    patience: Duration,
}

/// How far an import is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Stands for source and archive, which must be the same.
    what: String,
    place: Place,
    counts: Counts,
    /// It came to the end; what comes since is another import.
    done: bool,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let url = args.archive.url(app)?;
    let digest = sha256(format!("{}\n{url}", args.source).as_bytes());
    let what: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let known = match &args.resume {
        Some(path) => load::<Progress>(path)?,
        None => None,
    };
    let mut progress =
        known.unwrap_or_else(|| Progress { what: what.clone(), ..Progress::default() });
    if progress.what != what {
        let what = "the import to go on with has another source or archive";
        return Err(Error::new(Kind::Usage, what).hint("name another file with --resume").into());
    }
    if progress.done {
        (progress.counts, progress.done) = (Counts::default(), false);
    }
    let mut source = open(&args, progress.place)?;
    let judge = Judge::new(if args.no_verify { None } else { app.verifier_with_ca()? });
    let mut sink = Sink::open(if args.dry_run { None } else { Some(&url) }, judge, app.meta()?)?;
    let mut rejects = Rejects::open(args.rejects.as_deref())?;
    let bar = progress::messages(0);
    while let Some(Batch { items, place, left }) = source.next()? {
        let count = items.len() as u64;
        let mut messages = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Ok(message) => messages.push(message),
                Err(refused) => {
                    rejects.add(&refused)?;
                    progress.counts.rejected += 1;
                }
            }
        }
        // The file has them before it is remembered that they were seen.
        rejects.flush()?;
        sink.store(messages, &mut progress.counts)?;
        progress.place = place;
        if let Some(path) = &args.resume {
            save(path, &progress)?;
        }
        bar.inc(count);
        if let Some(left) = left {
            bar.set_length(bar.position().saturating_add(left));
        }
    }
    bar.finish_and_clear();
    progress.done = true;
    if let Some(path) = &args.resume {
        save(path, &progress)?;
    }
    // If stderr is gone there is nobody to tell.
    let _ = writeln!(stderr().lock(), "{}", progress.counts);
    Ok(if progress.counts.rejected > 0 { exit::DATA } else { exit::OK })
}

fn open(args: &Args, place: Place) -> fedhub::Result<Box<dyn Source>> {
    let source = args.source.as_str();
    let begins = |scheme: &str| source.starts_with(scheme);
    let is_web = begins("http://") || begins("https://");
    if !is_web && (args.since.is_some() || args.until.is_some()) {
        let what = "--since and --until are for a datagrepper";
        return Err(Error::new(Kind::Usage, what).hint("fedhub import --help"));
    }
    if is_web {
        Ok(Box::new(web::Web::open(args, place)?))
    } else if begins("postgresql://") || begins("postgres://") {
        Ok(Box::new(database::Rows::open(source, place)?))
    } else {
        Ok(Box::new(lines::Lines::open(source, place)?))
    }
}
