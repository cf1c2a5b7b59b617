//! The packages in a small system of their own: installed, upgraded and removed, and the services run
//! there as their units say, from a push to a repository to the archive.

mod tree;
mod unit;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{has, run, skipped, wait_until};
use tree::Tree;
use unit::Unit;

/// What can be installed with `fedhub` itself.
const SERVICES: [&str; 5] = ["relay", "gateway", "hub", "nommer", "serve"];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Packs the program of the tests. `dist` comes behind the release number; gives the packages.
fn packages(top: &Path, dist: &str) -> Vec<PathBuf> {
    let mut build = Command::new(project().join("packaging/rpm/build"));
    build.args(["--with", "prebuilt", "--define", "_binary_payload w1.gzdio", "--define"]);
    build.arg(format!("dist {dist}"));
    build.env("RPM_TOP", top).env("FEDHUB", env!("CARGO_BIN_EXE_fedhub"));
    run(&mut build).expect(0);
    let mut all = all_below(&top.join("RPMS"));
    all.retain(|path| path.to_string_lossy().contains(&format!("-1{dist}.")));
    assert!(all.len() > 7, "{all:?}");
    all
}

/// A system to install packages in, and a folder to build them in. None where one of the tools is not here.
fn new_machine(kind: &str, tools: &[&str]) -> Option<(Tree, TempDir)> {
    if let Some(tool) =
        [tools, &["nsenter", "unshare", "ip"]].concat().iter().find(|tool| !has(tool))
    {
        skipped(&format!("the {kind} packages; that needs {tool}"));
        return None;
    }
    if !nix::unistd::geteuid().is_root() {
        skipped(&format!("the {kind} packages; that needs root"));
        return None;
    }
    let cache = project().join("target/packages");
    Some((Tree::new(&cache)?, TempDir::new_in(&cache).unwrap()))
}

/// The packages in the folders of each architecture.
fn all_below(folder: &Path) -> Vec<PathBuf> {
    let architectures = std::fs::read_dir(folder).unwrap().flatten();
    let lists = architectures.map(|folder| std::fs::read_dir(folder.path()).unwrap().flatten());
    lists.flatten().map(|entry| entry.path()).collect()
}

#[test]
fn packages_can_be_installed_upgraded_and_removed_and_the_bus_runs() {
    let Some((tree, top)) = new_machine("RPM", &["rpm", "rpmbuild"]) else { return };
    // Those of `make rpm`, perhaps, which takes too long for this test.
    let first = match std::env::var_os("FEDHUB_TEST_RPMS") {
        Some(made) => all_below(Path::new(&made)),
        None => packages(&top.path().join("1"), ".old"),
    };
    if has("rpmlint") {
        let mut lint = Command::new("rpmlint");
        lint.arg("--rpmlintrc").arg(project().join("packaging/rpm/fedhub.rpmlintrc"));
        let lint = run(lint.args(&first).arg(project().join("packaging/rpm/fedhub.spec")));
        let errors: Vec<_> = lint.stdout.iter().filter(|line| line.contains(": E: ")).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    } else {
        skipped("rpmlint, which is not here");
    }

    tree.rpm("--install", &first);
    look_around(&tree);
    tree.inside(&["systemctl", "enable", "fedhub-relay.service", "fedhub-nommer.service"]);
    for service in SERVICES {
        let unit = format!("fedhub-{service}.service");
        tree.inside(&["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", &unit]);
    }
    walk(&tree);

    let (settings, own) = change_settings(&tree);
    tree.rpm("--upgrade", &packages(&top.path().join("2"), ".older"));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), own, "settings survive an upgrade");
    tree.inside(&["systemctl", "is-enabled", "fedhub-relay.service"]);
    assert!(tree.path("var/lib/fedhub/archive.db").exists(), "data survives an upgrade");

    tree.erase(&["fedhub-relay"]);
    let wanted = "etc/systemd/system/multi-user.target.wants";
    assert!(!tree.path(wanted).join("fedhub-relay.service").is_symlink());
    assert!(tree.path(wanted).join("fedhub-nommer.service").is_symlink());
    let rest = tree.installed();
    tree.erase(&rest.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!tree.path("usr/bin/fedhub").exists());
    assert!(!tree.path("usr/lib/systemd/system/fedhub-.service.d").exists());
    assert!(tree.path("etc/fedhub/fedhub.toml.rpmsave").exists(), "changed settings are kept");
    assert!(tree.path("var/lib/fedhub/archive.db").exists(), "data survives removal");
}

#[test]
fn debian_packages_can_be_installed_upgraded_and_removed_and_the_bus_runs() {
    let Some((tree, top)) = new_machine("Debian", &["dpkg-deb", "dpkg-shlibdeps"]) else { return };
    tree.dpkg(&debian_packages(&top.path().join("1"), "1"));
    look_around(&tree);
    tree.inside(&["systemctl", "enable", "fedhub-relay.service"]);
    walk(&tree);

    let (settings, own) = change_settings(&tree);
    tree.dpkg(&debian_packages(&top.path().join("2"), "2"));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), own, "settings survive an upgrade");
    tree.inside(&["systemctl", "is-enabled", "fedhub-relay.service"]);

    tree.inside(&["dpkg", "--remove", "fedhub-fedmsg-compat", "fedhub"]);
    assert!(!tree.path("usr/bin/fedhub").exists());
    let wanted = "etc/systemd/system/multi-user.target.wants/fedhub-relay.service";
    assert!(!tree.path(wanted).is_symlink());
    assert!(settings.exists(), "settings go when the package is purged");
    tree.inside(&["dpkg", "--purge", "fedhub"]);
    assert!(!settings.exists());
    assert!(tree.path("var/lib/fedhub/archive.db").exists(), "data survives removal");
}

