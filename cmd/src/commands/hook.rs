//! `fedhub hook`: what version control calls after a push or a commit.
//!
//! - [`detach`]: answering at once, while another process does the work
//! - [`push`], [`queue`]: what was pushed, and where it waits on disk
//! - [`git`], [`svn`], [`hg`]: reading the commits of a push, each from its program ([`program`], [`diff`])
//! - [`commit`]: a commit, and the message about it
//! - [`work`]: from waiting pushes to messages
//! - [`install`]: putting the hook into a repository

mod commit;
mod detach;
mod diff;
mod git;
mod hg;
mod install;
mod program;
mod push;
mod queue;
mod svn;
mod work;

use std::ffi::OsString;
use std::path::PathBuf;

use fedhub::error::exit;

use crate::app::App;

/// Publish a message for each commit that was pushed; called by git, Subversion or Mercurial.
///
/// The hook keeps what was pushed on disk and answers; a process of its own then reads the commits and
/// publishes them, so that a push is never refused and waits for 0.1 s at most. Messages go to a relay that
/// gives receipts (relay.receipts) and, while it is away, to a spool, from which the relay takes them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub hook install git /srv/git/rpms/kernel.git
  fedhub hook install svn /srv/svn/docs
  fedhub hook install hg /srv/hg/tools --uninstall
  fedhub hook run                publish what waits, such as after a repair; see also --failed

What a message says:
  Its topic is git.receive, svn.receive or hg.receive, and msg.commit has agent, branch, email, message,
  name, namespace, path, repo, rev, seen, stats, summary and username. seen is true for a commit that
  is on another branch already. A new branch without commits of its own is announced by its head.
  Tags and deletions are not announced. Lines are counted against the first parent, and a renamed
  file is one that goes and one that comes.

Limits:
  hook.max_commits of a push, the newest of each branch, are announced; the last message of a branch says
  in commit.left_out.commits how many are not (counted up to 100000), and commit.left_out.files how many
  files stats does not name. Reading a push may take hook.timeout seconds. A push that cannot be read is
  set aside, and hook.log beside it in the spool's directory says why.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The post-receive hook of git: reads `old new ref` lines from stdin.
    Git {
        #[command(flatten)]
        how: How,
    },
    /// The post-commit hook of Subversion.
    Svn {
        /// The repository.
        #[arg(value_name = "REPO")]
        path: PathBuf,
        /// The revision.
        #[arg(value_name = "REV")]
        rev: u64,
        /// The name of its transaction, which Subversion passes too.
        #[arg(value_name = "TXN")]
        transaction: Option<OsString>,
        #[command(flatten)]
        how: How,
    },
    /// The changegroup hook of Mercurial: reads its variables.
    Hg {
        #[command(flatten)]
        how: How,
    },
    /// Put the hook into a repository. A hook that is there stays, and runs first.
    Install(install::Args),
    /// Publish what waits, in the foreground.
    Run {
        /// Also try again what was set aside.
        #[arg(long)]
        failed: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// What may be said about a repository.
#[derive(Debug, clap::Args)]
struct How {
    /// The name of the repository. Default: that of its directory, without .git.
    #[arg(long, value_name = "NAME")]
    repo: Option<String>,
    /// What it belongs to, such as rpms. Default: the directories below hook.root.
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Do the work that another process of this command has begun.
    #[arg(long, hide = true)]
    detached: bool,
}

/// Where pushes wait, and whose name is on messages.
#[derive(Debug, Clone, clap::Args)]
struct Place {
    /// Where pushes and messages wait. Default: hook.spool, else relay.spool.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Sign with the key of certnames."PREFIX.HOST" [default: cert_prefix, else scm].
    #[arg(long, value_name = "PREFIX")]
    cert_prefix: Option<String>,
}

/// What a hook is told.
enum Event {
    Git,
    Svn { path: PathBuf, rev: u64 },
    Hg,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let (event, how) = match args.command {
        Command::Install(args) => return install::run(&args),
        Command::Run { failed, place } => return work::in_foreground(app, &place, failed),
        Command::Git { how } => (Event::Git, how),
        Command::Svn { path, rev, how, .. } => (Event::Svn { path, rev }, how),
        Command::Hg { how } => (Event::Hg, how),
    };
    if how.detached {
        detach::work(app, &event, &how);
    } else {
        detach::hand_over(|| detach::keep(app, &event, &how).map(drop));
    }
    // Nothing that goes wrong here is a reason against a push.
    Ok(exit::OK)
}
