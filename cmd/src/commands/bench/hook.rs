//! `bench hook`: how much longer a push to git takes with the hook in the repository, whatever the relay does.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use fedhub::error::exit;

use super::histogram::Histogram;
use super::peers::{Impl, free_address, make_keys, own, retry, short_host};
use super::process::{Process, Scratch};
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

/// What the hook may add to a push, in milliseconds.
const MOST: f64 = 100.0;
/// How long everything that was pushed may take to be published.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked whether it is.
const GLANCE: Duration = Duration::from_millis(10);

/// What the relay does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relay {
    There,
    Away,
    /// It takes connections and says nothing.
    Hangs,
}

/// A row of pushes.
struct Case {
    name: &'static str,
    relay: Relay,
    /// Commits of a push.
    commits: usize,
    /// Pushes of a run, each with and without the hook.
    pushes: usize,
}

const CASES: [Case; 4] = [
    Case { name: "the relay is there", relay: Relay::There, commits: 1, pushes: 20 },
    Case { name: "the relay is away", relay: Relay::Away, commits: 1, pushes: 20 },
    Case { name: "the relay hangs", relay: Relay::Hangs, commits: 1, pushes: 20 },
    Case { name: "1000 commits", relay: Relay::There, commits: 1000, pushes: 5 },
];

/// The times of one run.
struct Sample {
    without: Histogram,
    with: Histogram,
}

/// Measures pushes.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    notes.push("hook: bare is a push to a repository without it".into());
    let mut rows = Vec::new();
    for case in &CASES {
        let bench = format!("hook: {}", case.name);
        let all = plan.interleave(&bench, &[Impl::Fedhub], notes, |_| sample(case));
        let [(_, samples)] = all.0.as_slice() else { continue };
        for percent in [50.0, 99.0] {
            let millis =
                |times: &Histogram| times.percentile(percent).map(|nanos| nanos as f64 / 1e6);
            let pairs: Vec<_> = samples
                .iter()
                .filter_map(|run| Some((millis(&run.with)?, millis(&run.without)?)))
                .collect();
            let mut push = Row::new(format!("{bench}: push, p{percent}"), Unit::Millis);
            push.set(Impl::Fedhub, pairs.iter().map(|(with, _)| *with).collect());
            push.set(Impl::Bare, pairs.iter().map(|(_, without)| *without).collect());
            let mut delay = Row::new(format!("{bench}: delay, p{percent}"), Unit::Millis);
            delay.set(Impl::Fedhub, pairs.iter().map(|(with, without)| with - without).collect());
            rows.extend([push, delay.bar(Bar::Max(MOST))]);
        }
    }
    rows
}

fn sample(case: &Case) -> Result<Sample> {
    let stage = Stage::new(case.relay)?;
    let (mut without, mut with) = (Histogram::new(), Histogram::new());
    // The first push to a repository is another thing.
    stage.commit(1)?;
    stage.push(PLAIN)?;
    stage.push(HOOKED)?;
    for _ in 0..case.pushes {
        stage.commit(case.commits)?;
        without.record(stage.push(PLAIN)?);
        with.record(stage.push(HOOKED)?);
        if case.relay == Relay::There {
            stage.wait_until_published()?;
        }
    }
    stage.end()?;
    Ok(Sample { without, with })
}

/// The repositories: the developer's, and two on the server.
const OWN: &str = "own.git";
const PLAIN: &str = "plain.git";
const HOOKED: &str = "hooked.git";

/// Repositories, settings and a relay.
struct Stage {
    relay: Option<Process>,
    /// Bound, and never asked.
    _silent: Option<TcpListener>,
    // Dropped when nobody works in it any more.
    scratch: Scratch,
}

