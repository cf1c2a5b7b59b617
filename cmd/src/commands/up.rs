//! `fedhub up`: a whole bus in one process.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedhub::bus::{Settings, Subscriber};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::crypto::authority::{Authority, Options};
use fedhub::envelope::Author;
use fedhub::{Error, Kind};
use fedhub_daemon::supervisor::{Supervisor, Task};
use fedhub_daemon::{demo, roles};

use super::tail;
use crate::app::{App, data_dir, now, username};
use crate::report;

/// Run every role there is in one process, and show the messages that come out.
///
/// When no CA is configured, a throwaway one is made in the data directory, with a key for this
/// host's logger. Other commands join in with the settings file written there.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub up --demo        a bus with sample messages, to look around
  fedhub up               an empty one, to publish to")]
pub(crate) struct Args {
    /// Publish a stream of sample messages.
    #[arg(long)]
    demo: bool,
    /// Where keys and settings are kept [default: $XDG_DATA_HOME/fedhub].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Do not show messages.
    #[arg(long)]
    no_tail: bool,
}

/// The key the demo signs with.
const DEMO: &str = "demo";

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let data = match &args.data_dir {
        Some(dir) => dir.clone(),
        None => data_dir()?,
    };
    let mut config = app.config()?.clone();
    let throwaway = !configured(&config);
    if throwaway {
        use_throwaway_ca(&mut config, &data, app.short_host())?;
    }
    let settings_file = write_settings(&config, &data)?;
    let supervisor = Supervisor::new()?;
    let mut tasks = Vec::new();
    for role in &roles::ALL {
        tasks.push((role.build)(&config)?);
    }
    let host = if config.gateway.host == "*" { "127.0.0.1" } else { &config.gateway.host };
    let gateway = format!("tcp://{host}:{}", config.gateway.port);
    if args.demo {
        let signer = demo_signer(&config, throwaway)?;
        tasks.insert(0, demo::task(&config, signer, Author::new(&config, username()))?);
    }
    welcome(&config, &settings_file, &gateway)?;
    if !args.no_tail {
        tasks.push(tail_task(app, &config, gateway)?);
    }
    Ok(supervisor.run(tasks, Duration::from_secs_f64(config.grace_period))?)
}

/// Whether there is a CA to verify against.
fn configured(config: &Config) -> bool {
    let location = config.ca_location();
    config.ca_cert_location.is_some() || Path::new(&location).exists()
}

/// Makes a CA in the data directory, unless an earlier run has, and uses it.
fn use_throwaway_ca(config: &mut Config, data: &Path, host: &str) -> anyhow::Result<()> {
    let pki = data.join("pki");
    let authority = if pki.join("ca.crt").exists() {
        let authority = Authority::open(&pki)?;
        // The list of an earlier run may have run out since.
        authority.renew_crl(None, false, now())?;
        authority
    } else {
        std::fs::create_dir_all(&pki)
            .map_err(|error| Error::io(format!("cannot make {}", pki.display()), error))?;
        Authority::create(
            &pki,
            "fedhub throwaway CA",
            &Options { days: 3650, ..Options::default() },
            now(),
        )?
    };
    let shell = format!("shell-{host}");
    for name in [DEMO, shell.as_str()] {
        if !pki.join(format!("{name}.crt")).exists() {
            authority.issue(&[name.to_owned()], &Options::default(), now())?;
        }
    }
    config.ca_cert_location = Some(pki.join("ca.crt").to_string_lossy().into_owned());
    config.crl_location = Some(pki.join("crl.pem").to_string_lossy().into_owned());
    config.certnames.insert(format!("shell.{host}"), shell);
    config.ssldir = pki;
    Ok(())
}

fn demo_signer(config: &Config, throwaway: bool) -> anyhow::Result<Signer> {
    if throwaway {
        return Ok(Signer::from_dir(&config.ssldir, DEMO)?);
    }
    let certname = config.certnames.get(DEMO).ok_or_else(|| {
        Error::new(
            Kind::Config,
            "a CA is configured, but certnames has no entry \"demo\" to sign with",
        )
        .hint("add one, or run the demo without that configuration")
    })?;
    Ok(Signer::from_dir(&config.ssldir, certname)?)
}

/// Writes the settings in force where other commands can read them.
fn write_settings(config: &Config, data: &Path) -> anyhow::Result<PathBuf> {
    let path = data.join("fedhub.toml");
    let text = format!("# Written by fedhub up at each start.\n{}", toml::to_string(config)?);
    std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| Error::io(format!("cannot write {}", path.display()), error))?;
    Ok(path)
}

fn welcome(config: &Config, settings: &Path, gateway: &str) -> anyhow::Result<()> {
    let settings = settings.display();
    Ok(writeln!(
        stdout().lock(),
        "publishers send to   {}\n\
         the relay publishes  {}\n\
         the gateway          {gateway}\n\n\
         In another terminal:\n  \
         fedhub --config {settings} logger --message 'hello, bus'\n  \
         fedhub --config {settings} tail --pretty\n\n\
         Ctrl-C ends it.",
        config.relay_inbound.0.join(", "),
        config.relay_outbound().join(", "),
    )?)
}

/// Shows what the gateway sends.
fn tail_task(app: &App, config: &Config, gateway: String) -> anyhow::Result<Task> {
    let subscriber = Subscriber::connect(&Settings::from(config), &[gateway], &[""])?;
    let stop = subscriber.stop();
    let verifier = config.validate_signatures.then(|| app.verifier(config, None)).transpose()?;
    let mut viewer = tail::people_viewer(app)?.verified_by(verifier);
    Ok(Task {
        name: "tail",
        stop: Box::new(move || stop.stop()),
        work: Box::new(move |heartbeat| {
            let outcome =
                tail::watch(&subscriber, &mut viewer, None, None, |shown| heartbeat.beat(shown));
            match outcome {
                // Whoever read the messages has left.
                Err(error) if report::is_closed_pipe(&error) => {}
                Err(error) => {
                    return Err(Error::new(Kind::Io, "cannot print messages").because(error));
                }
                Ok(()) => {}
            }
            Ok(viewer.counts.to_string())
        }),
    })
}
