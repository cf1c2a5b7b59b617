//! A small Debian in a folder, with a network of its own, to install packages in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::harness::{Finished, Process, has, run, skipped};

/// What is in it beside the essential: what scriptlets call, and what the walk needs.
const PACKAGES: &str = "systemd,git,openssl,ca-certificates";

/// Several tests need the archive, and one makes it.
static MAKING: Mutex<()> = Mutex::new(());

pub(super) struct Tree {
    folder: TempDir,
    /// Keeps a network in which every port is free, and what is mounted, until it is dropped.
    hold: Process,
}

impl Tree {
    /// A new one below `cache`, unpacked from the archive that is kept there. None where it cannot be
    /// made: the reason was said.
    pub(super) fn new(cache: &Path) -> Option<Self> {
        std::fs::create_dir_all(cache).unwrap();
        if !is_allowed(cache) {
            skipped("the packages; root may not mount or make devices here");
            return None;
        }
        let archive = cache.join("tree.tar");
        let making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if !archive.exists() {
            make(&archive)?;
        }
        drop(making);
        let folder = TempDir::new_in(cache).unwrap();
        let mut unpack = Command::new("tar");
        unpack.args(["--extract", "--exclude=./dev/*", "--file"]).arg(&archive);
        run(unpack.arg("--directory").arg(folder.path())).expect(0);
        let mut hold = Command::new("unshare");
        let set_up =
            "ip link set lo up && mount -t proc proc \"$0/proc\" && echo up && exec sleep infinity";
        hold.args(["--net", "--mount", "sh", "-c", set_up]).arg(folder.path());
        let hold = Process::spawn("hold", &mut hold);
        hold.wait_for_line("up");
        let tree = Self { folder, hold };
        // Some programs will not do without.
        for (name, mode, minor) in [("null", "666", "3"), ("urandom", "444", "9")] {
            tree.inside(&["mknod", "-m", mode, &format!("/dev/{name}"), "c", "1", minor]);
        }
        Some(tree)
    }

    /// A path in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn entered(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--net", "--mount", "--target"]).arg(self.hold.id().to_string());
        command
    }

    /// A command to be run in it.
    pub(super) fn command(&self, user: &str) -> Command {
        let mut command = self.entered();
        command.arg("chroot").arg(format!("--userspec={user}")).arg(self.folder.path());
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/root");
        command
    }

    /// Runs a program in it, which must succeed.
    #[track_caller]
    pub(super) fn inside(&self, command: &[&str]) -> Finished {
        run(self.command("root:root").args(command)).expect(0)
    }

    fn rpm_command(&self, what: &[&str]) -> Command {
        let mut command = self.entered();
        command.arg("rpm").arg("--root").arg(self.folder.path());
        command.args(["--dbpath", "/var/lib/rpm"]).args(what);
        command
    }

    /// Does this with packages. Nothing may be said about it, least of all by a scriptlet that failed.
    #[track_caller]
    pub(super) fn rpm(&self, what: &str, packages: &[PathBuf]) {
        quiet(run(self.rpm_command(&["--nodeps", what]).args(packages)).expect(0));
    }

    /// Installs Debian packages, or upgrades to them.
    #[track_caller]
    pub(super) fn dpkg(&self, packages: &[PathBuf]) {
        let mut install = self.command("root:root");
        install.args(["dpkg", "--install"]).env("DEBIAN_FRONTEND", "noninteractive");
        for package in packages {
            let name = Path::new("root").join(package.file_name().unwrap());
            std::fs::copy(package, self.folder.path().join(&name)).unwrap();
            install.arg(Path::new("/").join(name));
        }
        quiet(run(&mut install).expect(0));
    }

    /// Removes packages.
    #[track_caller]
    pub(super) fn erase(&self, names: &[&str]) {
        quiet(run(self.rpm_command(&["--nodeps", "--erase"]).args(names)).expect(0));
    }

    /// The names of the packages in it.
    pub(super) fn installed(&self) -> Vec<String> {
        let mut query = self.rpm_command(&["--query", "--all", "--queryformat", "%{NAME}\\n"]);
        run(&mut query).expect(0).stdout
    }
}

fn quiet(done: Finished) {
    let complaint =
        |line: &&String| ["failed", "error"].iter().any(|word| line.to_lowercase().contains(word));
    assert_eq!(done.stderr.iter().find(complaint), None, "{done:#?}");
}

/// Whether root is root here, and not in a container that lets it do less.
fn is_allowed(cache: &Path) -> bool {
    let folder = TempDir::new_in(cache).unwrap();
    let all =
        r#"ip link set lo up && mount -t tmpfs none "$0" && mknod "$0/null" c 1 3 && : >"$0/null""#;
    let mut attempt = Command::new("unshare");
    attempt.args(["--net", "--mount", "sh", "-c", all]).arg(folder.path());
    run(&mut attempt).code == Some(0)
}

/// Makes the archive with the tool and the mirror of this host.
fn make(archive: &Path) -> Option<()> {
    if !has("mmdebstrap") || !has("apt-get") {
        skipped("the packages; that needs mmdebstrap");
        return None;
    }
    let mut ask = Command::new("apt-get");
    ask.args(["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"]);
    ask.arg("Component: main");
    let mirrors = run(&mut ask).expect(0).stdout;
    let debian =
        mirrors.iter().find(|line| line.contains("/debian ") || line.contains("/debian/ "));
    let Some((mirror, release)) = debian.and_then(|line| line.split_once(' ')) else {
        skipped("the packages; that needs a mirror of Debian in apt's settings");
        return None;
    };
    let partial = archive.with_extension("partial.tar");
    let mut make = Command::new("timeout");
    make.args(["600", "mmdebstrap", "--quiet", "--variant=apt", "--include", PACKAGES, release]);
    // It may take longer than other programs of tests.
    let made = make.arg(&partial).arg(mirror).output().unwrap();
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr);
        skipped(&format!("the packages; {mirror} gave no system: {:?}", why.lines().last()));
        return None;
    }
    std::fs::rename(partial, archive).unwrap();
    Some(())
}
