//! Programs that behave, die, hang and lie.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fedhub::journal::Record;
use fedhub::message::Message;
use tempfile::TempDir;

use super::KIND;
use crate::hub::consumer::{Consumer, Delivered, Ending, Failure};
use crate::roles::fixtures::{self, record};

const DEADLINE: Duration = Duration::from_secs(60);

fn records(bodies: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Record> {
    let numbered = bodies.into_iter().zip(1..);
    numbered.map(|(body, seq)| record(seq, body.as_ref())).collect()
}

/// A folder in which a program runs, and the consumer that runs it.
struct Bench {
    folder: TempDir,
    consumer: Option<Box<dyn Consumer>>,
}

impl Bench {
    /// A consumer with these settings that runs this shell script, in which $D is the folder.
    fn new(script: &str, settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let script = format!("D={}\n{script}", folder.path().display());
        let command = toml::Value::Array(vec!["/bin/sh".into(), "-c".into(), script.into()]);
        let consumer = build(&format!("command = {command}\n{settings}")).unwrap();
        Self { folder, consumer: Some(consumer) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn deliver(&mut self, batch: &[Record]) -> Delivered {
        self.consumer.as_mut().unwrap().deliver(batch, &Ending::default())
    }

    /// Delivers as the hub does: behind a message that failed it goes on, and whom messages are for
    /// may be away for a while. Gives what failed, by number.
    fn deliver_all(&mut self, records: &[Record]) -> Vec<(i64, String)> {
        let begin = Instant::now();
        let (mut rest, mut failed) = (records, Vec::new());
        while let Some(first) = rest.first() {
            assert!(begin.elapsed() < DEADLINE, "at {first:?}: {failed:?}");
            let batch = &rest[..rest.len().min(500)];
            let Delivered { done, failure } = self.deliver(batch);
            rest = &rest[done..];
            match failure {
                None => assert!(done > 0),
                Some(Failure::Message(why)) => {
                    failed.push((rest[0].seq, why));
                    rest = &rest[1..];
                }
                Some(Failure::Unavailable { retry_after, .. }) => {
                    std::thread::sleep(retry_after.unwrap_or_default());
                }
                Some(Failure::Gone(why)) => panic!("{why}"),
            }
        }
        failed
    }
}

fn build(settings: &str) -> fedhub::Result<Box<dyn Consumer>> {
    fixtures::build(&KIND, settings)
}

fn numbers(count: usize) -> Vec<Record> {
    records((0..count).map(|n| format!("{{\"n\": {n}}}")))
}

fn bodies(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| std::str::from_utf8(record.message.body()).unwrap()).collect()
}

fn is_running(pid: &str) -> bool {
    // A zombie has no command line.
    std::fs::read(Path::new("/proc").join(pid).join("cmdline")).is_ok_and(|line| !line.is_empty())
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < DEADLINE, "still not: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const COPY: &str = r#"while IFS= read -r line; do printf '%s\n' "$line" >> $D/got; echo ok; done"#;

#[test]
fn each_message_is_a_line_in_order_and_once() {
    let mut bench = Bench::new(COPY, "");
    let records = numbers(2000);
    assert_eq!(bench.deliver_all(&records), []);
    assert_eq!(bench.lines("got"), bodies(&records));
    let spread = [record(1, "{\"a\":\r\n [1,\n2], \"b\": \"\u{e9}\\n\"}")];
    assert_eq!(bench.deliver(&spread), Delivered::all(&spread));
    assert_eq!(bench.lines("got")[2000], "{\"a\":   [1, 2], \"b\": \"\u{e9}\\n\"}");
    let text = format!("{{\"a\":\"{}\"}}", "x".repeat(1_000_000));
    let large = [record(2, &text), record(3, &text)];
    assert_eq!(bench.deliver_all(&large), []);
    assert_eq!(bench.lines("got")[2002], bodies(&large)[0]);
}

#[test]
fn a_message_that_fails_does_not_hold_up_the_others_nor_send_them_twice() {
    let script = r#"while IFS= read -r line; do
        printf '%s\n' "$line" >> $D/got
        case $line in
        *7}) echo 'error it is odd' ;;
        *9}) echo '{"ok": false, "error": "it is \u001b[2J"}' ;;
        *) echo '{"ok":true}' ;;
        esac
    done"#;
    let mut bench = Bench::new(script, "");
    let records = numbers(300);
    let failed = bench.deliver_all(&records);
    let expected: Vec<_> = (0..300_i64)
        .filter_map(|n| match n % 10 {
            7 => Some((n + 1, "it is odd".to_owned())),
            9 => Some((n + 1, "it is \\u{1b}[2J".to_owned())),
            _ => None,
        })
        .collect();
    assert_eq!(failed, expected);
    assert_eq!(bench.lines("got"), bodies(&records));
}

