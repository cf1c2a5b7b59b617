//! Runners with consumers that fail in every way there is.

use std::io::Write;
use std::path::Path;

use fedhub::journal::{Entry, Options, QuarantineState, Quarantined, Retention};
use fedhub::message::Message;

use super::*;

/// Appends each body to a file. A body says itself what goes wrong with it.
struct Recorder {
    file: PathBuf,
}

const KIND: Kind = Kind {
    name: "recorder",
    build: |context| Ok(Box::new(Recorder { file: context.settings.command[0].clone().into() })),
};

impl Consumer for Recorder {
    fn deliver(&mut self, batch: &[Record], _: &Ending) -> Delivered {
        for (done, record) in batch.iter().enumerate() {
            let body = String::from_utf8_lossy(record.message.body()).into_owned();
            let failure = match body.split(' ').nth(1) {
                Some("bad") => Failure::Message("it is bad".into()),
                Some("panic") => panic!("as the message says"),
                Some("gone") => Failure::Gone("no more".into()),
                Some("away") if !self.file.with_extension("back").exists() => {
                    Failure::Unavailable { why: "away".into(), retry_after: None }
                }
                _ => {
                    let mut file = std::fs::File::options()
                        .create(true)
                        .append(true)
                        .open(&self.file)
                        .unwrap();
                    writeln!(file, "{body}").unwrap();
                    continue;
                }
            };
            return Delivered::until(done, failure);
        }
        Delivered::all(batch)
    }
}

/// A journal, and one consumer of it at work.
struct Site {
    dir: tempfile::TempDir,
    journal: Arc<Journal>,
    ending: Ending,
    status: Arc<ConsumerStatus>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    fn new(settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let retention = Retention { max_age: Duration::ZERO, max_size: 0 };
        let journal = Arc::new(Journal::open(Options { path, retention }).unwrap());
        let mut site = Self {
            status: Arc::new(ConsumerStatus::new(
                "c",
                &consumer(dir.path(), settings),
                everything(),
            )),
            dir,
            journal,
            ending: Ending::default(),
            thread: None,
        };
        // As the hub places it.
        site.store().seek("c", 0).unwrap();
        site.start(settings);
        site
    }

    fn start(&mut self, settings: &str) {
        let mut config = Config::default();
        config.consumers.insert("c".into(), consumer(self.dir.path(), settings));
        self.ending = Ending::default();
        let runner = Runner {
            name: "c".into(),
            kind: KIND,
            config: Arc::new(config),
            rules: Arc::default(),
            journal: Arc::clone(&self.journal),
            journal_path: self.dir.path().join("journal"),
            verdicts: &["valid"],
            status: Arc::clone(&self.status),
            ending: self.ending.clone(),
        };
        self.thread = Some(std::thread::spawn(|| runner.run()));
    }

    fn stop(&mut self) {
        self.ending.ask();
        self.thread.take().unwrap().join().unwrap();
        // As the hub does at its end.
        self.journal.flush().unwrap();
    }

    fn publish(&self, topic: &str, bodies: &[&str], verdict: &'static str) {
        let entry = |body: &&str| Entry {
            message: Message::new(topic, *body),
            received: journal::now(),
            endpoint: None,
            verdict,
        };
        self.journal.append_batch(bodies.iter().map(entry).collect()).unwrap();
    }

