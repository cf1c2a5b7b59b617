//! Putting hooks into repositories, beside those that are there.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::{Server, commit};
use crate::harness::{Finished, run};

fn install(server: &Server, arguments: &[&str]) -> Finished {
    run(server.site.fedhub(&["hook", "install"]).args(arguments))
}

fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn another_hook_stays_and_gets_the_same_input() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("chained");
    let path = bare.to_str().unwrap();
    let hook = bare.join("hooks/post-receive");
    let removed = install(&server, &["git", path, "--uninstall"]).expect(0);
    assert!(removed.stdout[0].ends_with("the hook removed") && !hook.exists(), "{removed:?}");
    let other = "#!/bin/sh\ncat > seen-by-other\nexit 3\n";
    script(&hook, other);
    for word in ["installed", "is there already"] {
        let done = install(&server, &["git", path]).expect(0);
        assert!(done.stdout[0].ends_with(&format!("the hook {word}")), "{done:?}");
    }
    let rev = commit(&server, &work, "a", "1\n", "one");
    server.git(&work, &["push", "-q", "origin", "main"]);
    assert_eq!(server.commits(1)[0]["rev"], rev);
    let seen = std::fs::read_to_string(bare.join("seen-by-other")).unwrap();
    assert_eq!(seen, format!("{} {rev} refs/heads/main\n", "0".repeat(40)));
    for word in ["removed", "was not there"] {
        let done = install(&server, &["git", path, "--uninstall"]).expect(0);
        assert!(done.stdout[0].ends_with(&format!("the hook {word}")), "{done:?}");
    }
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), other);
    // Two others cannot both be kept.
    install(&server, &["git", path]).expect(0);
    script(&hook, "#!/bin/sh\n");
    let refused = install(&server, &["git", path]).expect(69).stderr.join("\n");
    assert!(refused.contains("before-fedhub") && refused.contains("try: "), "{refused}");
}

#[test]
fn the_files_of_packages_work_as_they_are() {
    let mut server = Server::new(&json!({}));
    let (bare, work) = server.repository("plain");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/hooks/git-post-receive");
    std::fs::copy(shipped, bare.join("hooks/post-receive")).unwrap();
    let rev = commit(&server, &work, "a", "1\n", "one");
    let mut push = server.command("git", &work, &["push", "-q", "origin", "main"]);
    let bin = Path::new(env!("CARGO_BIN_EXE_fedhub")).parent().unwrap();
    push.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    run(&mut push).expect(0);
    assert_eq!(server.commits(1)[0]["rev"], rev);
    // It is known as ours: nothing is left when it is taken out.
    install(&server, &["git", bare.to_str().unwrap(), "--uninstall"]).expect(0);
    assert!(!bare.join("hooks/post-receive").exists());
}

#[test]
fn what_is_no_repository_is_said() {
    let server = Server::new(&json!({}));
    let (bare, work) = server.repository("real");
    let here = server.path(".");
    std::fs::create_dir(server.path("empty")).unwrap();
    for kind in ["git", "svn", "hg"] {
        for path in [server.path("empty"), server.path("absent"), bare.join("refs")] {
            let done = install(&server, &[kind, path.to_str().unwrap()]);
            let text = done.expect(66).stderr.join("\n");
            assert!(text.contains("repository"), "{text}");
        }
    }
    // A work tree is a repository too.
    let done = install(&server, &["git", work.to_str().unwrap()]).expect(0);
    assert!(done.stdout[0].contains(".git/hooks/post-receive"), "{done:?}");
    std::fs::create_dir(here.join("shared")).unwrap();
    let shared = here.join("shared").canonicalize().unwrap();
    server.git(&bare, &["config", "core.hooksPath", shared.to_str().unwrap()]);
    let refused = install(&server, &["git", bare.to_str().unwrap()]).expect(78).stderr.join("\n");
    assert!(refused.contains("core.hooksPath") && refused.contains("fedhub hook git"), "{refused}");
}
