//! Putting the hook into a repository, and taking it out again.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use fedhub::error::exit;
use fedhub::{Error, Kind, Result};

use super::program::{lines, program};

/// The hooks that packages ship. The first line names the program, so that it can be another one.
const GIT: &str = include_str!("../../../../packaging/hooks/git-post-receive");
const SVN: &str = include_str!("../../../../packaging/hooks/svn-post-commit");
const HG: &str = include_str!("../../../../packaging/hooks/hgrc");
/// What tells our hooks from others.
const MARK: &str = "# fedhub hook";
/// The last line of ours in a file that is not all ours.
const END: &str = "# fedhub hook ends\n";
/// The line that names the program.
const PROGRAM: &str = "fedhub=fedhub\n";
/// What is added to the name of a hook that was there before.
const BEFORE: &str = ".before-fedhub";
const LOOK: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub hook install git /srv/git/rpms/kernel.git
  fedhub hook install svn /srv/svn/docs
  fedhub hook install hg /srv/hg/tools --uninstall")]
pub(super) struct Args {
    /// Whose repository it is.
    #[arg(value_name = "KIND")]
    kind: System,
    /// The repository.
    #[arg(value_name = "REPO")]
    path: PathBuf,
    /// Take the hook out, and put the one that was there before in its place.
    #[arg(long)]
    uninstall: bool,
}

/// A version control system.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum System {
    /// hooks/post-receive
    Git,
    /// hooks/post-commit
    Svn,
    /// .hg/hgrc
    Hg,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let Args { kind, path, uninstall } = args;
    let place = match kind {
        System::Git => git_hooks(path)?.join("post-receive"),
        System::Svn => part(path, "hooks", "svn")?.join("post-commit"),
        System::Hg => part(path, ".hg", "hg")?.join("hgrc"),
    };
    let changed = match (kind, uninstall) {
        (System::Git, false) => put_script(&place, GIT)?,
        (System::Svn, false) => put_script(&place, SVN)?,
        (System::Git | System::Svn, true) => remove_script(&place)?,
        (System::Hg, _) => change_hgrc(&place, *uninstall)?,
    };
    let word = match (uninstall, changed) {
        (false, true) => "installed",
        (false, false) => "is there already",
        (true, true) => "removed",
        (true, false) => "was not there",
    };
    writeln!(stdout(), "{}: the hook {word}", place.display())?;
    Ok(exit::OK)
}

/// Where git looks for hooks, if that is in the repository.
fn git_hooks(path: &Path) -> Result<PathBuf> {
    let absolute = path.canonicalize().map_err(|error| {
        Error::io(format!("cannot find the repository {}", path.display()), error)
    })?;
    let ask = |what: &[&str]| -> Result<PathBuf> {
        let mut git = program("git");
        // Only this directory, not one above it.
        git.env("GIT_CEILING_DIRECTORIES", absolute.parent().unwrap_or(&absolute));
        git.arg("-C").arg(&absolute).arg("rev-parse").args(what);
        let said = lines(&mut git, vec![], Instant::now() + LOOK).map_err(|error| {
            let why = format!("{} is not a git repository", path.display());
            Error::new(Kind::NoInput, why).because(error)
        })?;
        let place = absolute.join(said.first().map_or("", String::as_str));
        Ok(place.canonicalize().unwrap_or(place))
    };
    let (own, hooks) = (ask(&["--git-common-dir"])?, ask(&["--git-path", "hooks"])?);
    if hooks.starts_with(&own) {
        return Ok(hooks);
    }
    let why = format!(
        "core.hooksPath has the hooks of {} in {}, which other repositories may use too",
        path.display(),
        hooks.display()
    );
    Err(Error::new(Kind::Config, why)
        .hint("call `fedhub hook git` from the post-receive hook there, with its stdin"))
}

fn part(path: &Path, name: &str, kind: &str) -> Result<PathBuf> {
    let part = path.join(name);
    // Every Subversion repository says so.
    if part.is_dir() && (kind != "svn" || path.join("format").is_file()) {
        return Ok(part);
    }
    let why = format!("{} is not a repository of {kind}", path.display());
    Err(Error::new(Kind::NoInput, why))
}

