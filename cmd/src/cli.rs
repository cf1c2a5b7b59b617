//! The grammar of the command line.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::commands;

/// Run a software project's message bus: publish, relay, watch and verify signed messages.
///
/// fedhub speaks ZeroMQ PUB/SUB with X.509-signed JSON and is compatible with fedmsg in both
/// directions.
#[derive(Debug, Parser)]
#[command(name = "fedhub", version, max_term_width = 100, propagate_version = true)]
#[command(after_long_help = "\
Exit codes:
  0 ok   1 the answer is no   2 wrong command line
  65 bad data   66 no input   69 not available   70 bug in fedhub   74 I/O   75 try again
  76 protocol   77 permission   78 configuration   130 interrupted

First steps:
  fedhub up --demo             a whole bus with sample messages, in one process
  fedhub tail                  watch the configured bus
  fedhub busmon                the same on a whole screen
  fedhub logger --message hi   publish a message

Programs of fedmsg:
  fedmsg-announce, -check, -config, -gateway, -hub, -logger, -relay, -signing-relay and -tail are other
  names of fedhub, which understands their options. The others have no successor of that name:
  fedmsg-trigger     an exec consumer with each = true; see fedhub hub --help
  fedmsg-dg-replay   fedhub replay, from a journal; fedhub logger publishes what a datagrepper has anew
  fedmsg-irc         none; a webhook consumer tells another program
  fedmsg-collectd    none; daemons have /metrics, and fedhub check --format prometheus")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options every command has.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Read this settings file instead of the user's own.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read fedmsg's settings from this file or folder instead of /etc/fedmsg.d.
    #[arg(long, global = true, value_name = "PATH", hide = true)]
    pub(crate) config_filename: Option<PathBuf>,
    /// Change a setting, over what files and variables say; repeatable.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = parse_setting)]
    pub(crate) set: Vec<(String, String)>,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Log more; twice for even more.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log less.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) quiet: u8,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// Reads an endpoint such as `tcp://127.0.0.1:4001`.
pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    fedhub::config::endpoint::check(text).map(|()| text.to_owned())
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether a stream gets colour.
    pub(crate) fn wanted(self, terminal: bool) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                terminal
                    && !set("NO_COLOR")
                    && std::env::var("TERM").is_ok_and(|term| term != "dumb")
            }
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text each.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

/// What fedhub can do. Each command's arguments say what it is.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Relay(commands::relay::Args),
    Gateway(commands::gateway::Args),
    Hub(commands::hub::Args),
    Serve(commands::serve::Args),
    Nommer(commands::nommer::Args),
    Up(commands::up::Args),
    Query(Box<commands::query::Args>),
    Get(commands::get::Args),
    Latest(Box<commands::latest::Args>),
    Stats(Box<commands::stats::Args>),
    Reindex(commands::reindex::Args),
    Tail(commands::tail::Args),
    Busmon(commands::busmon::Args),
    Logger(commands::logger::Args),
    Announce(commands::announce::Args),
    Spool(commands::spool::Args),
    Hook(commands::hook::Args),
    Describe(commands::describe::Args),
    Rules(commands::rules::Args),
    Canonical(commands::canonical::Args),
    Verify(commands::verify::Args),
    Certs(commands::certs::Args),
    Cheat(commands::cheat::Args),
    Check(commands::check::Args),
    Doctor(commands::doctor::Args),
    Config(commands::config::Args),
    Filter(commands::filter::Args),
    Journal(commands::journal::Args),
    Gaps(commands::gaps::Args),
    Quarantine(commands::quarantine::Args),
    Replay(commands::replay::Args),
    Record(commands::record::Args),
    Play(commands::play::Args),
    Archive(commands::archive::Args),
    Export(commands::export::Args),
    Import(commands::import::Args),
    Bench(commands::bench::Args),
    Generate(commands::generate::Args),
}

/// The commands that are services, in section 8 of the manual and with a systemd unit each.
pub(crate) const SERVICES: [&str; 5] = ["relay", "gateway", "hub", "nommer", "serve"];

impl Command {
    /// Whether it runs until it is stopped, and logs what it does.
    pub(crate) fn is_daemon(&self) -> bool {
        use Command::{Gateway, Hub, Nommer, Relay, Serve, Up};
        matches!(self, Relay(_) | Gateway(_) | Hub(_) | Nommer(_) | Serve(_) | Up(_))
    }

    /// Whether it takes the whole screen, so that nothing else may be written there.
    pub(crate) fn takes_screen(&self) -> bool {
        matches!(self, Command::Busmon(args) if args.takes_screen())
    }
}