    fn delivered(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.dir.path().join("out")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn store(&self) -> Store {
        Store::open(&self.dir.path().join("journal")).unwrap()
    }

    fn quarantined(&self) -> Vec<Quarantined> {
        self.store().quarantined(Some("c"), None, 0).unwrap()
    }

    #[track_caller]
    fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !condition(self) {
            assert!(Instant::now() < deadline, "still not: {what}; {:?}", self.delivered());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn consumer(dir: &Path, settings: &str) -> fedhub::config::Consumer {
    let out = dir.join("out");
    toml::from_str(&format!(
        "type = 'recorder'\ncommand = [{:?}]\n{settings}",
        out.display().to_string()
    ))
    .unwrap()
}

/// A filter that wants everything.
fn everything() -> fedhub::filter::Filter {
    let config = fedhub::config::Config::default();
    super::super::filters::Filters::new(&config, &Rules::default())
        .of(&consumer(Path::new("."), ""))
        .unwrap()
}

#[test]
fn each_valid_message_of_its_topics_comes_once_and_in_order() {
    let mut site = Site::new("topics = ['a.']");
    site.publish("a.b", &["1", "2"], "valid");
    site.publish("b.a", &["other topic"], "valid");
    site.publish("a.b", &["forged"], "bad-signature");
    site.publish("a.b", &["3"], "valid");
    site.wait_until("three", |site| site.delivered().len() == 3);
    site.wait_until("the cursor", |site| site.store().position("c").unwrap() == 5);
    site.stop();
    site.publish("a.b", &["4"], "valid");
    site.start("topics = ['a.']");
    site.wait_until("four", |site| site.delivered().len() == 4);
    assert_eq!(site.delivered(), ["1", "2", "3", "4"]);
    site.stop();
}

#[test]
fn a_message_that_fails_goes_to_quarantine_and_holds_up_nobody() {
    let mut site = Site::new("attempts = 3\nretry = 0.001");
    site.publish("t", &["1", "2 bad", "3", "4 panic", "5"], "valid");
    let settled = |site: &Site| {
        let all = site.quarantined();
        all.len() == 2 && all.iter().all(|one| one.state == QuarantineState::Waiting)
    };
    site.wait_until("two in quarantine", settled);
    site.wait_until("all good ones", |site| site.delivered().contains(&"5".to_owned()));
    let mut delivered = site.delivered();
    // What was in one batch with a panic may come twice.
    delivered.dedup();
    delivered.retain(|body| body != "1" && body != "3");
    assert_eq!(delivered, ["5"]);
    let all = site.quarantined();
    assert_eq!(all[0].record.message.body(), b"2 bad");
    assert_eq!((all[0].reason.as_str(), all[0].attempts), ("it is bad", 3));
    assert!(all[1].reason.contains("panicked"), "{}", all[1].reason);
    site.stop();
}

#[test]
fn what_came_of_a_try_counts_before_it_is_on_disk() {
    let mut site = Site::new("attempts = 2\nretry = 0.5");
    site.publish("t", &["1 bad"], "valid");
    site.wait_until("it is to be tried again", |site| site.quarantined().len() == 1);
    let other = rusqlite::Connection::open(site.dir.path().join("journal")).unwrap();
    other.busy_timeout(Duration::from_secs(60)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let due = site.quarantined()[0].due.expect("it was not tried before the journal was locked");
    site.wait_until("it is due", |_| journal::now() > due + 500_000);
    other.execute_batch("ROLLBACK").unwrap();
    site.wait_until("it was given up", |site| site.quarantined()[0].due.is_none());
    site.stop();
    assert_eq!(site.quarantined()[0].attempts, 2);
}

#[test]
fn what_is_retried_with_success_leaves_quarantine() {
    let mut site = Site::new("attempts = 1\nretry = 0.001");
    site.publish("t", &["1 bad"], "valid");
    site.wait_until("it is there", |site| site.quarantined().len() == 1);
    site.store().quarantine_retry(&[site.quarantined()[0].id]).unwrap();
    site.wait_until("it was tried again", |site| site.quarantined()[0].attempts == 2);
    assert_eq!(site.quarantined()[0].state, QuarantineState::Waiting);
    site.stop();
}

#[test]
fn who_is_away_is_waited_for_and_misses_nothing() {
    let mut site = Site::new("attempts = 1\nretry = 0.001");
    site.publish("t", &["1", "2 away", "3"], "valid");
    site.wait_until("the first", |site| site.delivered() == ["1"]);
    let trouble = |site: &Site| {
        let mut snapshot = crate::monitor::Snapshot::default();
        site.status.describe(0, &mut snapshot);
        snapshot.problems.iter().any(|problem| problem.contains("away"))
    };
    site.wait_until("it is said", trouble);
    std::fs::write(site.dir.path().join("out.back"), "").unwrap();
    site.wait_until("the rest", |site| site.delivered() == ["1", "2 away", "3"]);
    site.wait_until("it is well again", |site| !trouble(site));
    assert!(site.quarantined().is_empty());
    site.stop();
}

#[test]
fn who_wants_no_more_gets_no_more() {
    let mut site = Site::new("retry = 0.001");
    site.publish("t", &["1", "2 gone", "3"], "valid");
    site.wait_until("the first", |site| site.delivered() == ["1"]);
    let gone = |site: &Site| {
        let mut snapshot = crate::monitor::Snapshot::default();
        site.status.describe(0, &mut snapshot);
        !snapshot.consumers[0].initialized
    };
    site.wait_until("it is said", gone);
    site.stop();
    assert_eq!(site.delivered(), ["1"]);
    assert_eq!(site.store().position("c").unwrap(), 1);
}

#[test]
fn a_cursor_that_is_put_back_takes_effect_at_once() {
    let mut site = Site::new("retry = 0.001");
    site.publish("t", &["1", "2"], "valid");
    site.wait_until("the cursor", |site| site.store().position("c").unwrap() == 2);
    site.store().seek("c", 1).unwrap();
    site.wait_until("the second again", |site| site.delivered() == ["1", "2", "2"]);
    site.stop();
}
