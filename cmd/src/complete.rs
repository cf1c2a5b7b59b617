//! What the shell offers for a word: the grammar, and for some arguments what there is on this host.
//!
//! The shell asks the binary itself, by a variable. What has to be looked up is looked up by a thread
//! of its own and given up after a moment: nobody waits for a database to complete a word.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};
use fedhub::config::{Config, keys};
use fedhub::journal::{self, Span};

use crate::app::{App, data_dir};
use crate::cli::{Cli, Global};

/// By this variable the shell asks; it names the shell.
const VARIABLE: &str = "_FEDHUB_COMPLETE";
/// How long somebody who has pressed a key is kept waiting for what has to be looked up.
const PATIENCE: Duration = Duration::from_millis(120);
/// How many words are offered.
const MOST: usize = 500;
/// How many of a journal's newest messages are looked at.
const NEWEST: i64 = 1000;

/// Answers the shell, if it is the one who asks. Says whether it was.
pub(crate) fn answer(arguments: impl Iterator<Item = OsString>) -> clap::error::Result<bool> {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).try_complete(arguments, None)
}

/// The shells with what makes each of them ask, and the file it is looked for in.
pub(crate) const SHELLS: [(&dyn EnvCompleter, &str); 3] =
    [(&Bash, "fedhub.bash"), (&Zsh, "_fedhub"), (&Fish, "fedhub.fish")];

/// Writes what makes a shell ask.
pub(crate) fn registration(shell: &dyn EnvCompleter, out: &mut dyn Write) -> std::io::Result<()> {
    shell.write_registration(VARIABLE, "fedhub", "fedhub", "fedhub", out)
}

/// Topics of messages that are in the archive or in a journal.
pub(crate) fn topics() -> ArgValueCompleter {
    completer(|config, whole, found| {
        let prefix = format!("{}.{}.", config.topic_prefix, config.environment);
        let offer = |topic: &str| {
            let shown = topic.strip_prefix(&prefix).filter(|_| !whole).unwrap_or(topic);
            found.send(shown.to_owned()).is_ok()
        };
        let journals = [&config.relay.journal, &config.gateway.journal, &config.hub.journal];
        for path in journals.into_iter().flatten() {
            let Ok(journal) = journal::Store::open(path) else { continue };
            let newest = journal.newest().unwrap_or_default();
            let records = journal.read((newest - NEWEST).max(0), Span::default());
            records.unwrap_or_default().iter().all(|record| offer(record.message.topic()));
        }
        // Last, as it may be on another host.
        let default = || Some(format!("sqlite:{}", data_dir().ok()?.join("archive.db").display()));
        let archive = config
            .archive
            .url
            .clone()
            .or_else(default)
            .map(|url| fedhub::store::open(&url).and_then(|mut archive| archive.topics()));
        archive.and_then(Result::ok).iter().flatten().all(|topic| offer(&topic.topic));
    })
}

/// Names of the hub's consumers.
pub(crate) fn consumers() -> ArgValueCompleter {
    completer(|config, _, found| {
        config.consumers.keys().all(|name| found.send(name.clone()).is_ok());
    })
}

/// Keys of settings.
pub(crate) fn keys() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let keys = keys::KEYS.iter().map(|key| key.name.to_owned());
        candidates(current, keys.collect())
    })
}

/// Offers what `look_up` finds in time. It is told whether the word begins like a whole topic.
fn completer(look_up: fn(&Config, bool, &SyncSender<String>)) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let end = Instant::now() + PATIENCE;
        let word = current.to_string_lossy().into_owned();
        let (found, words) = sync_channel(MOST);
        // It ends with the process, which has done its work by then.
        let looking = std::thread::Builder::new().spawn(move || {
            let app = App::new(global());
            if let Ok(config) = app.config() {
                let whole = word.split('.').next() == config.topic_prefix.split('.').next();
                look_up(config, whole, &found);
            }
        });
        let mut all = BTreeSet::new();
        while looking.is_ok() {
            match words.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(word) => {
                    all.insert(word);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        candidates(current, all)
    })
}

fn candidates(current: &OsStr, words: BTreeSet<String>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    // Words from the bus go to somebody's shell: nothing but what topics are made of.
    let plain = |word: &String| {
        word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@'))
    };
    let fitting = words.into_iter().filter(|word| word.starts_with(&*current) && plain(word));
    fitting.take(MOST).map(CompletionCandidate::new).collect()
}

/// The options of every command, as far as the line that is being completed has them.
fn global() -> Global {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let config = arguments.windows(2).find(|pair| pair[0] == "--config").map(|pair| &pair[1]);
    Global { config: config.map(PathBuf::from), ..Global::default() }
}
