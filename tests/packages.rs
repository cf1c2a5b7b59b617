//! The RPM packages in a small system of their own: installed, upgraded and removed, and the services
//! run there as their units say, from a push to a repository to the archive.

mod tree;
mod unit;

use std::path::{Path, PathBuf};
use std::process::Command;

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
    let mut all = Vec::new();
    for folder in std::fs::read_dir(top.join("RPMS")).unwrap().flatten() {
        all.extend(std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()));
    }
    all.retain(|path| path.to_string_lossy().contains(&format!("-1{dist}.")));
    assert!(all.len() > 7, "{all:?}");
    all
}

#[test]
fn packages_can_be_installed_upgraded_and_removed_and_the_bus_runs() {
    for tool in ["rpm", "rpmbuild", "nsenter", "unshare", "ip"] {
        if !has(tool) {
            return skipped(&format!("the RPM packages; that needs {tool}"));
        }
    }
    if !nix::unistd::geteuid().is_root() {
        return skipped("the RPM packages; that needs root");
    }
    let Some(tree) = Tree::new(&project().join("target/packages")) else { return };
    let top = tempfile::TempDir::new_in(project().join("target/packages")).unwrap();
    let first = packages(&top.path().join("1"), ".old");
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
    tree.inside(&["systemctl", "enable", "fedhub-relay.service", "fedhub-nommer.service"]);
    for service in SERVICES {
        let unit = format!("fedhub-{service}.service");
        tree.inside(&["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", &unit]);
    }
    walk(&tree);

    let settings = tree.path("etc/fedhub/fedhub.toml");
    let own = format!("{}\n# mine\n", std::fs::read_to_string(&settings).unwrap());
    std::fs::write(&settings, &own).unwrap();
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

/// On a machine that has just got its packages: a CA, the services, a push, and the message of it in
/// the archive.
fn walk(tree: &Tree) {
    let host = crate::harness::host();
    let names = ["shell", "relay", "gateway"].map(|service| format!("{service}-{host}"));
    tree.inside(&["fedhub", "certs", "init", "--dir", "/etc/fedhub/keys"]);
    let issue = ["fedhub", "certs", "issue", "--dir", "/etc/fedhub/keys"];
    tree.inside(&[&issue[..], &names.each_ref().map(String::as_str)].concat());
    std::fs::copy(tree.path("etc/fedhub/keys/ca.crt"), tree.path("etc/fedhub/ca.crt")).unwrap();
    let settings = format!(
        "ssldir = '/etc/fedhub/keys'\nca_cert_location = '/etc/fedhub/ca.crt'\n[certnames]\n\
         'shell.{host}' = '{}'\n'relay.{host}' = '{}'\n'gateway.{host}' = '{}'\n",
        names[0], names[1], names[2]
    );
    std::fs::write(tree.path("etc/fedhub/site.toml"), settings).unwrap();

    let running = ["relay", "gateway", "hub", "nommer"].map(|service| {
        let unit = Unit::read(&tree.path("usr/lib/systemd/system"), service);
        unit.start(tree)
    });

    tree.inside(&["git", "init", "--quiet", "--bare", "/srv/project.git"]);
    let hook = tree.path("srv/project.git/hooks/post-receive");
    let publish = "#!/bin/sh\nwhile read -r old new ref; do\n\
        printf '{\"commit\": {\"rev\": \"%s\", \"branch\": \"%s\"}}' \"$new\" \"${ref#refs/heads/}\" |\n\
        fedhub logger --json-input --modname git --topic receive --durable || exit\ndone\n";
    std::fs::write(&hook, publish).unwrap();
    tree.inside(&["chmod", "755", "/srv/project.git/hooks/post-receive"]);
    let push = "cd && git clone --quiet /srv/project.git work && cd work && \
        git -c user.name=Mira -c user.email=mira@example.org commit --quiet --allow-empty -m One && \
        git push --quiet origin HEAD:refs/heads/f44";
    tree.inside(&["sh", "-c", push]);

    let archive = tree.path("var/lib/fedhub/archive.db");
    wait_until("the push is in the archive", || {
        let read = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let archive = rusqlite::Connection::open_with_flags(&archive, read).unwrap();
        let sql =
            "SELECT count(*) FROM message WHERE topic LIKE '%.git.receive' AND verdict = 'valid'";
        archive.query_row(sql, [], |row| row.get::<_, i64>(0)).is_ok_and(|count| count == 1)
    });
    for process in running {
        process.stop().expect(0);
    }
}
