//! `fedhub export`: the archive into a file.

mod output;
mod shape;

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedhub::error::exit;
use fedhub::store::search::Selection;
use fedhub::store::{Store, Total, Walk};
use indicatif::ProgressBar;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

use self::output::{Begin, Output};
use self::shape::Shape;
use crate::app::App;
use crate::archive::ArchiveArgs;
use crate::filter::FilterArgs;
use crate::output::progress;
use crate::when::When;

/// How long one page may take: a filter may fit few of many messages.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Write messages of the archive to a file: all, or those that match.
///
/// They come in the order in which they came into the archive, up to the one that was the last when the
/// export began. The file has its name only when it is complete; until then it is FILE.part, and
/// FILE.state says how far it is. After a kill --resume goes on from there: nothing is lost or twice in
/// it. It takes as much memory for a large archive as for a small one.
///
/// NDJSON is the format of fedhub record, with the verdict of each message: fedhub import and fedhub play
/// read it, and have every byte of both frames, so that signatures hold. CSV is for spreadsheets: a cell
/// that one would take for a formula begins with an apostrophe, and bytes that are no text are replaced.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A line of NDJSON has received (unix microseconds), topic, body (text; or base64 where it is not UTF-8),
and verdict; the first line says {\"fedhub-recording\":1}. A file of zstd has a frame for each few
megabytes, which every zstd reads as one file.

Examples:
  fedhub export all.ndjson.zst
  fedhub export all.ndjson.zst --resume       go on after a kill, or begin
  fedhub export git.csv 'git.*' --since 2026-01-01T00:00:00Z
  fedhub export - user=alice | jq -r '.body | fromjson | .msg'
  fedhub export - --zstd | ssh backup 'cat > bus.zst'")]
pub(crate) struct Args {
    /// The file, or - for stdout. Its ending says the format: .ndjson or .csv, and .zst after it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only what matches these words.
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// ndjson or csv [default: csv for a FILE.csv, else ndjson].
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Shape>,
    /// Compress with zstd, whatever the file is called.
    #[arg(long)]
    zstd: bool,
    /// Only what was published at this time or later: RFC 3339, unix seconds, or an age such as -1h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Only what was published at this time or before.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// Go on with what a run that was ended has written; begin if there is none.
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Write over the file, and over what a run that was ended has left.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    archive: ArchiveArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

/// What is exported and how far it is; all of it is kept, so that an age such as -1d means the same
/// when the export goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Progress {
    /// Stands for archive, filter and format, which must be the same.
    what: String,
    since: Option<i64>,
    until: Option<i64>,
    /// The last message that is written, and the last that is to be, by their numbers.
    after: i64,
    through: i64,
    messages: u64,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let url = args.archive.url(app)?;
    let mut store = crate::archive::open(&url)?;
    store.limit_time(Some(PATIENCE))?;
    let (shape, zstd) = form(&args);
    let spec = args.filter.spec(&args.words)?;
    let mut selection = Selection::new(&spec)?;
    let fresh = Progress {
        what: digest(&format!("{url}\n{spec:?}\n{shape:?}\n{zstd}")),
        since: args.since.map(|When(time)| time),
        until: args.until.map(|When(time)| time),
        after: 0,
        through: store.newest()?,
        messages: 0,
    };
    let begin = match (args.resume, args.force) {
        (true, _) => Begin::Resume,
        (_, true) => Begin::Replace,
        _ => Begin::Refuse,
    };
    let (mut output, mut progress) = if args.file == Path::new("-") {
        (Output::stdout(zstd), fresh)
    } else {
        Output::file(&args.file, zstd, begin, fresh)?
    };
    if progress.after == 0 {
        output.add(&shape.head()?);
    }
    (selection.query.since, selection.query.until) = (progress.since, progress.until);
    if selection.look_up(&mut *store)? {
        let total = store.count(&selection.query, Total::Estimate)?.unwrap_or_default();
        let bar = progress::messages(total);
        write(&mut *store, &selection, shape, &mut output, &mut progress, &bar)?;
        bar.finish_and_clear();
    }
    output.finish(&progress)?;
    // If stderr is gone there is nobody to tell.
    let _ = writeln!(stderr().lock(), "exported {}", progress.messages);
    Ok(exit::OK)
}

/// Writes what is left.
fn write(
    store: &mut dyn Store,
    selection: &Selection,
    shape: Shape,
    output: &mut Output,
    progress: &mut Progress,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let mut walk = Walk::new(progress.after, progress.through);
    loop {
        let page = walk.next(store, &selection.query)?;
        if page.is_empty() {
            return Ok(());
        }
        for one in &page {
            if selection.admits(one) {
                output.add(&shape.line(one)?);
                progress.messages += 1;
            }
        }
        bar.inc(page.len() as u64);
        progress.after = walk.after();
        output.checkpoint(progress)?;
    }
}

/// The format, and whether it is compressed: as the options say, else as the name says.
fn form(args: &Args) -> (Shape, bool) {
    let name = args.file.to_string_lossy();
    let (plain, zstd) = match name.strip_suffix(".zst") {
        Some(plain) => (plain, true),
        None => (&*name, args.zstd),
    };
    let named = if plain.ends_with(".csv") { Shape::Csv } else { Shape::Ndjson };
    (args.format.unwrap_or(named), zstd)
}

fn digest(text: &str) -> String {
    sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
