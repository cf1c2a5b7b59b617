//! `fedhub bench`: loads fedhub, bare libzmq or OpenSSL and the Python fedmsg in the same run and
//! says how they compare.

mod archive;
mod bare;
mod busmon;
mod cluster;
mod crypto;
mod describe;
mod gateway;
mod histogram;
mod hook;
mod hop;
mod hub;
mod load;
mod logger;
mod peers;
mod process;
mod query;
mod relay;
mod report;
mod sinks;
mod tail;
mod zmtp;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Subcommand;
use fedhub::error::exit;

use crate::app::App;
use cluster::Cluster;
use peers::{Impl, Peers};
use report::{Format, Report, Row, Unit};

const DEFAULT_PYTHON: &str = "target/peers/venv/bin/python";

/// Measure throughput, loss, latency, CPU and memory, side by side with other implementations
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each implementation runs as a process of its own and is loaded through its sockets by this one.
CPU per message is the steadiest figure: rates and latencies also depend on what else the machine
does, and the load itself needs CPU. Runs alternate between the implementations, so that noise hits
all of them alike; a value is the median of the runs.

Examples:
  fedhub bench all                                 everything, about fifteen minutes
  fedhub bench relay --impl fedhub,bare            without the Python peer
  fedhub bench gateway --subscribers 10 --runs 3
  TMPDIR=/var/tmp fedhub bench hub                 on the disk that is to be measured
  fedhub bench archive --postgres postgresql://me@/scratch?host=/run/postgresql
                                                   in a server that is set up for it
  fedhub bench crypto -o json --check              exit 1 when a bar is missed")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// Which implementations to measure
    #[arg(long = "impl", value_delimiter = ',', global = true,
          default_values = ["fedhub", "bare", "python"])]
    impls: Vec<Impl>,
    /// Python of an environment with fedmsg, or the Python peer is left out
    /// [default: target/peers/venv/bin/python]
    #[arg(long, value_name = "PATH", global = true)]
    python: Option<PathBuf>,
    /// Bytes per message
    #[arg(long, value_name = "BYTES", global = true, default_value_t = 1500,
          value_parser = clap::value_parser!(u32).range(300..=16_000_000))]
    size: u32,
    /// How often to measure each implementation
    #[arg(long, global = true, default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Length of one measurement; a run has several
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 2,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    duration: u64,
    /// Messages per second for the latencies
    #[arg(long, global = true, default_value_t = 500,
          value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Subscribers of the gateway
    #[arg(long, value_name = "N", global = true, default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    subscribers: u32,
    /// Messages in the archive, and for busmon
    #[arg(long, value_name = "N", global = true, default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1000..=10_000_000))]
    messages: u32,
    /// A database of PostgreSQL for archives; schemas in it are made and removed [default: a server of
    /// the bench's own, if PostgreSQL is installed]
    #[arg(long, value_name = "URL", global = true)]
    postgres: Option<String>,
    /// How to print the report [default: human on a terminal, else ndjson]
    #[arg(short, long, value_name = "FORMAT", global = true)]
    output: Option<Format>,
    /// Exit 1 when a bar is missed or could not be measured
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All of the below
    All,
    /// One publisher, one subscriber: latency, CPU, sustained rate, start, memory
    Relay,
    /// One publisher, many subscribers
    Gateway,
    /// Printing bodies into /dev/null
    Tail,
    /// One signed message, start to exit; and 1,000 in a row
    Logger,
    /// Signatures made and checked, per core
    Crypto,
    /// Facts found in messages by the rules, per core
    ///
    /// From the bytes of a message: users and packages, all facts, and a decision by topic, which
    /// needs no parsing. Python has those processors of fedmsg.meta that are installed.
    Describe {
        /// Messages, one on each line [default: ../shared/corpus/messages.jsonl]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// The hub and its journal, and what a consumer gets of it
    ///
    /// Messages have so many bytes before they are signed; signature and certificate add about two
    /// kilobytes. All are signed before anything is measured, each with an id of its own.
    ///
    /// The journal alone: messages one by one with receipts, and batches beside bare SQLite, which
    /// gets the same rows, indices and transactions, and digests that are there already.
    ///
    /// The hub: from a publisher's socket through a process `fedhub hub` to a consumer that runs as
    /// a program and only counts. First at a steady rate, for latencies; beside it a file that each
    /// message is appended to and synced. Then as fast as the consumer reports arrivals. Both without
    /// and with validation. The Python hub, which keeps nothing, gets the same messages.
    ///
    /// Files are in the directory for temporary files: TMPDIR says which disk is measured.
    Hub,
    /// The archive, in SQLite and in PostgreSQL
    ///
    /// Messages as nommer writes them, with the facts found and the counters kept, beside nothing but
    /// inserts of the same rows into the same tables and indices in transactions of the same size.
    /// Python is datanommer's add(), which commits each message, with the processors of fedmsg.meta that
    /// are installed. CPU is that of the client.
    Archive,
    /// What serve answers, beside the real datagrepper on the same messages
    ///
    /// A process `fedhub serve` on an archive in SQLite, then on one in PostgreSQL, and datagrepper
    /// 1.1.0 under gunicorn on its own tables in the same PostgreSQL. CPU is that of serve and of the database's processes that work for it. At last 1,000
    /// clients follow the archive while 100 messages a second come.
    Query,
    /// The terminal monitor while ten thousand messages a second come
    ///
    /// It runs in a pseudo terminal of 160 columns and 50 lines. Measured from outside are the time to its
    /// first frame, CPU when nothing comes, and under load frames a second, the time from a key to its letter
    /// on the screen, CPU and the most memory.
    Busmon,
    /// How much longer a push to git takes with the hook
    ///
    /// Pushes of a commit to one repository with the hook and one without, in turn, while the relay gives
    /// receipts, is away, and takes connections but never answers; then pushes of 1,000 commits. The delay is
    /// the difference between the two, of their medians and of their 99th percentiles.
    Hook,
    /// A plain libzmq forwarder, the limit for relay and gateway
    #[command(hide = true)]
    Forwarder(bare::ForwarderArgs),
    /// A plain libzmq subscriber, the limit for tail
    #[command(hide = true)]
    Subscriber(bare::SubscriberArgs),
    /// A program for the hub that counts lines
    #[command(hide = true)]
    Counter(hub::CounterArgs),
    /// Runs a command that ends with its parent
    #[command(hide = true)]
    Guarded {
        /// The command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
}

/// What could not be measured, and why.
type Notes = Vec<String>;

/// Decided settings of a run.
struct Plan {
    peers: Peers,
    impls: Vec<Impl>,
    runs: u32,
    duration: Duration,
    rate: f64,
    subscribers: usize,
    messages: usize,
    postgres: Option<String>,
}

/// The samples of each implementation.
struct Measured<T>(Vec<(Impl, Vec<T>)>);

impl<T> Measured<T> {
    /// A row of one value of every sample; None where it has no such value.
    fn row(&self, what: impl Into<String>, unit: Unit, value: impl Fn(&T) -> Option<f64>) -> Row {
        let mut row = Row::new(what, unit);
        for (of, samples) in &self.0 {
            row.set(*of, samples.iter().filter_map(&value).collect());
        }
        row
    }
}

impl Plan {
    /// How long a measurement at a steady rate takes: there is less to measure in a second.
    fn paced(&self) -> Duration {
        self.duration * 2
    }

    /// Takes `runs` samples of each of `impls`, in turn. One that fails is noted and left out
    /// from then on.
    fn interleave<T>(
        &self,
        bench: &str,
        impls: &[Impl],
        notes: &mut Notes,
        sample: impl Fn(Impl) -> Result<T>,
    ) -> Measured<T> {
        let mut all: Vec<_> = impls.iter().map(|&of| (of, Vec::new())).collect();
        let mut failed = Vec::new();
        for run in 1..=self.runs {
            for (of, samples) in &mut all {
                if failed.contains(of) {
                    continue;
                }
                let name = of.name();
                progress(&format!("{bench}: run {run} of {}, {name}", self.runs));
                match sample(*of) {
                    Ok(sample) => samples.push(sample),
                    Err(error) => {
                        notes.push(format!("{bench}, {name}, run {run}: {error:#}"));
                        failed.push(*of);
                    }
                }
            }
        }
        Measured(all)
    }
}

/// Says on a terminal what is going on.
fn progress(text: &str) {
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() {
        // Not worth failing for.
        let _ = writeln!(stderr, "{text}");
    }
}

pub(crate) fn run(args: Args, app: &App) -> Result<u8> {
    match &args.what {
        What::Forwarder(args) => return bare::forward(args),
        What::Subscriber(args) => return bare::subscribe(args),
        What::Counter(args) => return hub::count(args),
        What::Guarded { command } => return peers::guarded(command),
        _ => {}
    }
    let mut notes = Notes::new();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let mut plan = plan(&args, app.config()?.high_water_mark, &mut notes);
    let needed = matches!(args.what, What::All | What::Archive | What::Query);
    let cluster = if needed && plan.postgres.is_none() { own_postgres(&mut notes) } else { None };
    plan.postgres = plan.postgres.or_else(|| Some(cluster.as_ref()?.url().to_owned()));
    let start = Instant::now();
    let rows = match args.what {
        What::Relay => relay::run(&plan, &mut notes),
        What::Gateway => gateway::run(&plan, &mut notes),
        What::Tail => tail::run(&plan, &mut notes),
        What::Logger => logger::run(&plan, &mut notes),
        What::Crypto => crypto::run(&plan, &mut notes),
        What::Hub => hub::run(&plan, &mut notes),
        What::Describe { file } => describe::run(&plan, file.as_deref(), &mut notes),
        What::Archive => archive::run(&plan, &mut notes),
        What::Query => query::run(&plan, &mut notes),
        What::Busmon => busmon::run(&plan, &mut notes),
        What::Hook => hook::run(&plan, &mut notes),
        _ => {
            let all = [
                describe_corpus,
                relay::run,
                gateway::run,
                tail::run,
                logger::run,
                crypto::run,
                hub::run,
                archive::run,
                query::run,
                busmon::run,
                hook::run,
            ];
            all.iter().flat_map(|bench| bench(&plan, &mut notes)).collect()
        }
    };
    let report = Report { setting: setting(&plan, load, start.elapsed()), rows, notes };
    let terminal = io::stdout().is_terminal();
    let format = args.output.unwrap_or(if terminal { Format::Human } else { Format::Ndjson });
    match report.print(format, &mut io::stdout().lock()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    let missed = args.check && !report.all_met();
    Ok(if missed { exit::NEGATIVE } else { exit::OK })
}

fn own_postgres(notes: &mut Notes) -> Option<Cluster> {
    progress("starting PostgreSQL");
    Cluster::start()
        .map_err(|error| notes.push(format!("PostgreSQL was left out: {error:#}; see --postgres")))
        .ok()
}

fn describe_corpus(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    describe::run(plan, None, notes)
}

/// Decides the settings; a peer that is not there is left out and noted.
fn plan(args: &Args, high_water_mark: u32, notes: &mut Notes) -> Plan {
    let mut impls = args.impls.clone();
    impls.sort();
    impls.dedup();
    let python = args.python.clone().unwrap_or_else(|| DEFAULT_PYTHON.into());
    // Not canonicalized: the link is what makes it the environment's.
    let python = std::path::absolute(&python).ok().filter(|path| path.exists());
    if python.is_none() && impls.contains(&Impl::Python) {
        notes.push("python was left out: give --python PATH of an environment with fedmsg".into());
        impls.retain(|&of| of != Impl::Python);
    }
    Plan {
        peers: Peers { python, size: args.size as usize, high_water_mark },
        impls,
        runs: args.runs,
        duration: Duration::from_secs(args.duration),
        rate: f64::from(args.rate),
        subscribers: args.subscribers as usize,
        messages: args.messages as usize,
        postgres: args.postgres.clone(),
    }
}

/// What a reader needs to judge the figures by.
fn setting(plan: &Plan, load: &str, took: Duration) -> Vec<(&'static str, String)> {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let (major, minor, patch) = zmq::version();
    vec![
        ("cores", cores.to_string()),
        ("processor", model.unwrap_or("unknown").to_owned()),
        // A busy machine spoils rates and latencies.
        ("load before", load.to_owned()),
        ("libzmq", format!("{major}.{minor}.{patch}")),
        ("openssl", openssl::version::version().to_owned()),
        // What is written to and synced depends on it.
        ("temporary files", file_system(&std::env::temp_dir())),
        ("bytes per message", plan.peers.size.to_string()),
        ("runs", plan.runs.to_string()),
        ("seconds per measurement", plan.duration.as_secs().to_string()),
        ("took", format!("{} s", took.as_secs())),
    ]
}

/// A directory and the kind of its file system.
fn file_system(dir: &Path) -> String {
    use nix::sys::statfs::{EXT4_SUPER_MAGIC, TMPFS_MAGIC, statfs};
    let kind = match statfs(dir).map(|found| found.filesystem_type()) {
        Ok(EXT4_SUPER_MAGIC) => "ext4".to_owned(),
        Ok(TMPFS_MAGIC) => "tmpfs, no disk".to_owned(),
        Ok(other) => format!("{:#x}", other.0),
        Err(_) => "unknown".to_owned(),
    };
    format!("{} ({kind})", dir.display())
}
