//! `fedhub up`: a whole bus in one process.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use fedhub::bus::{Settings, Subscriber};
use fedhub::config::{Config, Consumer};
use fedhub::crypto::Signer;
use fedhub::crypto::authority::{Authority, Options, State};
use fedhub::envelope::Author;
use fedhub::{Error, Kind, store};
use fedhub_daemon::roles::{hub, serve};
use fedhub_daemon::supervisor::{self, Supervisor, Task};
use fedhub_daemon::{demo, roles};

use super::tail;
use crate::app::{App, archive_url, data_dir, now, username};
use crate::progress::CatchingUp;
use crate::report;

/// Run every role there is in one process, and show the messages that come out.
///
/// The relay keeps a journal and gives receipts. When no CA is configured, a throwaway one is made
/// in the data directory, with keys for this host's logger, relay and gateway. Other commands join in
/// with the settings file written there. With the demo come an archive and its page.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub up --demo        a bus with sample messages, to look around
  fedhub up               an empty one, to publish to")]
pub(crate) struct Args {
    /// Publish a stream of sample messages.
    #[arg(long)]
    demo: bool,
    /// Where keys, settings and journal are kept [default: $XDG_DATA_HOME/fedhub].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Do not show messages.
    #[arg(long)]
    no_tail: bool,
}

const WRITTEN_BY_UP: &str = "# Written by fedhub up at each start.";

/// Who has a key of this host's in the throwaway CA.
const SERVICES: [&str; 4] = ["shell", "announce", "relay", "gateway"];

/// The key the demo signs with.
const DEMO: &str = "demo";

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let data = match &args.data_dir {
        // Others are told to read the settings in it, wherever they are.
        Some(dir) => std::path::absolute(dir)
            .map_err(|error| Error::io(format!("cannot find {}", dir.display()), error))?,
        None => data_dir()?,
    };
    let mut config = app.config()?.clone();
    let supervisor = Supervisor::new()?;
    // First the ports, on trial: if another one runs already, its files stay as they are.
    drop(build(&without_files(&config))?);
    let throwaway = !configured(&config);
    if throwaway {
        use_throwaway_ca(&mut config, &data, app.short_host())?;
    }
    config.relay.journal.get_or_insert_with(|| data.join("relay.db"));
    if args.demo {
        let file = data.join("archive.db");
        config.archive.url.get_or_insert_with(|| format!("sqlite:{}", file.display()));
    }
    let settings_file = write_settings(&config, &data)?;
    let mut tasks = build(&config)?;
    let host = if config.gateway.host == "*" { "127.0.0.1" } else { &config.gateway.host };
    let gateway = format!("tcp://{host}:{}", config.gateway.port);
    if args.demo {
        let signer = demo_signer(&config, throwaway)?;
        tasks.insert(0, demo::task(&config, signer, Author::new(&config, username()))?);
        tasks.extend(archive_tasks(app, &config, &data)?);
    }
    welcome(&config, &settings_file, &gateway, args.demo)?;
    if !args.no_tail {
        tasks.push(tail_task(app, &config, gateway)?);
    }
    let options = supervisor::Options::new(
        &config,
        [&config.relay.http, &config.gateway.http],
        [&config.relay.monitoring, &config.gateway.monitoring],
    );
    Ok(supervisor.run(tasks, &options)?)
}

