//! `fedhub check`: is everything as it should be, for people, cron and monitoring systems.

mod certs;
mod conn;
mod daemon;
mod finding;
mod journal;
mod lag;

use std::io::{Write, stdout};
use std::time::Duration;

use crate::app::App;

pub(super) use certs::dated;
use finding::{Finding, Format, State, Thresholds};
pub(super) use journal::{Disk, bytes, journals};

/// Check connections, daemons, consumers, lag, certificates and journals.
///
/// Without a subcommand everything that is configured is checked. The exit code is 0 when all is
/// well and 1 when something is wrong; with --format nagios it is 0, 1, 2 or 3.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub check                               everything, a line each
  fedhub check -q                            only what is wrong: for cron
  fedhub check conn --timeout 2
  fedhub check lag --format nagios --warning 60 --critical 600
  fedhub check consumer irc mail
  fedhub check hub --monitoring ipc:///var/run/fedmsg/monitoring-fedmsg-hub.socket
  fedhub check --format prometheus | sponge /var/lib/node_exporter/fedhub.prom")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// How findings look.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// How many seconds to wait for an answer.
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = parse_seconds)]
    timeout: Duration,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Can every configured endpoint be connected to, by ZeroMQ's handshake?
    Conn,
    /// Are the daemons ready: relay, gateway, hub, nommer and serve, also those of the Python fedmsg?
    Hub(daemon::Place),
    /// Are these consumers at work? Without names: all that are configured.
    Consumer {
        /// Their names.
        #[arg(add = crate::complete::consumers())]
        names: Vec<String>,
        #[command(flatten)]
        place: daemon::Place,
    },
    /// How far are consumers behind? Without names: all that are configured.
    Lag {
        /// Their names.
        #[arg(add = crate::complete::consumers())]
        names: Vec<String>,
        #[command(flatten)]
        limits: Limits<60, 600>,
    },
    /// How long are CA, revocation list and this host's certificates valid?
    Certs(Limits<30, 7>),
    /// Can the journals be used, and is there room for more?
    Journal(Limits<10, 5>),
}

/// When a number is bad.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Limits<const WARNING: u32, const CRITICAL: u32> {
    /// From where on it is a warning: seconds behind, days left, or percent free.
    #[arg(long, value_name = "NUMBER")]
    warning: Option<f64>,
    /// From where on it is critical.
    #[arg(long, value_name = "NUMBER")]
    critical: Option<f64>,
}

impl<const WARNING: u32, const CRITICAL: u32> Limits<WARNING, CRITICAL> {
    const NONE: Self = Self { warning: None, critical: None };

    fn thresholds(self) -> Thresholds {
        Thresholds {
            warning: self.warning.unwrap_or(WARNING.into()),
            critical: self.critical.unwrap_or(CRITICAL.into()),
        }
    }
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "write it as a number of seconds")?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err("it is between 0.1 and 3600 seconds".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let findings = match args.command {
        None => all(app, args.timeout)?,
        Some(Command::Conn) => conn::check(app, args.timeout)?,
        Some(Command::Hub(place)) => daemon::check(&place, app.config()?, args.timeout)?,
        Some(Command::Consumer { names, place }) => {
            daemon::check_consumers(&names, &place, app.config()?, args.timeout)?
        }
        Some(Command::Lag { names, limits }) => {
            lag::check(&names, limits.thresholds(), app.config()?)?
        }
        Some(Command::Certs(limits)) => certs::check(limits, app)?,
        Some(Command::Journal(limits)) => journal::check(limits.thresholds(), app.config()?)?,
    };
    let text = finding::render(&findings, args.format, app.quiet())?;
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(finding::code(&findings, args.format))
}

/// Everything that is configured.
fn all(app: &App, timeout: Duration) -> anyhow::Result<Vec<Finding>> {
    let config = app.config()?;
    let place = daemon::Place::default();
    let mut all = conn::check(app, timeout)?;
    let asked = place.is_anywhere(config);
    if asked {
        all.extend(daemon::check(&place, config, timeout)?);
    }
    if !config.consumers.is_empty() {
        if asked {
            all.extend(daemon::check_consumers(&[], &place, config, timeout)?);
        }
        all.extend(lag::check(&[], Limits::<60, 600>::NONE.thresholds(), config)?);
    }
    all.extend(certs::check(Limits::NONE, app)?);
    all.extend(journal::check(Limits::<10, 5>::NONE.thresholds(), config)?);
    Ok(all)
}