#[test]
fn what_is_not_json_is_not_given() {
    let mut bench = Bench::new(COPY, "");
    let records = records(["{\"a\":1}", "{\"a\":\n", "ok", "[2]"]);
    let failed: Vec<_> = bench.deliver_all(&records).into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(failed, [2, 3]);
    assert_eq!(bench.lines("got"), ["{\"a\":1}", "[2]"]);
    let failed = bench.deliver(&records[1..2]);
    assert!(matches!(failed, Delivered { done: 0, failure: Some(Failure::Message(_)) }));
}

#[test]
fn a_program_that_dies_costs_only_the_message_it_died_of() {
    let script = r#"echo x >> $D/starts; while IFS= read -r line; do
        case $line in *1?3}) exit 3 ;; esac
        printf '%s\n' "$line" >> $D/got; echo ok
    done"#;
    let mut bench = Bench::new(script, "");
    let records = numbers(400);
    let failed = bench.deliver_all(&records);
    let numbers: Vec<_> = failed.iter().map(|(seq, _)| *seq - 1).collect();
    assert_eq!(numbers, [103, 113, 123, 133, 143, 153, 163, 173, 183, 193]);
    assert!(failed[0].1.contains("exit status: 3"), "{failed:?}");
    assert_eq!(bench.lines("starts").len(), 11);
    let fine = records.iter().filter(|r| !numbers.contains(&(r.seq - 1))).cloned();
    assert_eq!(bench.lines("got"), bodies(&fine.collect::<Vec<_>>()));
}

#[test]
fn a_program_that_hangs_is_killed_with_all_it_has_started() {
    let script = r#"echo x >> $D/starts; IFS= read -r line; echo ok
        sleep 1000 & echo $! >> $D/pids; wait"#;
    let mut bench = Bench::new(script, "timeout = 0.2");
    let failed = bench.deliver_all(&numbers(2));
    assert_eq!(failed.len(), 1);
    assert!(failed[0].1.contains("no answer within 0.2 s"), "{failed:?}");
    let pid = bench.lines("pids").remove(0);
    wait_until("the grandchild is gone", || !is_running(&pid));
}

#[test]
fn liars_are_found_out() {
    for (script, why) in [
        ("IFS= read -r line; echo ok; echo ok; cat > /dev/null", None),
        ("IFS= read -r line; echo hello; cat > /dev/null", Some("strange answer: hello")),
        ("IFS= read -r line; echo okay; cat > /dev/null", Some("strange answer: okay")),
        ("IFS= read -r line; echo '{\"ok\":1}'; cat > /dev/null", Some("strange answer")),
        ("IFS= read -r line; cat /dev/zero", Some("no end")),
        ("IFS= read -r line; exec >&-; cat > /dev/null", Some("ended")),
        ("exec <&-; sleep 1000", Some("no answer")),
    ] {
        let mut bench = Bench::new(script, "timeout = 0.5");
        let failure = bench.deliver(&numbers(1)).failure;
        match (failure, why) {
            (Some(Failure::Message(found)), Some(why)) => assert!(found.contains(why), "{found}"),
            // That the first answer is not alone may be seen only with the next message.
            (None, None) => {
                std::thread::sleep(Duration::from_millis(100));
                let failure = bench.deliver(&numbers(1)).failure;
                assert!(matches!(failure, Some(Failure::Unavailable { .. })), "{failure:?}");
            }
            (Some(Failure::Unavailable { why, .. }), None) => {
                assert!(why.contains("more messages"))
            }
            (failure, _) => panic!("{script}: {failure:?}"),
        }
    }
}

