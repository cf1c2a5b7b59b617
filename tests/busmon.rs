//! `fedhub busmon` in a real terminal, which tmux plays.

mod views;

use std::cell::Cell;
use std::process::Command;

use serde_json::json;
use zmq::Socket;

use crate::harness::{Process, Site, free_endpoint, run, skipped, wait_until};
use crate::hub::{self, Bed};
use crate::relay::{publisher_to, receive, start_relay, subscriber_to};
use crate::terminal::{bound_publisher, wait_for_subscription};

/// A terminal with a shell in it.
struct Terminal {
    site: Site,
    /// Names tmux's server; each test has one of its own.
    server: String,
    /// How often the terminal's modes were asked for.
    asked: Cell<u32>,
}

impl Terminal {
    /// A terminal of this size, or nothing where there is no tmux.
    fn open(name: &str, width: u16, height: u16) -> Option<Self> {
        let tmux = Command::new("tmux").arg("-V").output();
        if !tmux.is_ok_and(|output| output.status.success()) {
            skipped("busmon in a terminal; it needs tmux");
            return None;
        }
        let server = format!("fedhub-{name}-{}", std::process::id());
        let terminal = Self { site: Site::new(json!({})), server, asked: Cell::new(0) };
        let shell =
            format!("env PS1='ready$ ' ENV= HOME={} sh -i", terminal.site.path("").display());
        let size = [width.to_string(), height.to_string()];
        let config = Command::new("tmux")
            .args(["-L", &terminal.server, "-f", "/dev/null"])
            .args(["new-session", "-d", "-x", &size[0], "-y", &size[1], &shell])
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        assert!(config.status.success(), "{config:?}");
        terminal.wait_for("ready$");
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        run(command.args(["-L", &self.server]).args(arguments).env_remove("TMUX")).stdout.join("\n")
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    #[track_caller]
    fn wait_for(&self, text: &str) {
        wait_until(&format!("{text:?} on the screen"), || self.screen().contains(text));
    }

    /// Types text or, by tmux's names, keys.
    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Starts busmon in the shell.
    fn busmon(&self, arguments: &str) {
        let program = env!("CARGO_BIN_EXE_fedhub");
        let settings = self.site.path("fedhub.toml");
        let line = format!("{program} --config {} busmon {arguments}", settings.display());
        self.keys(&["-l", &line]);
        self.keys(&["Enter"]);
    }

    /// What tmux says about the terminal's modes: alternate screen, mouse, cursor.
    fn modes(&self) -> String {
        self.tmux(&["display", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"])
    }

    /// The process that has the terminal.
    fn process(&self, name: &str) -> Option<String> {
        let tty = self.tmux(&["display", "-p", "#{pane_tty}"]);
        let found =
            Command::new("ps").args(["-o", "pid=,comm=", "-t", tty.trim()]).output().unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        let line = found.lines().find(|line| line.ends_with(name))?;
        Some(line.split_whitespace().next()?.to_owned())
    }

    /// The terminal as the shell had it.
    #[track_caller]
    fn expect_given_back(&self) {
        wait_until("the terminal given back", || self.modes().trim() == "0 0 1");
        // Who types sees it, and lines are read as lines. The sum tells one answer from the next.
        let number = self.asked.get() + 1;
        self.asked.set(number);
        let line = format!(
            "echo $((1000 + {number})): $(stty -a | tr ' ;' '\\n\\n' | grep -cx -e icanon -e echo)"
        );
        self.keys(&["-l", &line]);
        self.keys(&["Enter"]);
        self.wait_for(&format!("{}: 2", 1000 + number));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended with its shell.
        let _ = Command::new("tmux").args(["-L", &self.server, "kill-server"]).output();
    }
}

fn publish(publisher: &Socket, topic: &str, log: &str) {
    let body = json!({"i": 1, "msg": {"log": log}, "msg_id": "2026-1", "timestamp": 1_793_880_271,
        "topic": topic, "username": "alice"});
    publisher.send_multipart([topic, &body.to_string()], 0).unwrap();
}

const TOPIC: &str = "org.fedoraproject.dev.logger.log";

#[test]
fn live_messages_are_followed_held_filtered_and_opened() {
    let Some(terminal) = Terminal::open("live", 120, 24) else { return };
    let (publisher, endpoint) = bound_publisher();
    let sent = terminal.site.path("sent");
    terminal.tmux(&["pipe-pane", "-o", &format!("cat > {}", sent.display())]);
    terminal.busmon(&format!("--endpoint {endpoint} --no-validate"));
    terminal.wait_for("Waiting for messages");
    wait_for_subscription(&publisher);
    for number in 1..=50 {
        publish(&publisher, TOPIC, &format!("message number {number}."));
    }
    publish(&publisher, TOPIC, "\u{1b}[2J\u{1b}[41mno red screen\u{202e}\u{9b}\u{1b}]0;title\u{7}");
    terminal.wait_for("FOLLOWING  51 messages");
    terminal.wait_for("message number 50.");
    terminal.wait_for("\\u{1b}[2J\\u{1b}[41mno red screen\\u{202e}");

    terminal.keys(&["Space"]);
    terminal.wait_for("PAUSED");
    publish(&publisher, TOPIC, "while paused");
    terminal.wait_for("1 wait, none lost");
    assert!(!terminal.screen().contains("while paused"));
    terminal.keys(&["Space"]);
    terminal.wait_for("while paused");

    terminal.keys(&["/"]);
    terminal.keys(&["-l", "number 7."]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("1 of 1 found");
    terminal.keys(&["Enter"]);
    terminal.wait_for("▾ msg");
    terminal.keys(&["Escape"]);
    wait_until("the message closed", || !terminal.screen().contains("▾ msg"));
    terminal.keys(&["f"]);
    terminal.keys(&["-l", ".msg.log == \"while paused\""]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("1 of 52");

    terminal.tmux(&["resize-window", "-x", "60", "-y", "15"]);
    terminal.wait_for("1 of 52");
    terminal.keys(&["q"]);
    terminal.expect_given_back();
    let sent = std::fs::read_to_string(sent).unwrap();
    assert!(sent.contains("\u{1b}[?1049h"), "nothing was sent");
    for harmful in ["\u{1b}[41m", "\u{202e}", "\u{9b}", "\u{1b}]0;"] {
        assert!(!sent.contains(harmful), "{harmful:?} reached the terminal");
    }
    // What was typed is there the next time.
    let past = std::fs::read_to_string(terminal.site.path(".local/state/fedhub/busmon.history"));
    assert!(past.unwrap().contains("filter\t.msg.log == \"while paused\""));
}

#[test]
fn the_terminal_is_given_back_while_it_is_stopped_and_after_signals() {
    let Some(terminal) = Terminal::open("stopped", 80, 24) else { return };
    let (_publisher, endpoint) = bound_publisher();
    let start = format!("--endpoint {endpoint} --no-validate");
    terminal.busmon(&start);
    terminal.wait_for("Waiting for messages");
    wait_until("modes", || terminal.modes().trim() == "1 1 0");
    terminal.keys(&["C-z"]);
    terminal.expect_given_back();
    terminal.keys(&["-l", "fg"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("Waiting for messages");
    wait_until("modes", || terminal.modes().trim() == "1 1 0");
    // From outside it is the same.
    for signal in ["-TSTP", "-TERM", "-HUP"] {
        let process = terminal.process("fedhub").unwrap();
        run(Command::new("kill").args([signal, &process])).expect(0);
        terminal.expect_given_back();
        if signal == "-TSTP" {
            terminal.keys(&["-l", "fg"]);
            terminal.keys(&["Enter"]);
        } else if signal == "-TERM" {
            terminal.busmon(&start);
        }
        if signal != "-HUP" {
            terminal.wait_for("Waiting for messages");
            wait_until("modes", || terminal.modes().trim() == "1 1 0");
        }
    }
}

#[test]
fn it_ends_with_its_terminal() {
    // With another stdin it reads keys from the terminal all the same, but does not watch it.
    for stdin in ["", "</dev/null"] {
        let Some(terminal) = Terminal::open("gone", 80, 24) else { return };
        terminal.busmon(&format!("--endpoint tcp://127.0.0.1:1 {stdin}"));
        terminal.wait_for("Waiting for messages");
        let process = terminal.process("fedhub").unwrap();
        terminal.tmux(&["kill-server"]);
        wait_until("busmon has ended", || {
            !std::path::Path::new("/proc").join(&process).join("exe").exists()
        });
    }
}

#[test]
fn without_a_screen_each_message_is_a_line() {
    let site = Site::new(json!({}));
    let (publisher, endpoint) = bound_publisher();
    let arguments = ["busmon", "--endpoint", &endpoint, "--no-validate", "user=alice"];
    let busmon = Process::spawn("busmon", &mut site.fedhub(&arguments));
    wait_for_subscription(&publisher);
    publish(&publisher, TOPIC, "\u{1b}[2Jhello\u{202e}");
    publisher.send_multipart(["org.fedoraproject.dev.odd\u{7}", "[1]"], 0).unwrap();
    publish(&publisher, TOPIC, "goodbye");
    busmon.wait_for_line("goodbye");
    let finished = busmon.stop().expect(0);
    let said: Vec<&str> = finished.stdout.iter().map(|line| &line[9..]).collect();
    let expected = "logger.log alice logged \\u{1b}[2Jhello\\u{202e}";
    assert_eq!(said, [expected, "logger.log alice logged goodbye"]);
}

#[test]
fn wrong_keys_are_told_before_the_screen_is_taken() {
    let site = Site::new(json!({}));
    let file = site.path("busmon.toml");
    std::fs::write(&file, "[keys]\nfolow = [\"x\"]\n").unwrap();
    let settings = file.display().to_string();
    let finished = run(&mut site.fedhub(&["busmon", "--settings", &settings])).expect(78);
    let stderr = finished.stderr.join("\n");
    assert!(stderr.contains("there is no action \"folow\""), "{stderr}");
    let printed = run(&mut site.fedhub(&["busmon", "--keys"])).expect(0).stdout.join("\n");
    assert!(printed.contains("quit = [\"q\", \"ctrl-c\"]"), "{printed}");
    std::fs::write(&file, printed).unwrap();
    run(&mut site.fedhub(&["busmon", "--settings", &settings, "--keys"])).expect(0);
}

#[test]
fn a_journal_shows_what_it_has_and_what_comes() {
    let Some(terminal) = Terminal::open("journal", 80, 24) else { return };
    let bed = Bed::new(json!({}));
    let (_hub, publisher) = bed.start();
    let publish = |numbers: std::ops::Range<usize>| {
        numbers.for_each(|number| hub::publish(&publisher, &hub::body(number, false)));
    };
    publish(0..30);
    let journal = bed.site.path("hub.db");
    wait_until("the journal is there", || journal.exists());
    terminal.busmon(&format!("--no-validate --journal {}", journal.display()));
    terminal.wait_for("30 messages");
    publish(30..35);
    terminal.wait_for("35 messages");
}

#[test]
fn before_the_first_message_comes_what_the_hub_has_kept() {
    let Some(mut terminal) = Terminal::open("before", 80, 24) else { return };
    let bed = Bed::new(json!({}));
    terminal.site.set(json!({
        "endpoints": {"test": [bed.site.setting("/endpoints/test/0")]},
        "hub": {"journal": bed.site.path("hub.db")},
    }));
    let (_hub, publisher) = bed.start();
    let publish = |number| hub::publish(&publisher, &hub::body(number, false));
    (0..40).for_each(publish);
    wait_until("the hub has them", || bed.stored() == 40);
    terminal.busmon("--no-validate");
    terminal.wait_for("Waiting for messages");
    let mut sent = 40;
    wait_until("busmon hears the publisher", || {
        publish(sent);
        sent += 1;
        !terminal.screen().contains("Waiting for messages")
    });
    wait_until("the hub has all", || bed.stored() == sent);
    // Both have the last ones, and they are shown once.
    terminal.keys(&["g"]);
    terminal.wait_for(&format!("  {sent} messages"));
}

#[test]
fn a_hub_elsewhere_shows_what_it_has_and_what_comes() {
    let Some(terminal) = Terminal::open("hub", 80, 24) else { return };
    let mut bed = Bed::new(json!({}));
    let replay = free_endpoint();
    let journal = bed.site.path("hub.db");
    bed.site.set(json!({"hub": {"journal": journal, "replay": replay}}));
    let (_hub, publisher) = bed.start();
    let publish = |numbers: std::ops::Range<usize>| {
        numbers.for_each(|number| hub::publish(&publisher, &hub::body(number, false)));
    };
    publish(0..300);
    wait_until("the hub has them", || bed.stored() == 300);
    terminal.busmon(&format!("--no-validate --hub {replay}"));
    terminal.wait_for("300 messages");
    publish(300..305);
    terminal.wait_for("305 messages");
    // The oldest are on another page than the newest.
    terminal.keys(&["g"]);
    terminal.wait_for("304 below");
    wait_until("the oldest was read and its id copied", || {
        terminal.keys(&["y"]);
        terminal.screen().contains("copied id: 2026-0")
    });
}

#[test]
fn what_is_copied_reaches_the_clipboard_through_tmux() {
    let Some(terminal) = Terminal::open("copy", 80, 24) else { return };
    let (publisher, endpoint) = bound_publisher();
    terminal.tmux(&["set-option", "-g", "set-clipboard", "on"]);
    terminal.busmon(&format!("--endpoint {endpoint} --no-validate"));
    terminal.wait_for("Waiting for messages");
    wait_for_subscription(&publisher);
    publish(&publisher, TOPIC, "to be \u{1b}[31mcopied");
    terminal.wait_for("copied");
    let clipboard = || {
        let shown = Command::new("tmux").args(["-L", &terminal.server, "show-buffer"]).output();
        String::from_utf8(shown.unwrap().stdout).unwrap()
    };
    terminal.keys(&["y"]);
    terminal.wait_for("copied id: 2026-1");
    wait_until("the id in the clipboard", || clipboard() == "2026-1");
    terminal.keys(&["-l", ":copy topic"]);
    terminal.keys(&["Enter"]);
    wait_until("the topic in the clipboard", || clipboard() == TOPIC);
    terminal.keys(&["Y"]);
    terminal.wait_for("bytes of JSON");
    wait_until("the message in the clipboard", || {
        let copied: serde_json::Value = serde_json::from_str(&clipboard()).unwrap_or_default();
        copied["msg"]["log"] == "to be \u{1b}[31mcopied"
    });
    assert!(!clipboard().contains('\u{1b}'));
    terminal.keys(&["o"]);
    terminal.wait_for("the message has no link");
    terminal.keys(&["C-l"]);
    terminal.wait_for("FOLLOWING  1 messages");
    terminal.wait_for("logger.log");
}

#[test]
fn what_is_exported_is_played_as_it_came() {
    let Some(mut terminal) = Terminal::open("export", 100, 24) else { return };
    let (publisher, endpoint) = bound_publisher();
    terminal.site.set(json!({"validate_signatures": false}));
    let start = format!("--endpoint {endpoint}");
    terminal.busmon(&start);
    terminal.wait_for("Waiting for messages");
    wait_for_subscription(&publisher);
    let body = |number: u32| format!("{{ \"i\": {number}, \"é\": \"\\u00e9\", \"n\": 1.50 }}");
    for number in 0..20 {
        let topic = if number % 2 == 0 { "org.x.dev.even.one" } else { "org.x.dev.odd.one" };
        publisher.send_multipart([topic, &body(number)], 0).unwrap();
    }
    terminal.wait_for("20 messages");
    terminal.keys(&["-l", ":filter even.*"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("10 of 20");
    let file = terminal.site.path("even.ndjson");
    let export = format!(":export shown {}", file.display());
    terminal.keys(&["-l", &export]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("10 messages written");
    let before = std::fs::read(&file).unwrap();
    // A second time it is asked, and who says no has the old file.
    terminal.keys(&["F"]);
    terminal.keys(&["-l", &export]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("is there already");
    terminal.keys(&["n"]);
    terminal.wait_for("20 messages");
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let other = Site::new(json!({"validate_signatures": false}));
    let (_relay, inbound, outbound) = start_relay(&other, &[]);
    let subscriber = subscriber_to(&outbound, &publisher_to(&inbound));
    let file = file.display().to_string();
    run(&mut other.fedhub(&["play", &file, "--to", &inbound, "--pace", "1e6/s"])).expect(0);
    for number in (0..20).step_by(2) {
        let frames = receive(&subscriber);
        assert_eq!(frames, [b"org.x.dev.even.one".to_vec(), body(number).into_bytes()]);
    }
}

#[test]
fn messages_are_sent_again_only_after_a_dry_run_and_a_yes() {
    let Some(mut terminal) = Terminal::open("replay", 100, 24) else { return };
    let (source, endpoint) = bound_publisher();
    let relayed = Site::new(json!({"validate_signatures": false}));
    let (_relay, inbound, outbound) = start_relay(&relayed, &[]);
    let subscriber = subscriber_to(&outbound, &publisher_to(&inbound));
    terminal.site.set(json!({"validate_signatures": false, "relay_inbound": [inbound]}));
    terminal.busmon(&format!("--endpoint {endpoint}"));
    terminal.wait_for("Waiting for messages");
    wait_for_subscription(&source);
    let body = |number: u32| format!("{{ \"i\": {number}, \"n\": 1.50 }}");
    for number in 0..3 {
        source.send_multipart(["org.x.dev.again.one", &body(number)], 0).unwrap();
    }
    terminal.wait_for("3 messages");
    terminal.keys(&["r"]);
    terminal.wait_for("replay: selected");
    terminal.keys(&["Enter"]);
    terminal.wait_for("Nothing was sent yet");
    terminal.wait_for("1 message,");
    terminal.keys(&["n"]);
    terminal.wait_for("nothing was sent");
    terminal.keys(&["-l", ":replay shown"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("Nothing was sent yet");
    assert!(subscriber.poll(zmq::POLLIN, 0).unwrap() == 0, "sent before anybody said yes");
    terminal.keys(&["y"]);
    terminal.wait_for("3 of 3 messages were sent");
    for number in 0..3 {
        let frames = receive(&subscriber);
        assert_eq!(frames, [b"org.x.dev.again.one".to_vec(), body(number).into_bytes()]);
    }
    // The first answer was no, so the one message came once.
    assert!(subscriber.poll(zmq::POLLIN, 0).unwrap() == 0);
}

#[test]
fn dumb_terminals_and_those_without_unicode_get_what_they_can_show() {
    let Some(terminal) = Terminal::open("dumb", 80, 24) else { return };
    let (publisher, endpoint) = bound_publisher();
    let sent = terminal.site.path("sent");
    terminal.tmux(&["pipe-pane", "-o", &format!("cat > {}", sent.display())]);
    terminal.keys(&["-l", "export TERM=dumb LC_ALL=C"]);
    terminal.keys(&["Enter"]);
    terminal.busmon(&format!("--endpoint {endpoint} --no-validate"));
    wait_until("a line", || {
        publish(&publisher, TOPIC, "zażółć");
        terminal.screen().contains("logger.log alice logged")
    });
    terminal.wait_for("za????");
    terminal.keys(&["C-c"]);
    terminal.wait_for("ready$ ");
    let lines = std::fs::read_to_string(&sent).unwrap();
    assert!(!lines.contains("\u{1b}[?1049h") && lines.is_ascii(), "{lines:?}");

    // The same locale on a terminal that can be drawn on.
    terminal.keys(&["-l", "export TERM=screen"]);
    terminal.keys(&["Enter"]);
    terminal.busmon(&format!("--endpoint {endpoint} --no-validate"));
    terminal.wait_for("Waiting for messages~");
    wait_until("a message", || {
        publish(&publisher, TOPIC, "zażółć");
        terminal.screen().contains("za????")
    });
    assert!(terminal.screen().is_ascii());
}
