//! Exports, replays, copies and links: what they ask, and what comes of them.

use std::path::Path;
use std::time::{Duration, Instant};

use fedhub::config::Config;
use fedhub::recording::Reader;
use fedhub::replay::Target;

use super::{BEGIN, drawn, press, relay, state, text};
use crate::state::{Effect, State};

/// The screen, once this is on it.
#[track_caller]
fn wait_for(state: &mut State, what: &str) -> Vec<String> {
    let begin = Instant::now();
    loop {
        state.work();
        state.tick(BEGIN * 1_000_000);
        let screen = text(&drawn(state, 100, 24));
        if screen.iter().any(|line| line.contains(what)) {
            return screen;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "no {what:?} in {screen:#?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The numbers of the messages in a recording.
fn numbers(path: &Path) -> Vec<u64> {
    let recorded = Reader::open(path).unwrap().map(|one| one.unwrap().message);
    let number = |message: fedhub::message::Message| {
        let id = message.msg_id().unwrap().to_owned();
        id.strip_prefix("2026-").unwrap().parse().unwrap()
    };
    recorded.map(number).collect()
}

fn command(state: &mut State, line: &str) {
    press(state, &format!(": \"{line}\" enter"));
}

#[test]
fn what_is_shown_or_marked_is_exported() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut state = state(3000);
    command(&mut state, &format!("export shown {}", path("all").display()));
    wait_for(&mut state, "3,000 messages written to ");
    assert_eq!(numbers(&path("all")), (0..3000).collect::<Vec<_>>());

    press(&mut state, r#"f "logger.*" enter"#);
    command(&mut state, &format!("export {}", path("filtered").display()));
    wait_for(&mut state, "750 messages written to ");
    assert!(numbers(&path("filtered")).iter().all(|number| matches!(number % 8, 3 | 6)));

    press(&mut state, "F g m j j m");
    command(&mut state, &format!("export bookmarks {}", path("marked").display()));
    wait_for(&mut state, "2 messages written to ");
    command(&mut state, &format!("export selected {}", path("selected").display()));
    wait_for(&mut state, "1 message written to ");
    let marked = numbers(&path("marked"));
    assert_eq!((marked.len(), &numbers(&path("selected"))[..]), (2, &marked[1..]));
}

#[test]
fn a_file_that_is_there_is_written_over_only_when_somebody_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, "precious").unwrap();
    let mut state = state(5);
    let export = format!("export shown {}", path.display());
    for no in ["n", "esc", "ctrl-c", "q"] {
        command(&mut state, &export);
        wait_for(&mut state, "is there already");
        // Other keys mean nothing now.
        press(&mut state, &format!("j enter {no}"));
        assert!(state.question.is_none() && state.task.is_none());
    }
    assert!(!state.effects.contains(&Effect::Quit));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    command(&mut state, &export);
    press(&mut state, "y");
    wait_for(&mut state, "5 messages written");
    assert_eq!(numbers(&path).len(), 5);
    command(&mut state, &format!("export shown {}/no/such", dir.path().display()));
    wait_for(&mut state, "cannot write");
}

#[test]
fn a_file_that_came_meanwhile_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let work = crate::export::Export::start(path.clone(), fedhub::recording::Existing::Refuse);
    drop(work);
    let begin = Instant::now();
    while !path.exists() {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    let mut again =
        crate::export::Export::start(path, fedhub::recording::Existing::Refuse).unwrap();
    again.finish();
    let outcome = loop {
        if let Some(outcome) = again.work.outcome() {
            break outcome;
        }
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    };
    assert!(outcome.unwrap_err().to_string().contains("is there already"));
}

#[test]
fn nothing_is_sent_without_a_yes_and_what_is_invalid_never() {
    let mut state = state(8);
    command(&mut state, "replay shown");
    let screen = wait_for(&mut state, "no message can be sent");
    assert!(screen.iter().any(|line| line.contains("8 without a valid signature")), "{screen:#?}");
    assert!(state.question.is_none() && state.task.is_none());
    let meta = state.abouts.meta().unwrap().clone();
    state.equip(crate::state::about::Tools { meta, verifier: None });
    command(&mut state, "replay shown");
    wait_for(&mut state, "Nothing was sent yet");
    press(&mut state, "n");
    wait_for(&mut state, "nothing was sent");
    // Where nobody listens that is said, and the screen lives on meanwhile.
    let config = Config { publish_timeout: 0.2, ..Config::default() };
    state.target = Some(Target::new(&config, Some("tcp://127.0.0.1:1"), false));
    command(&mut state, "replay selected");
    wait_for(&mut state, "Nothing was sent yet");
    press(&mut state, "y");
    wait_for(&mut state, "0 of 1 messages were sent");
    state.target = Some(relay());
    command(&mut state, "replay selected tcp://127.0.0.1:notaport");
    assert!(state.notice.is_some() && state.task.is_none());
}

#[test]
fn too_many_messages_are_not_sent_from_here() {
    let mut state = state(10_001);
    let meta = state.abouts.meta().unwrap().clone();
    state.equip(crate::state::about::Tools { meta, verifier: None });
    command(&mut state, "replay shown");
    wait_for(&mut state, "more than 10,000 messages");
    assert!(state.question.is_none() && state.task.is_none());
}

#[test]
fn who_ends_is_asked_while_something_goes_on() {
    let mut state = state(8);
    let meta = state.abouts.meta().unwrap().clone();
    state.equip(crate::state::about::Tools { meta, verifier: None });
    state.target = Some(Target::new(&Config::default(), Some("tcp://127.0.0.1:1"), false));
    command(&mut state, "replay shown");
    press(&mut state, "y q");
    wait_for(&mut state, "replay 0 of 8 goes on");
    press(&mut state, "n");
    assert!(!state.effects.contains(&Effect::Quit));
    press(&mut state, "q y");
    assert!(state.effects.contains(&Effect::Quit));
    press(&mut state, "x");
    wait_for(&mut state, "0 of 8 messages were sent");
}

#[test]
fn a_link_is_opened_by_a_program_and_its_failure_is_told() {
    let mut state = state(1);
    drawn(&mut state, 80, 24);
    state.opener = vec!["no-such-program-anywhere".into()];
    press(&mut state, "o");
    let notice = state.notice.clone().unwrap();
    assert!(notice.contains("cannot start") && notice.contains("https://"), "{notice}");
    state.opener = vec!["false".into()];
    press(&mut state, "o");
    wait_for(&mut state, "false has failed");
}