#[test]
fn one_that_cannot_run_is_away_and_one_that_always_ends_is_given_time() {
    let settings = build("command = []").err().unwrap();
    assert_eq!(settings.kind(), fedhub::Kind::Config);
    assert!(build("command = [\"\"]\neach = true").is_err());
    assert!(build("command = [\"true\"]\ntimeout = -1.0").is_err());
    for each in [false, true] {
        let settings = format!("command = [\"/no/such/program\"]\neach = {each}");
        let failure = build(&settings).unwrap().deliver(&numbers(1), &Ending::default()).failure;
        let Some(Failure::Unavailable { why, .. }) = failure else { panic!("{failure:?}") };
        assert!(why.contains("/no/such/program"), "{why}");
    }
    // One that ends before it has read anything may be gone when the message comes.
    let mut bench = Bench::new("IFS= read -r line; exit 1", "retry = 1000.0\nretry_max = 2000.0");
    assert!(matches!(bench.deliver(&numbers(1)).failure, Some(Failure::Message(_))));
    let second = bench.deliver(&numbers(1)).failure;
    let Some(Failure::Unavailable { retry_after: Some(pause), .. }) = second else {
        panic!("{second:?}")
    };
    assert!(pause > Duration::from_secs(500));
    let mut bench = Bench::new("IFS= read -r line; exit 75", "retry = 1000.0");
    assert!(matches!(bench.deliver(&numbers(1)).failure, Some(Failure::Unavailable { .. })));
}

#[test]
fn the_end_is_said_by_closing_the_input_and_then_less_politely() {
    let mut bench = Bench::new(&format!("{COPY}; echo done >> $D/end"), "");
    bench.deliver_all(&numbers(3));
    bench.consumer = None;
    assert_eq!(bench.lines("end"), ["done"]);
    let stubborn = "trap '' TERM; echo $$ > $D/pids; IFS= read -r line; echo ok; \
                    while :; do sleep 0.01; done";
    let mut bench = Bench::new(stubborn, "");
    bench.deliver_all(&numbers(1));
    bench.consumer = None;
    assert!(!is_running(&bench.lines("pids")[0]));
}

#[test]
fn when_the_end_is_asked_for_what_was_answered_counts() {
    let mut bench = Bench::new("IFS= read -r line; echo ok; touch $D/one; cat > /dev/null", "");
    let ending = Ending::default();
    let (end, one) = (ending.clone(), bench.path("one"));
    let asking = std::thread::spawn(move || {
        wait_until("one is answered", || one.exists());
        end.ask();
    });
    let delivered = bench.consumer.as_mut().unwrap().deliver(&numbers(100), &ending);
    assert_eq!(delivered, Delivered { done: 1, failure: None });
    asking.join().unwrap();
}

#[test]
fn a_program_for_each_message_gets_it_and_says_what_became_of_it() {
    let script = r#"body=$(cat)
        printf '%s %s %s\n' "$FEDHUB_TOPIC" "$FEDHUB_MSG_ID" "$body" >> $D/got
        case $body in
        *later*) echo 'not now' >&2; exit 75 ;;
        *never*) echo 'not ever' >&2; echo more >&2; exit 1 ;;
        *loud*) head -c 1000000 /dev/zero ;;
        esac"#;
    let mut bench = Bench::new(script, "each = true");
    let batch = records([r#"{"msg_id": "2026-1"}"#, r#""loud""#, "not json"]);
    assert_eq!(bench.deliver(&batch), Delivered::all(&batch));
    let got = ["org.x.t 2026-1 {\"msg_id\": \"2026-1\"}", "org.x.t  \"loud\"", "org.x.t  not json"];
    assert_eq!(bench.lines("got"), got);
    let failed = bench.deliver(&records(["1", "never", "2"]));
    assert_eq!(failed, Delivered::until(1, Failure::Message("not ever".into())));
    let failed = bench.deliver(&records(["later"]));
    let later = Failure::Unavailable { why: "not now".into(), retry_after: None };
    assert_eq!(failed, Delivered::until(0, later));
}

#[test]
fn a_program_for_each_message_need_not_read_it_and_must_end() {
    let large = records([format!("\"{}\"", "x".repeat(1_000_000))]);
    let mut bench = Bench::new("exit 0", "each = true");
    assert_eq!(bench.deliver(&large), Delivered::all(&large));
    let mut bench = Bench::new("cat > $D/got", "each = true");
    assert_eq!(bench.deliver(&large), Delivered::all(&large));
    assert_eq!(bench.lines("got"), bodies(&large));
    let script = "sleep 1000 & echo $! > $D/pids; wait";
    let mut bench = Bench::new(script, "each = true\ntimeout = 0.2");
    let failure = bench.deliver(&large).failure;
    let Some(Failure::Message(why)) = failure else { panic!("{failure:?}") };
    assert!(why.contains("more than 0.2 s"), "{why}");
    let pid = bench.lines("pids").remove(0);
    wait_until("the grandchild is gone", || !is_running(&pid));
    let mut odd = record(1, "{}");
    odd.message = Message::new("a\0b", "{}");
    assert!(matches!(bench.deliver(&[odd]).failure, Some(Failure::Message(_))));
}
