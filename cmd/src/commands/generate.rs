//! `fedhub generate`: what packages ship beside the binary, made from the command line's grammar.

mod settings_page;

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use fedhub::Error;
use fedhub::error::exit;

use crate::app::App;
use crate::cli::{Cli, SERVICES};
use crate::complete;

/// Write manual pages, shell completions and the sample settings file.
///
/// They are made from the grammar that reads the command line, so they have the same options.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  fedhub generate .      renew man/, completions/ and packaging/fedhub.toml of a source tree")]
pub(crate) struct Args {
    /// The directory that gets man/, completions/ and packaging/.
    dir: PathBuf,
}

pub(crate) fn run(args: Args, _app: &App) -> anyhow::Result<u8> {
    let folder = |name: &str| -> Result<PathBuf, Error> {
        let path = args.dir.join(name);
        std::fs::create_dir_all(&path)
            .map_err(|error| Error::io(format!("cannot make {}", path.display()), error))?;
        Ok(path)
    };
    let man = folder("man")?;
    man_pages(&man)?;
    write(&man.join("fedhub.toml.5"), settings_page::text()?.as_bytes())?;
    completions(&folder("completions")?)?;
    write(&folder("packaging")?.join("fedhub.toml"), super::config::sample()?.as_bytes())?;
    Ok(exit::OK)
}

fn man_pages(folder: &Path) -> anyhow::Result<()> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    page(folder, &command, "fedhub")
}

/// A page for a command, and one for each command below it.
fn page(folder: &Path, command: &clap::Command, name: &str) -> anyhow::Result<()> {
    let mut text = Vec::new();
    let named = command.clone().display_name(name.to_owned());
    let section = section(name);
    clap_mangen::Man::new(named).date("").section(section).manual("fedhub").render(&mut text)?;
    let text = SERVICES.iter().fold(String::from_utf8(text)?, |text, service| {
        // Where a page refers to others, it takes them to be in section 1.
        text.replace(&format!("fedhub\\-{service}(1)"), &format!("fedhub\\-{service}(8)"))
    });
    write(&folder.join(format!("{name}.{section}")), text.as_bytes())?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        page(folder, below, &format!("{name}-{}", below.get_name()))?;
    }
    Ok(())
}

fn section(name: &str) -> &'static str {
    let service = name.strip_prefix("fedhub-").is_some_and(|rest| SERVICES.contains(&rest));
    if service { "8" } else { "1" }
}

fn completions(folder: &Path) -> anyhow::Result<()> {
    for (shell, file) in complete::SHELLS {
        let mut text = Vec::new();
        complete::registration(shell, &mut text)?;
        write(&folder.join(file), &text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    std::fs::write(path, text)
        .map_err(|error| Error::io(format!("cannot write {}", path.display()), error))
}