/// This program, in a line that a shell reads.
fn with_program(hook: &str) -> Result<String> {
    let exe = std::env::current_exe().map_err(|error| Error::io("cannot find myself", error))?;
    let exe = exe.to_str().filter(|path| !path.contains('\'')).ok_or_else(|| {
        Error::new(Kind::Data, format!("the path {} cannot be in a hook", exe.display()))
    })?;
    Ok(hook.replacen(PROGRAM, &format!("fedhub='{exe}'\n"), 1))
}

/// The content of a file, if it is there.
fn content(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(format!("cannot read {}", path.display()), error)),
    }
}

fn is_ours(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains(MARK)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(BEFORE);
    name.into()
}

fn cannot<'a>(what: &'a str, path: &'a Path) -> impl Fn(std::io::Error) -> Error + 'a {
    move |error| Error::io(format!("cannot {what} {}", path.display()), error)
}

/// Says whether something had to change.
fn put_script(path: &Path, hook: &str) -> Result<bool> {
    let text = with_program(hook)?;
    let before = beside(path);
    let there = content(path)?;
    match &there {
        Some(content) if content == text.as_bytes() => return Ok(false),
        Some(content) if is_ours(content) => {}
        None => {}
        Some(_) => {
            if fs::symlink_metadata(&before).is_ok() {
                let why = format!(
                    "{} is another hook, and {} is there too",
                    path.display(),
                    before.display()
                );
                return Err(Error::new(Kind::Unavailable, why).hint("move one of them away"));
            }
            fs::rename(path, &before).map_err(cannot("rename", path))?;
        }
    }
    write(path, text.as_bytes(), 0o755).inspect_err(|_| {
        // Without ours the other one has to be where it was. It fails only as writing did.
        if there.as_deref().is_some_and(|content| !is_ours(content)) {
            let _ = fs::rename(&before, path);
        }
    })?;
    Ok(true)
}

fn remove_script(path: &Path) -> Result<bool> {
    match content(path)? {
        None => return Ok(false),
        Some(content) if !is_ours(&content) => return Ok(false),
        Some(_) => {}
    }
    let before = beside(path);
    match fs::rename(&before, path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::remove_file(path).map_err(cannot("remove", path))?;
        }
        other => other.map_err(cannot("rename", &before))?,
    }
    Ok(true)
}

/// Mercurial has its hooks in a file of settings, of which ours are some lines.
fn change_hgrc(path: &Path, uninstall: bool) -> Result<bool> {
    let old = content(path)?.unwrap_or_default();
    let old = String::from_utf8(old).map_err(|error| {
        Error::new(Kind::Data, format!("{} is not UTF-8", path.display())).because(error)
    })?;
    let mut text = without_ours(&old);
    if !uninstall {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let exe = with_program(PROGRAM)?;
        let exe = exe.trim_end().trim_start_matches("fedhub=");
        text += &HG.replacen("= fedhub ", &format!("= {exe} "), 1);
    }
    if text == old {
        return Ok(false);
    }
    write(path, text.as_bytes(), 0o644)?;
    Ok(true)
}

fn without_ours(text: &str) -> String {
    match text.find(MARK).zip(text.find(END)) {
        Some((begin, end)) if begin < end => [&text[..begin], &text[end + END.len()..]].concat(),
        _ => text.to_owned(),
    }
}

/// Writes a file in one step, for the owner of its directory, as a hook is run by whoever pushes.
fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let dir = path.parent().unwrap_or(path);
    fs::create_dir_all(dir).map_err(cannot("make", dir))?;
    let new = path.with_extension("fedhub-new");
    let attempt = || {
        fs::write(&new, content)?;
        let kept = fs::metadata(path).ok().map(|there| there.permissions());
        fs::set_permissions(
            &new,
            kept.filter(|_| mode == 0o644).unwrap_or_else(|| fs::Permissions::from_mode(mode)),
        )?;
        let owner = fs::metadata(dir)?;
        if nix::unistd::geteuid().is_root() {
            chown(&new, Some(owner.uid()), Some(owner.gid()))?;
        }
        fs::rename(&new, path)
    };
    attempt().map_err(|error| {
        // Whether it is there depends on how far it came.
        let _ = fs::remove_file(&new);
        cannot("write", path)(error)
    })
}