/// Debian packages of the program of the tests.
fn debian_packages(top: &Path, revision: &str) -> Vec<PathBuf> {
    let mut build = Command::new(project().join("packaging/deb/build"));
    build.args(["-Zgzip", "-z1"]).env("DEB_TOP", top).env("DEB_REVISION", revision);
    run(build.env("FEDHUB", env!("CARGO_BIN_EXE_fedhub"))).expect(0);
    let all = std::fs::read_dir(top).unwrap().flatten().map(|entry| entry.path());
    let all: Vec<_> = all.filter(|path| path.extension().is_some_and(|end| end == "deb")).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    all
}

/// What was installed is in its place.
fn look_around(tree: &Tree) {
    for file in [
        "usr/bin/fedhub",
        "usr/bin/fedmsg-tail",
        "usr/share/man/man8/fedhub-relay.8",
        "usr/share/man/man5/fedhub.toml.5",
        "usr/share/bash-completion/completions/fedhub",
        "usr/lib/systemd/system/fedhub-serve.socket",
        "etc/fedhub/fedhub.toml",
        "run/fedhub",
        "var/spool/fedhub",
    ] {
        let packed = tree.path(&format!("{file}.gz"));
        assert!(tree.path(file).exists() || packed.exists(), "{file} is missing");
    }
    tree.inside(&["id", "fedhub"]);
    tree.inside(&["fedmsg-config"]);
}

/// Adds something to the settings; gives where they are and what they are now.
fn change_settings(tree: &Tree) -> (PathBuf, String) {
    let settings = tree.path("etc/fedhub/fedhub.toml");
    let own = format!("{}\n# mine\n", std::fs::read_to_string(&settings).unwrap());
    std::fs::write(&settings, &own).unwrap();
    (settings, own)
}

/// On a machine that has just got its packages: a CA, the services, a push, and the message of it in
/// the archive.
fn walk(tree: &Tree) {
    let host = crate::harness::host();
    let names = ["scm", "relay", "gateway"].map(|service| format!("{service}-{host}"));
    tree.inside(&["fedhub", "certs", "init", "--dir", "/etc/fedhub/keys"]);
    let issue = ["fedhub", "certs", "issue", "--dir", "/etc/fedhub/keys"];
    tree.inside(&[&issue[..], &names.each_ref().map(String::as_str)].concat());
    std::fs::copy(tree.path("etc/fedhub/keys/ca.crt"), tree.path("etc/fedhub/ca.crt")).unwrap();
    let settings = format!(
        "ssldir = '/etc/fedhub/keys'\nca_cert_location = '/etc/fedhub/ca.crt'\n[certnames]\n\
         'scm.{host}' = '{}'\n'relay.{host}' = '{}'\n'gateway.{host}' = '{}'\n",
        names[0], names[1], names[2]
    );
    std::fs::write(tree.path("etc/fedhub/site.toml"), settings).unwrap();

    let running = ["relay", "gateway", "hub", "nommer"].map(|service| {
        let unit = Unit::read(&tree.path("usr/lib/systemd/system"), service);
        unit.start(tree)
    });

    tree.inside(&["git", "init", "--quiet", "--bare", "/srv/project.git"]);
    tree.inside(&["fedhub", "hook", "install", "git", "/srv/project.git"]);
    let push = "cd && git clone --quiet /srv/project.git work && cd work && \
        git -c user.name=Mira -c user.email=mira@example.org commit --quiet --allow-empty -m One && \
        git push --quiet origin HEAD:refs/heads/f44";
    let pushed = tree.inside(&["sh", "-c", push]);
    assert!(!pushed.stderr.iter().any(|line| line.contains("fedhub")), "{pushed:#?}");

    let search = ["fedhub", "query", "git.receive", "--jq", ".msg_id"];
    let mut found = Vec::new();
    wait_until("the push is in the archive", || {
        found = run(tree.command("root:root").args(search)).stdout;
        !found.is_empty()
    });
    assert_eq!(found.len(), 1, "{found:?}");
    let got = tree.inside(&["fedhub", "get", "-o", "json", &found[0]]).stdout.join("\n");
    let got: serde_json::Value = serde_json::from_str(&got).unwrap();
    let (signer, commit) = (got["signer"].as_str().unwrap(), &got["message"]["msg"]["commit"]);
    assert_eq!((got["verdict"].as_str(), signer), (Some("valid"), names[0].as_str()), "{got:#}");
    assert_eq!((&commit["branch"], &commit["summary"]), (&json!("f44"), &json!("One")), "{got:#}");
    for process in running {
        process.stop().expect(0);
    }
}