fn build(config: &Config) -> fedhub::Result<Vec<Task>> {
    let tasks = roles::ALL.iter().map(|role| (role.build)(config));
    Ok(tasks.collect::<fedhub::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// These settings, without what needs keys or a journal.
fn without_files(config: &Config) -> Config {
    let mut bare = Config { heartbeat_interval: 0.0, ..config.clone() };
    (bare.relay.journal, bare.relay.spool, bare.gateway.journal) = (None, None, None);
    (bare.relay.replay, bare.gateway.replay) = (None, None);
    bare
}

/// Whether there is a CA to verify against.
fn configured(config: &Config) -> bool {
    let location = config.ca_location();
    config.ca_cert_location.is_some() || Path::new(&location).exists()
}

/// Makes a CA in the data directory, or renews what an earlier run has left there, and uses it.
fn use_throwaway_ca(config: &mut Config, data: &Path, host: &str) -> anyhow::Result<()> {
    let pki = data.join("pki");
    std::fs::create_dir_all(&pki)
        .map_err(|error| Error::io(format!("cannot make {}", pki.display()), error))?;
    let authority = match Authority::open(&pki) {
        Ok(authority) => authority,
        Err(_) => {
            let options = Options { days: 3650, force: true, ..Options::default() };
            Authority::create(&pki, "fedhub throwaway CA", &options, now())?
        }
    };
    authority.renew_crl(None, true, now())?;
    let existing = authority.list(now())?.certificates;
    let good = |name: &str| {
        existing
            .iter()
            .any(|entry| entry.name.as_deref() == Some(name) && matches!(entry.state, State::Valid))
            && pki.join(format!("{name}.key")).exists()
    };
    let names = SERVICES.map(|prefix| format!("{prefix}-{host}"));
    let options = Options { force: true, ..Options::default() };
    for name in names.iter().map(String::as_str).chain([DEMO]).filter(|name| !good(name)) {
        authority.issue(&[name.to_owned()], &options, now())?;
    }
    config.ca_cert_location = Some(pki.join("ca.crt").to_string_lossy().into_owned());
    config.crl_location = Some(pki.join("crl.pem").to_string_lossy().into_owned());
    for (prefix, name) in SERVICES.into_iter().zip(names) {
        config.certnames.insert(format!("{prefix}.{host}"), name);
    }
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
    Ok(Signer::from_settings(config, certname)?)
}

/// Writes the settings in force where other commands can read them.
fn write_settings(config: &Config, data: &Path) -> anyhow::Result<PathBuf> {
    let path = data.join("fedhub.toml");
    let text = format!("{WRITTEN_BY_UP}\n{}", toml::to_string(config)?);
    let foreign = std::fs::read_to_string(&path).is_ok_and(|old| !old.starts_with(WRITTEN_BY_UP));
    if foreign {
        let why = format!("{} is not a file that fedhub up has written", path.display());
        return Err(Error::new(Kind::Usage, why).hint("name another --data-dir").into());
    }
    std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| Error::io(format!("cannot write {}", path.display()), error))?;
    Ok(path)
}

/// What keeps every message in the archive, and what answers questions about it.
fn archive_tasks(app: &App, config: &Config, data: &Path) -> anyhow::Result<Vec<Task>> {
    let url = archive_url(config)?;
    store::create(&url)?;
    let mut config = config.clone();
    (config.hub.monitoring, config.hub.replay) = (None, None);
    config.consumers = [("archive".to_owned(), Consumer::of_kind("archive"))].into();
    let options = hub::Options {
        journal: data.join("nommer.db"),
        verifier: config.validate_signatures.then(|| app.verifier(&config, None)).transpose()?,
        begin: None,
        configured: hub::Begin::Now,
        progress: Box::new(CatchingUp::new()),
    };
    let mut tasks = hub::build(&config, options)?;
    tasks.extend(serve::build(&config, &url, app.meta()?)?);
    Ok(tasks)
}

fn welcome(config: &Config, settings: &Path, gateway: &str, demo: bool) -> anyhow::Result<()> {
    let settings = settings.display();
    let page = match demo {
        true => format!("the archive          http://{}/\n", config.serve.listen),
        false => String::new(),
    };
    Ok(writeln!(
        stdout().lock(),
        "publishers send to   {}\n\
         receipts come from   {}\n\
         the relay publishes  {}\n\
         the gateway          {gateway}\n{page}\n\
         In another terminal:\n  \
         fedhub --config {settings} logger --message 'hello, bus'\n  \
         fedhub --config {settings} tail --pretty\n\n\
         Ctrl-C ends it.",
        config.relay_inbound.0.join(", "),
        config.relay.receipts.0.join(", "),
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
        pages: None,
        needed: false,
        probe: None,
        stop: Box::new(move || stop.stop()),
        work: Box::new(move |heartbeat| {
            let outcome = tail::watch(
                |patience| Ok(subscriber.next(patience)?),
                &mut viewer,
                None,
                None,
                |shown| heartbeat.beat(shown),
            );
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
