//! Completion in the shells: what they offer, and that nobody waits for it.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Site, free_endpoint, has, run, skipped};

/// What anybody notices as waiting. It holds for the released program; the one of the tests is slower.
const BUDGET: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 200 });

/// A site whose relay keeps a journal with two topics.
fn site() -> Site {
    let [inbound, outbound, receipts] = [free_endpoint(), free_endpoint(), free_endpoint()];
    let site = Site::new(json!({
        "relay_inbound": [inbound],
        "relay_outbound": [outbound],
        "relay": {"receipts": [receipts], "journal": "relay.db"},
        "sign_messages": false,
        "publish_timeout": 30.0,
        "consumers": {"mirror": {"type": "exec", "command": ["true"]}},
    }));
    let (relay, _) = site.start(&["relay"]);
    for topic in ["sheep.shorn", "sheep.sold"] {
        let publish = ["logger", "--durable", "--modname", "farm", "--message", "x", "--topic"];
        run(site.fedhub(&publish).arg(topic)).expect(0);
    }
    relay.stop().expect(0);
    site
}

/// What the program offers for the last of these words.
fn offered(site: &Site, words: &[&str]) -> Vec<String> {
    let settings = site.path("fedhub.toml");
    let mut ask = site.fedhub(&["--", "fedhub", "--config", settings.to_str().unwrap()]);
    ask.args(words).env("_FEDHUB_COMPLETE", "bash").env("_CLAP_IFS", "\n");
    ask.env("_CLAP_COMPLETE_INDEX", (words.len() + 2).to_string());
    let begin = Instant::now();
    let answer = run(&mut ask).expect(0);
    assert!(begin.elapsed() < BUDGET, "{words:?} took {:?}", begin.elapsed());
    answer.stdout
}

#[test]
fn commands_options_topics_consumers_and_keys_are_offered() {
    let site = site();
    assert!(offered(&site, &["ta"]).contains(&"tail".into()));
    assert!(offered(&site, &["tail", "--re"]).contains(&"--really-pretty".into()));
    assert_eq!(offered(&site, &["tail", "farm.s"]), ["farm.sheep.shorn", "farm.sheep.sold"]);
    assert_eq!(
        offered(&site, &["filter", "lint", "org.fedoraproject.dev.farm.sheep.so"]),
        ["org.fedoraproject.dev.farm.sheep.sold"]
    );
    assert_eq!(offered(&site, &["check", "consumer", "m"]), ["mirror"]);
    assert_eq!(offered(&site, &["config", "explain", "relay.j"]), ["relay.journal"]);
}

#[test]
fn an_archive_that_does_not_answer_keeps_nobody_waiting() {
    let mut site = site();
    // It takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    site.set(json!({"archive": {"url": format!("postgresql://nobody@{address}/archive")}}));
    assert_eq!(offered(&site, &["tail", "farm.sheep.so"]), ["farm.sheep.sold"]);
}

#[test]
fn shells_offer_what_the_program_says() {
    let site = site();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_fedhub")).parent().unwrap();
    let path = std::env::join_paths(
        [program.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let line = format!("fedhub --config {} tail farm.sheep.so", site.path("fedhub.toml").display());
    let bash = format!(
        "source {}/fedhub.bash; COMP_WORDS=({line}); COMP_CWORD=4; COMP_TYPE=9; \
         _clap_complete_fedhub fedhub farm.sheep.so tail; echo \"${{COMPREPLY[@]}}\"",
        folder.display()
    );
    let fish = format!("source {}/fedhub.fish; complete --do-complete '{line}'", folder.display());
    // zsh completes only at a prompt; what it would ask is asked in its stead.
    let zsh =
        format!("_FEDHUB_COMPLETE=zsh _CLAP_COMPLETE_INDEX=4 _CLAP_IFS=$'\\n' fedhub -- {line}");
    for (shell, script) in [("bash", bash), ("fish", fish), ("zsh", zsh)] {
        if !has(shell) {
            skipped(&format!("completion in {shell}, which is not here"));
            continue;
        }
        let mut command = Command::new(shell);
        command.arg("-c").arg(script).env("PATH", path.as_ref().unwrap());
        command.current_dir(site.path("")).env("HOME", site.path(""));
        let answer = run(&mut command).expect(0);
        assert!(
            answer.stdout.iter().any(|line| line.starts_with("farm.sheep.sold")),
            "{shell}: {answer:#?}"
        );
    }
}
