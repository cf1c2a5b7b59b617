//! `fedhub busmon`: the bus on a whole screen.

use std::path::PathBuf;

use fedhub::bus::{Settings as BusSettings, Source};
use fedhub::error::exit;
use fedhub::meta::Meta;
use fedhub_tui::Options;
use fedhub_tui::feed::{self, LogLine, News, Teller, live};
use fedhub_tui::keymap::{Keymap, Settings};
use fedhub_tui::state::State;
use fedhub_tui::state::about::Tools;
use fedhub_tui::theme::Theme;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::{self, App};
use crate::{cli, logging};

/// Watch the bus on a whole screen.
///
/// Keys, theme and mouse are set in busmon.toml, in the directory of this user's settings; `?` shows
/// the keys of the pane one is in, and `:` takes every action by its name.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub busmon
  fedhub busmon --endpoint tcp://bus.example.org:9940 --no-validate
  fedhub busmon --theme light
  fedhub busmon --keys > ~/.config/fedhub/busmon.toml")]
pub(crate) struct Args {
    /// Whom to listen to; repeatable. Default: every configured endpoint.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    endpoint: Vec<String>,
    /// Do not judge signatures.
    #[arg(long)]
    no_validate: bool,
    /// The colours: terminal, dark, light, high-contrast or mono [default: terminal].
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
}

impl Args {
    /// Whether nothing else may be written to the terminal.
    pub(crate) fn takes_screen(&self) -> bool {
        !self.keys
    }

    fn settings(&self) -> fedhub::Result<Settings> {
        match &self.settings {
            Some(path) => Settings::read(path),
            None => {
                let usual = app::user_dir("XDG_CONFIG_HOME", ".config")
                    .map(|dir| dir.join("fedhub").join("busmon.toml"));
                let usual = usual.filter(|path| path.exists());
                usual.map_or_else(|| Ok(Settings::default()), |path| Settings::read(&path))
            }
        }
    }
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let settings = args.settings()?;
    if args.keys {
        return print_keys(&settings.keymap);
    }
    let config = app.config()?.clone();
    let endpoints = args.endpoint.clone();
    let (teller, feed) = feed::channel();
    let log = teller.clone();
    logging::init_telling(app.global(), move |level, text| {
        let time = Timestamp::now().as_microsecond();
        log.offer(News::Log(LogLine { time, level, text }));
    });
    let theme = args.theme.or(settings.theme);
    let theme = if app.color_allowed() { theme.unwrap_or_default() } else { Theme::Mono };
    let mouse = !args.no_mouse && settings.mouse.unwrap_or(true);
    let source = match endpoints.as_slice() {
        [one] => one.clone(),
        _ => "live".to_owned(),
    };
    let validate = !args.no_validate && config.validate_signatures;
    let state = State::new(source, settings.keymap, theme, TimeZone::system());
    let start = move |teller: Teller| {
        let all = Source::all(&config);
        let named = |endpoint: &String| {
            let known = all.iter().find(|source| source.endpoint == *endpoint).cloned();
            known.unwrap_or(Source { name: endpoint.clone(), endpoint: endpoint.clone() })
        };
        let endpoints = if endpoints.is_empty() { config.subscriptions() } else { endpoints };
        let sources = endpoints.iter().map(named).collect();
        live::start(&BusSettings::from(&config), sources, teller)?;
        let meta = Meta::configured(&config)?.into();
        let verifier = validate.then(|| app::verifier(&config, None)).transpose()?;
        Ok(Tools { meta, verifier })
    };
    let past = app::user_dir("XDG_STATE_HOME", ".local/state")
        .map(|dir| dir.join("fedhub").join("busmon.history"));
    let options = Options { mouse, past, start: Box::new(start) };
    fedhub_tui::run(state, teller, feed, options)?;
    Ok(exit::OK)
}

fn print_keys(keymap: &Keymap) -> anyhow::Result<u8> {
    use std::io::Write;
    write!(std::io::stdout().lock(), "{}", keymap.to_toml())?;
    Ok(exit::OK)
}
