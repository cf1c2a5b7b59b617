//! `fedhub busmon`: the bus on a whole screen.

mod sources;

use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;

use fedhub::bus::{self, Stop};
use fedhub::config::Config;
use fedhub::crypto::dated::dated;
use fedhub::daemons::Door;
use fedhub::error::exit;
use fedhub::filter::Filter;
use fedhub::meta::Meta;
use fedhub::replay::Target;
use fedhub_tui::Options;
use fedhub_tui::feed::daemons::{self, Watched};
use fedhub_tui::feed::{self, Feed, LogLine, News, Teller};
use fedhub_tui::keymap::{Keymap, Settings};
use fedhub_tui::plain;
use fedhub_tui::state::State;
use fedhub_tui::state::about::Tools;
use fedhub_tui::state::archive::Archive;
use fedhub_tui::theme::Theme;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{hub, nommer};
use crate::app::{self, App};
use crate::filter::FilterArgs;
use crate::{logging, output, signals};
use sources::SourceArgs;

/// Watch the bus on a whole screen.
///
/// The views have the keys 1 to 5: the stream; topics with rates, the busiest and totals of the last minutes;
/// endpoints, daemons, consumers, gaps and certificates; the archive, asked with the same filter; the log.
///
/// Keys, theme and mouse are set in busmon.toml, beside this user's settings, and the program that opens
/// links: open = ["firefox"]; else xdg-open is asked, where there is a desktop. The key ? shows the keys of
/// the pane one is in, and : takes every action by its name. Where there is no terminal to draw on, and with
/// --plain, a line is printed for each message instead.
///
/// What is exported is a recording: fedhub play and fedhub import read it. What is sent again goes to
/// relay_inbound or the relay that is named; first it is shown what would be sent. Copying asks the terminal
/// (OSC 52); tmux passes that on with set-clipboard on, or with allow-passthrough on.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub busmon
  fedhub busmon 'bodhi.*' user=alice
  fedhub busmon --endpoint tcp://bus.example.org:9940 --no-validate
  fedhub busmon --journal hub.db        what a journal on this host has and gets
  fedhub busmon --hub tcp://bus.example.org:9913
  fedhub busmon --file recording
  fedhub busmon --theme light
  fedhub busmon --keys                  what busmon.toml may have")]
pub(crate) struct Args {
    /// Begin with this filter.
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    #[command(flatten)]
    sources: SourceArgs,
    /// Do not judge signatures.
    #[arg(long)]
    no_validate: bool,
    /// Print a line for each message, without moving the cursor.
    #[arg(long)]
    plain: bool,
    /// The colours: terminal, dark, light, high-contrast or mono [default: terminal, the 16 colours it
    /// has; mono without colours].
    #[arg(long, value_name = "NAME", value_parser = Theme::named)]
    theme: Option<Theme>,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// Read keys and theme from this file [default: busmon.toml beside this user's settings].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Print all actions with their keys, as they stand in busmon.toml, and end.
    #[arg(long)]
    keys: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

impl Args {
    /// Whether nothing else may be written to the terminal.
    pub(crate) fn takes_screen(&self) -> bool {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        !self.keys && !self.plain && !dumb && stdout().is_terminal()
    }

