//! `fedhub config`: the settings in force, what they mean, and those of fedmsg.

mod sample;

use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};

use fedhub::config::{self, Config, fedmsg, fedmsg_d, keys};
use fedhub::error::exit;
use fedhub::{Error, Kind};
use fedhub_daemon::hub;
use toml::{Table, Value};

use crate::app::App;
pub(crate) use sample::{sample, value};

/// Show, check, explain and import settings.
///
/// Settings come from, the strongest first: options, variables FEDHUB_KEY, the file of --config or
/// $XDG_CONFIG_HOME/fedhub/*.toml, /etc/fedhub/*.toml, and fedmsg's own files: those named by
/// FEDMSG_CONFIG, else /etc/fedmsg.d/*.py and ~/.fedmsg.d/*.py, which are read without running
/// Python.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub config show
  fedhub config show relay_inbound
  fedhub config explain relay_inbound
  fedhub config import /etc/fedmsg.d > /etc/fedhub/fedhub.toml
  fedhub config check && systemctl restart fedhub-relay")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the settings in force, as TOML.
    Show {
        /// Print only the value of this key, of a list each on its own line; exit 1 if it is not set.
        #[arg(add = crate::complete::keys())]
        key: Option<String>,
    },
    /// Read all settings and the files they name; say what is wrong.
    Check,
    /// Say what a key means, what it is set to, and where.
    Explain {
        /// The key; without one all keys are listed.
        #[arg(add = crate::complete::keys())]
        key: Option<String>,
    },
    /// Print fedmsg's settings as TOML.
    Import {
        /// The folder or file to read.
        path: PathBuf,
        /// Print settings that fedhub does not use as settings too, instead of as comments.
        #[arg(long)]
        all: bool,
    },
    /// Print a settings file with every key, commented out.
    Sample,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let mut out = stdout().lock();
    match args.action {
        Action::Show { key: Some(key) } => return show(app, &key, &mut out),
        Action::Show { key: None } => write!(out, "{}", toml::to_string(app.config()?)?)?,
        Action::Check => return check(app, &mut out),
        Action::Explain { key: None } => {
            for key in keys::KEYS {
                writeln!(out, "{:26} {}", key.name, key.meaning)?;
            }
        }
        Action::Explain { key: Some(key) } => explain(app, &key, &mut out)?,
        Action::Import { path, all } => return import(app, &path, all, &mut out),
        Action::Sample => write!(out, "{}", sample()?)?,
    }
    Ok(exit::OK)
}

/// Everything a daemon would find out at its start, and what it would only find out later.
fn check(app: &App, out: &mut impl Write) -> anyhow::Result<u8> {
    let loaded = app.loaded()?;
    for layer in loaded.layers.iter().filter(|layer| !layer.table.is_empty()) {
        writeln!(out, "read {}", layer.name)?;
    }
    let mut problems = 0;
    let mut problem = |text: &str| {
        problems += 1;
        writeln!(stderr().lock(), "{text}")
    };
    for note in &loaded.notes {
        problem(note)?;
    }
    let config = &loaded.config;
    for (entry, certname) in &config.certnames {
        for ending in ["key", "crt"] {
            let file = config.pair_file(certname, ending);
            if !file.exists() {
                problem(&format!("certnames.{entry}: {} is missing", file.display()))?;
            }
        }
    }
    let locations = [Some(config.ca_location()), config.crl_location.clone()];
    for location in locations.into_iter().flatten().filter(|text| !text.starts_with("https://")) {
        if config.validate_signatures && !Path::new(&location).exists() {
            problem(&format!("{location} is missing: no message will be valid"))?;
        }
    }
    let mut complete = config.clone();
    // Without one, the data directory has it.
    complete.archive.url.get_or_insert_with(|| "sqlite:archive.db".into());
    hub::check(&complete)?;
    super::hub::configured_begin(config)?;
    writeln!(out, "the settings can be used; remarks: {problems}")?;
    Ok(exit::OK)
}

fn find(name: &str) -> Result<&'static keys::Key, Error> {
    keys::find(name).ok_or_else(|| {
        let error = Error::new(Kind::Usage, format!("there is no key `{name}`"));
        match keys::nearest(name) {
            Some(near) => error.hint(format!("fedhub config explain {near}")),
            None => error.hint("fedhub config explain"),
        }
    })
}

/// What these settings have for a name: a key, or an entry of the table that a key is.
fn value_of(config: &Config, key: &keys::Key, name: &str) -> anyhow::Result<Option<Value>> {
    let table = Value::try_from(config)?;
    let value = name.split('.').try_fold(&table, |value, part| value.get(part));
    // A table's own entries may have dots in their names.
    let value = value.or_else(|| {
        let rest = name.strip_prefix(key.name)?.strip_prefix('.')?;
        table.get(key.name)?.get(rest)
    });
    Ok(value.cloned())
}

fn show(app: &App, name: &str, out: &mut impl Write) -> anyhow::Result<u8> {
    let Some(value) = value_of(app.config()?, find(name)?, name)? else {
        return Ok(exit::NEGATIVE);
    };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Table(_) => serde_json::json!(value).to_string(),
        other => other.to_string(),
    };
    match &value {
        Value::Array(items) => {
            items.iter().try_for_each(|item| writeln!(out, "{}", plain(item)))?;
        }
        value => writeln!(out, "{}", plain(value))?,
    }
    Ok(exit::OK)
}

fn explain(app: &App, name: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let key = find(name)?;
    let loaded = app.loaded()?;
    let printed = |config: &Config| -> anyhow::Result<String> {
        let value = value_of(config, key, name)?;
        Ok(value.map_or_else(|| "not set".into(), |value| value.to_string()))
    };
    writeln!(out, "{name}\n  {}", key.meaning)?;
    writeln!(out, "  value    {}", printed(&loaded.config)?)?;
    writeln!(out, "  built-in {}", printed(&Config::default())?)?;
    for (place, value) in loaded.origins(name) {
        writeln!(out, "  set in   {place}: {value}")?;
    }
    writeln!(out, "  variable {}", config::variable(key.name))?;
    Ok(())
}

/// Prints what could be read; what could not is named, and never guessed.
fn import(app: &App, path: &Path, all: bool, out: &mut impl Write) -> anyhow::Result<u8> {
    let files = fedmsg_d::sources(Some(path), None)?;
    if files.is_empty() {
        let why = format!("{}: there is no .py file", path.display());
        return Err(Error::new(Kind::NoInput, why).into());
    }
    let reading = fedmsg_d::read(&files, &app.host())?;
    for unread in &reading.unread {
        writeln!(
            stderr().lock(),
            "{}:{}: not read: {}: {}",
            unread.file.display(),
            unread.line,
            unread.reason,
            unread.text.trim()
        )?;
    }
    if all {
        write!(out, "{}", toml::to_string(&reading.config)?)?;
    } else {
        let translation = fedmsg::translate(&reading);
        write!(out, "{}", toml::to_string(&translation.used)?)?;
        for (key, value) in &translation.unused {
            let single = toml::to_string(&Table::from_iter([(key.clone(), value.clone())]))?;
            writeln!(out, "\n# not used by fedhub:")?;
            for line in single.lines() {
                writeln!(out, "# {line}")?;
            }
        }
    }
    Ok(if reading.unread.is_empty() { exit::OK } else { exit::DATA })
}