impl Stage {
    fn new(does: Relay) -> Result<Self> {
        let scratch = Scratch::new()?;
        make_keys(scratch.path())?;
        let silent = match does {
            Relay::Hangs => Some(TcpListener::bind(free_address()?)?),
            _ => None,
        };
        let receipts = match &silent {
            Some(silent) => silent.local_addr()?,
            None => free_address()?,
        };
        fs::write(scratch.path().join(SETTINGS), settings(scratch.path(), receipts)?)?;
        let mut stage = Self { relay: None, _silent: silent, scratch };
        if does == Relay::There {
            let mut relay = Process::spawn(&stage.fedhub("relay")?, Scratch::new()?)?;
            retry(&mut relay, || Ok(TcpStream::connect(receipts)?))?;
            stage.relay = Some(relay);
        }
        for repository in [OWN, PLAIN, HOOKED] {
            stage.git(&["init", "--quiet", "--bare", repository], &[])?;
            // It would tidy up in the middle of a measurement.
            stage.git(&["--git-dir", repository, "config", "receive.autoGc", "false"], &[])?;
        }
        let install = stage.fedhub(&format!("hook install git {HOOKED}"))?.output()?;
        succeeded("fedhub hook install", &install)?;
        Ok(stage)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A command of the developer, or of the server for him.
    fn set_up(&self, mut command: Command) -> Command {
        command.current_dir(self.scratch.path()).env("HOME", self.scratch.path());
        command.env("FEDHUB_CONFIG", self.path(SETTINGS)).env("GIT_CONFIG_NOSYSTEM", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn fedhub(&self, arguments: &str) -> Result<Command> {
        own(arguments).map(|command| self.set_up(command))
    }

    /// Runs git with this input.
    fn git(&self, arguments: &[&str], input: &[u8]) -> Result<()> {
        let mut command = self.set_up(Command::new("git"));
        let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().context("git")?;
        // Dropped, and so closed, at the end of the statement.
        child.stdin.take().context("git has no standard input")?.write_all(input)?;
        succeeded("git", &child.wait_with_output()?)
    }

    /// Adds commits to the developer's branch.
    fn commit(&self, count: usize) -> Result<()> {
        let mut stream = String::new();
        for number in 0..count {
            // A commit that names the branch it is on goes on from there.
            let from = match number == 0 && self.path(OWN).join("refs/heads/main").exists() {
                true => "from refs/heads/main^0\n",
                false => "",
            };
            write!(
                stream,
                "commit refs/heads/main\ncommitter Ada <ada@example.org> 1700000000 +0000\n\
                 data 4\nwork\n{from}M 100644 inline file\ndata 8\n{number:08}\n"
            )?;
        }
        self.git(&["--git-dir", OWN, "fast-import", "--quiet"], stream.as_bytes())
    }

    /// Pushes to a repository on the server; gives how many nanoseconds that took.
    fn push(&self, repository: &str) -> Result<u64> {
        let start = Instant::now();
        self.git(&["--git-dir", OWN, "push", "--quiet", repository, "main"], &[])?;
        Ok(start.elapsed().as_nanos() as u64)
    }

    /// Waits until nothing is left to be published, and nobody works on it.
    fn wait_until_published(&self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let output = self.fedhub("hook run")?.output()?;
            if output.status.code() != Some(exit::TRY_AGAIN.into()) {
                return succeeded("fedhub hook run", &output);
            }
            ensure!(Instant::now() < end, "pushes are not published within {PATIENCE:?}");
            thread::sleep(GLANCE);
        }
    }

    /// Waits until nobody works here any more. What a relay did not take is forgotten.
    fn end(mut self) -> Result<()> {
        let spool = self.path(SPOOL);
        match &mut self.relay {
            Some(relay) => {
                all_arrived(&spool)?;
                relay.check()
            }
            None => {
                for entry in fs::read_dir(spool.join(format!("pushes-{}", nix::unistd::getuid())))?
                {
                    let path = entry?.path();
                    if path.extension().is_some_and(|state| state == "push") {
                        // Perhaps it is being worked on since.
                        let _ = fs::remove_file(path);
                    }
                }
                self.wait_until_published()
            }
        }
    }
}

/// Fails if a message did not go to the relay.
fn all_arrived(spool: &Path) -> Result<()> {
    for entry in fs::read_dir(spool)? {
        let path = entry?.path();
        ensure!(path.is_dir(), "the relay has not got {}", path.display());
    }
    Ok(())
}

const SETTINGS: &str = "fedhub.toml";
const SPOOL: &str = "spool";

fn settings(dir: &Path, receipts: SocketAddr) -> Result<String> {
    let (inbound, outbound) = (free_address()?, free_address()?);
    let (dir, host) = (dir.display(), short_host());
    Ok(format!(
        "topic_prefix = 'org.example'\nenvironment = 'dev'\nsign_messages = true\nssldir = '{dir}'\n\
         relay_inbound = 'tcp://{inbound}'\nrelay_outbound = 'tcp://{outbound}'\n\
         [certnames]\n'scm.{host}' = 'bench'\n'relay.{host}' = 'bench'\n\
         [relay]\nreceipts = 'tcp://{receipts}'\njournal = '{dir}/relay.db'\n\
         [hook]\nspool = '{dir}/{SPOOL}'\n"
    ))
}

fn succeeded(what: &str, output: &Output) -> Result<()> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what}: {}: {}", output.status, said.trim().lines().last().unwrap_or_default());
    }
    Ok(())
}