    fn settings(&self) -> fedhub::Result<Settings> {
        let usual = || {
            let dir = app::user_dir("XDG_CONFIG_HOME", ".config")?;
            Some(dir.join("fedhub").join("busmon.toml")).filter(|path| path.exists())
        };
        match self.settings.clone().or_else(usual) {
            Some(path) => Settings::read(&path),
            None => Ok(Settings::default()),
        }
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let settings = args.settings()?;
    if args.keys {
        return print_keys(&settings.keymap);
    }
    let takes_screen = args.takes_screen();
    // A filter that cannot be used is told before anything is shown.
    let filter = args.filter.build(&args.words, app)?;
    let config = app.config()?.clone();
    let begin = Begin { sources: args.sources.clone(), validate: !args.no_validate, config };
    let (teller, feed) = feed::channel();
    if takes_screen {
        watch(&args, app, settings, begin, teller, feed)?;
    } else {
        print(begin, teller, &feed, &filter)?;
    }
    Ok(exit::OK)
}

/// On the screen.
fn watch(
    args: &Args,
    app: &App,
    settings: Settings,
    begin: Begin,
    teller: Teller,
    feed: Feed,
) -> anyhow::Result<()> {
    let log = teller.clone();
    logging::init_telling(app.global(), move |level, text| {
        let time = Timestamp::now().as_microsecond();
        log.offer(News::Log(LogLine { time, level, text }));
    });
    let theme = args.theme.or(settings.theme);
    let theme = if app.color_allowed() { theme.unwrap_or_default() } else { Theme::Mono };
    let zone = TimeZone::system();
    let mut state = State::new(begin.sources.name(), settings.keymap, theme, zone);
    state.first_filter = args.filter.spec(&args.words)?.to_string();
    state.ascii = !has_unicode();
    state.target = Some(Target::new(&begin.config, None, false));
    state.opener = settings.open.unwrap_or_else(usual_opener);
    state.in_tmux = is_set("TMUX");
    if let Ok(url) = begin.sources.archive_url(&begin.config) {
        state.archive = Archive::at(url);
    }
    state.stream.history.spill_to(&cache_dir());
    let past = app::user_dir("XDG_STATE_HOME", ".local/state")
        .map(|dir| dir.join("fedhub").join("busmon.history"));
    let mouse = !args.no_mouse && settings.mouse.unwrap_or(true);
    let mut config = begin.config.clone();
    config.validate_signatures &= begin.validate;
    let host = app.short_host().to_owned();
    let start = Box::new(move |teller| {
        let (tools, _) = begin.start(&teller)?;
        let watching = watched(config, host).and_then(|all| daemons::start(all, &teller));
        if let Err(error) = watching {
            tracing::warn!("nobody looks after the daemons: {error}");
        }
        Ok(tools)
    });
    Ok(fedhub_tui::run(state, teller, feed, Options { mouse, past, start })?)
}

/// Line by line.
fn print(begin: Begin, teller: Teller, feed: &Feed, filter: &Filter) -> anyhow::Result<()> {
    let (tools, stop) = begin.start(&teller)?;
    signals::on_first(move || match stop {
        Some(stop) => stop.stop(),
        None => {
            teller.tell(News::Ended(String::new()));
        }
    })?;
    let mut out = stdout().lock();
    let zone = TimeZone::system();
    // What a program reads is all there.
    let ascii = out.is_terminal() && !has_unicode();
    plain::run(feed, tools, filter, &zone, ascii, &mut out, output::reader_is_gone)??;
    Ok(())
}

/// What it takes to begin, once the first frame is drawn.
struct Begin {
    sources: SourceArgs,
    validate: bool,
    config: Config,
}

impl Begin {
    fn start(self, teller: &Teller) -> fedhub::Result<(Tools, Option<Stop>)> {
        let Self { sources, validate, config } = self;
        let stop = sources.start(&config, teller)?;
        let meta = Meta::configured(&config)?.into();
        let validate = validate && config.validate_signatures;
        let verifier = validate.then(|| app::verifier(&config, None)).transpose()?;
        Ok((Tools { meta, verifier }, stop))
    }
}

/// The daemons of this host, and what they use.
fn watched(config: Config, host: String) -> fedhub::Result<Watched> {
    let trust = config.validate_signatures.then(|| app::trust(&config));
    let mut trust = trust.transpose()?;
    let paths = [("hub", hub::journal_path(&config)), ("nommer", nommer::journal_path(&config))];
    // Without a home there may be none.
    let journals = paths.into_iter().filter_map(|(role, path)| Some((role.to_owned(), path.ok()?)));
    Ok(Watched {
        settings: bus::Settings::from(&config),
        doors: Door::all(&config),
        journals: journals.collect(),
        dates: Box::new(move || dated(&config, trust.as_mut(), &host, app::now())),
    })
}

/// Where messages go that there is no room for.
fn cache_dir() -> PathBuf {
    let dir = app::user_dir("XDG_CACHE_HOME", ".cache").map(|dir| dir.join("fedhub"));
    let made = dir.filter(|dir| std::fs::create_dir_all(dir).is_ok());
    made.unwrap_or_else(std::env::temp_dir)
}

/// What opens links, where there is a desktop to open them on.
fn usual_opener() -> Vec<String> {
    let desktop = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    desktop.then(|| "xdg-open".to_owned()).into_iter().collect()
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether the terminal shows more than ASCII, by the locale.
fn has_unicode() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn print_keys(keymap: &Keymap) -> anyhow::Result<u8> {
    write!(stdout().lock(), "{}", keymap.to_toml())?;
    Ok(exit::OK)
}
