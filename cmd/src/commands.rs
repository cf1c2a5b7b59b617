//! The commands, a file each.

pub(crate) mod announce;
pub(crate) mod archive;
pub(crate) mod bench;
pub(crate) mod busmon;
pub(crate) mod canonical;
pub(crate) mod certs;
pub(crate) mod cheat;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod gaps;
pub(crate) mod gateway;
pub(crate) mod generate;
pub(crate) mod get;
pub(crate) mod hook;
pub(crate) mod hub;
pub(crate) mod import;
pub(crate) mod journal;
pub(crate) mod latest;
pub(crate) mod logger;
pub(crate) mod nommer;
pub(crate) mod play;
pub(crate) mod quarantine;
pub(crate) mod query;
pub(crate) mod record;
pub(crate) mod reindex;
pub(crate) mod relay;
pub(crate) mod replay;
mod resume;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod spool;
pub(crate) mod stats;
pub(crate) mod tail;
pub(crate) mod up;
pub(crate) mod verify;

use crate::app::App;
use crate::cli::Command;

/// Runs a command; gives its exit code.
pub(crate) fn run(command: Command, app: &App) -> anyhow::Result<u8> {
    match command {
        Command::Relay(args) => relay::run(args, app),
        Command::Gateway(args) => gateway::run(args, app),
        Command::Hub(args) => hub::run(args, app),
        Command::Hook(args) => hook::run(args, app),
        Command::Serve(args) => serve::run(args, app),
        Command::Nommer(args) => nommer::run(args, app),
        Command::Up(args) => up::run(args, app),
        Command::Busmon(args) => busmon::run(args, app),
        Command::Query(args) => query::run(*args, app),
        Command::Get(args) => get::run(args, app),
        Command::Latest(args) => latest::run(*args, app),
        Command::Stats(args) => stats::run(*args, app),
        Command::Reindex(args) => reindex::run(args, app),
        Command::Tail(args) => tail::run(args, app),
        Command::Logger(args) => logger::run(args, app),
        Command::Announce(args) => announce::run(args, app),
        Command::Spool(args) => spool::run(args, app),
        Command::Canonical(args) => canonical::run(args, app),
        Command::Verify(args) => verify::run(args, app),
        Command::Certs(args) => certs::run(args, app),
        Command::Describe(args) => describe::run(args, app),
        Command::Rules(args) => rules::run(args, app),
        Command::Cheat(args) => cheat::run(args, app),
        Command::Check(args) => check::run(args, app),
        Command::Doctor(args) => doctor::run(args, app),
        Command::Config(args) => config::run(args, app),
        Command::Journal(args) => journal::run(args, app),
        Command::Filter(args) => filter::run(args, app),
        Command::Gaps(args) => gaps::run(args, app),
        Command::Quarantine(args) => quarantine::run(args, app),
        Command::Replay(args) => replay::run(args, app),
        Command::Record(args) => record::run(args, app),
        Command::Play(args) => play::run(args, app),
        Command::Archive(args) => archive::run(args, app),
        Command::Export(args) => export::run(args, app),
        Command::Import(args) => import::run(args, app),
        Command::Bench(args) => bench::run(args, app),
        Command::Generate(args) => generate::run(args, app),
    }
}
