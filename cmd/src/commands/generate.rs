//! `fedhub generate`: what packages ship beside the binary, made from the command line's grammar.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;
use fedhub::Error;
use fedhub::error::exit;

use crate::app::App;
use crate::cli::Cli;

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
    man_pages(&folder("man")?)?;
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
    clap_mangen::Man::new(named).date("").manual("fedhub").render(&mut text)?;
    write(&folder.join(format!("{name}.1")), &text)?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        page(folder, below, &format!("{name}-{}", below.get_name()))?;
    }
    Ok(())
}

fn completions(folder: &Path) -> anyhow::Result<()> {
    for (shell, file) in
        [(Shell::Bash, "fedhub.bash"), (Shell::Zsh, "_fedhub"), (Shell::Fish, "fedhub.fish")]
    {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "fedhub", &mut text);
        write(&folder.join(file), &text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    std::fs::write(path, text)
        .map_err(|error| Error::io(format!("cannot write {}", path.display()), error))
}
