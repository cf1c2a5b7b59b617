//! `fedhub nommer` and its archive, in both databases: whoever dies or is away, the archive has what
//! has a receipt, once.

use std::collections::HashSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use fedhub::store::{self, Order, Position, Query, Store, Total};
use nix::sys::signal::Signal;
use serde_json::json;

use crate::chaos::{Publisher, long};
use crate::harness::{Process, Site, free_endpoint, free_port, run, wait_until};
use crate::health::get;
use crate::postgres::{PASSWORD, Server};
use crate::small_disk::{self, fill, may_mount};

/// The size of a small disk in megabytes. What is written before it is moved into the file fits.
const SMALL: u32 = 64;

/// Messages a second. A binary that is not optimized takes no 2000 on a busy machine.
fn rate() -> f64 {
    if long() { 2000.0 } else { 200.0 }
}

/// A relay, and an archive fed from it.
struct Bus {
    site: Site,
    url: String,
    relay: Process,
    nommer: Option<Process>,
    /// The folder that is a small file system for nommer.
    disk: Option<PathBuf>,
    /// Variables for nommer.
    environment: Vec<(&'static str, PathBuf)>,
}

impl Bus {
    /// With an archive there; by default in a file.
    fn start(url: Option<String>) -> Self {
        let mut bus = Self::without_nommer(url);
        bus.start_nommer();
        // One that has never run begins with what comes now.
        bus.nommer().wait_for_line("all is ready now");
        bus
    }

    fn without_nommer(url: Option<String>) -> Self {
        let (outbound, replay) = (free_endpoint(), free_endpoint());
        let mut site = Site::new(json!({
            "relay_inbound": [free_endpoint()],
            "relay_outbound": [outbound],
            "sign_messages": false,
            "validate_signatures": false,
            "heartbeat_interval": 0.5,
            "replay_endpoints": {"relay_outbound": replay},
        }));
        let url = url.unwrap_or_else(|| format!("sqlite:{}", site.path("archive.db").display()));
        site.set(json!({
            "relay": {
                "journal": site.path("relay.db"),
                "receipts": [free_endpoint()],
                "replay": replay,
            },
            "archive": {
                "url": url,
                "journal": site.path("nommer.db"),
                "http": format!("127.0.0.1:{}", free_port()),
            },
        }));
        let relay = site.start(&["relay"]).0;
        Self { site, url, relay, nommer: None, disk: None, environment: Vec::new() }
    }

    fn nommer(&self) -> &Process {
        self.nommer.as_ref().unwrap()
    }

    fn start_nommer(&mut self) {
        let mut command = self.site.fedhub(&["nommer"]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let nommer = match &self.disk {
            Some(disk) => small_disk::start(&self.site, "nommer", &command, disk, SMALL),
            None => Process::spawn("nommer", &mut command),
        };
        nommer.wait_for_line("ready");
        self.nommer = Some(nommer);
    }

    /// Opens the archive to look into it.
    fn open(&self) -> fedhub::Result<Box<dyn Store>> {
        let Some(disk) = &self.disk else { return store::open(&self.url) };
        let copy = self.site.path("copy.db");
        small_disk::copy(self.nommer(), &disk.join("archive.db"), &copy);
        store::open(&format!("sqlite:{}", copy.display()))
    }

    /// Waits until readiness has a problem with this word, or none.
    fn wait_for_problem(&self, word: Option<&str>) {
        wait_until("readiness is as expected", || {
            let (status, page) = get(self.site.setting("/archive/http"), "/readyz");
            match word {
                Some(word) => status == 503 && page["problems"].to_string().contains(word),
                None => status == 200,
            }
        });
    }

    fn wait_for_growth(&self) {
        let before = self.count();
        wait_until("the archive grows", || self.count() > before);
    }

    fn kill_nommer(&mut self) {
        let nommer = self.nommer.take().unwrap();
        nommer.signal(Signal::SIGKILL);
        nommer.finish();
    }

    fn publish(&self) -> Publisher {
        Publisher::start(self.site.setting("/relay/receipts/0"), rate())
    }

    /// How many messages the archive has; none while it is away.
    fn count(&self) -> u64 {
        let count = || self.open()?.count(&Query::default(), Total::Exact);
        count().ok().flatten().unwrap_or_default()
    }

    /// Waits until the archive has everything with a receipt, and nothing twice.
    fn expect(&self, receipts: &HashSet<String>) {
        assert!(receipts.len() > 10, "{}", receipts.len());
        // On a busy machine it may take long; what counts is that it goes on.
        let mut count = 0;
        while count < receipts.len() as u64 {
            wait_until("the archive grows", || self.count() > count);
            count = self.count();
        }
        let mut archived = Vec::new();
        wait_until("everything with a receipt is in the archive", || {
            archived = ids(&mut *self.open().unwrap());
            let known: HashSet<_> = archived.iter().cloned().collect();
            receipts.is_subset(&known)
        });
        let known: HashSet<_> = archived.iter().cloned().collect();
        assert_eq!(known.len(), archived.len(), "something is in the archive twice");
        assert_eq!(self.count(), archived.len() as u64, "the counters are wrong");
        let mut store = self.open().unwrap();
        assert!(store.quarantined(0, 10).unwrap().is_empty());
    }
}

/// The msg_ids of all messages.
fn ids(store: &mut dyn Store) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None::<Position>);
    loop {
        let page = store.query(&Query::default(), Order::Arrival, after, 0, 1000).unwrap();
        let Some(last) = page.last() else { return ids };
        after = Some(last.position());
        ids.extend(page.into_iter().map(|one| one.msg_id));
    }
}

#[test]
fn the_archive_has_each_message_as_it_came() {
    let bus = Bus::start(None);
    let mut logger = bus.site.fedhub(&["logger", "--message", "caf\u{e9}"]);
    run(&mut logger).expect(0);
    wait_until("the message is in the archive", || bus.count() == 1);
    let mut store = store::open(&bus.url).unwrap();
    let query = Query {
        categories: vec!["logger".into()],
        contains: vec!["CAF\u{c9}".into()],
        ..Query::default()
    };
    let page = store.query(&query, Order::Newest, None, 0, 10).unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].message.msg_id(), Some(page[0].msg_id.as_str()));
    assert_eq!(page[0].topic, page[0].message.topic());
    bus.nommer.unwrap().stop().expect(0);
    bus.relay.stop().expect(0);
}

fn kill_under_load(mut bus: Bus) {
    let kills = if long() { 100 } else { 20 };
    let publisher = bus.publish();
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..kills {
        bus.wait_for_growth();
        thread::sleep(Duration::from_millis(random.u64(0..100)));
        bus.kill_nommer();
        bus.start_nommer();
    }
    let receipts = publisher.finish();
    bus.expect(&receipts);
}

#[test]
fn what_has_a_receipt_is_archived_once_however_often_nommer_is_killed() {
    kill_under_load(Bus::start(None));
}

#[test]
fn postgresql_has_it_too() {
    let Some(server) = Server::start() else { return };
    kill_under_load(Bus::start(Some(server.database("archive"))));
}

#[test]
fn while_postgresql_is_away_messages_wait_and_readiness_says_so() {
    let Some(mut server) = Server::start() else { return };
    let bus = Bus::start(Some(server.database("archive")));
    let publisher = bus.publish();
    wait_until("the archive grows", || bus.count() > 0);
    server.stop();
    bus.wait_for_problem(Some("archive"));
    let away = Duration::from_secs(if long() { 60 } else { 3 });
    thread::sleep(away);
    server.run();
    bus.wait_for_problem(None);
    bus.wait_for_growth();
    let receipts = publisher.finish();
    bus.expect(&receipts);
}

#[test]
fn a_postgresql_that_comes_and_goes_gets_everything_once() {
    let Some(mut server) = Server::start() else { return };
    let bus = Bus::start(Some(server.database("archive")));
    let publisher = bus.publish();
    for _ in 0..if long() { 20 } else { 3 } {
        bus.wait_for_growth();
        server.stop();
        server.run();
    }
    let receipts = publisher.finish();
    bus.expect(&receipts);
}

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() {
    if !may_mount("an archive on a full disk") {
        return;
    }
    let mut bus = Bus::without_nommer(None);
    let disk = bus.site.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mut archive = bus.site.settings("/archive");
    archive["url"] = json!(format!("sqlite:{}", disk.join("archive.db").display()));
    bus.site.set(json!({"archive": archive}));
    bus.disk = Some(disk.clone());
    bus.start_nommer();
    bus.nommer().wait_for_line("all is ready now");
    let publisher = bus.publish();
    bus.wait_for_growth();
    let ballast = fill(bus.nommer(), &disk);
    bus.wait_for_problem(Some("archive"));
    // Messages come meanwhile, and wait.
    thread::sleep(Duration::from_secs(1));
    std::fs::remove_file(&ballast).unwrap();
    bus.wait_for_problem(None);
    bus.wait_for_growth();
    let receipts = publisher.finish();
    bus.expect(&receipts);
    bus.nommer.take().unwrap().stop().expect(0);
}

#[test]
fn the_password_comes_from_the_file_and_the_connection_is_checked() {
    let Some(server) = Server::start_with_tls() else { return };
    server.database("archive");
    let root = format!("&sslrootcert={}", server.certificate().display());
    let url = server.tls_url("localhost", "archive", "verify-full") + &root;
    let mut bus = Bus::without_nommer(Some(url));
    let secret = bus.site.path("passwords");
    let password = PASSWORD.replace('\\', r"\\").replace(':', r"\:");
    std::fs::write(&secret, format!("localhost:*:archive:fedhub:{password}\n")).unwrap();
    std::fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    bus.environment = vec![("PGPASSFILE", secret)];
    bus.start_nommer();
    bus.nommer().wait_for_line("all is ready now");
    run(&mut bus.site.fedhub(&["logger", "--message", "hello"])).expect(0);
    let count = "DO $$ BEGIN ASSERT (SELECT count(*) FROM message) = 1; END $$";
    wait_until("the message is in the archive", || server.psql("archive", count));
}

#[test]
fn connections_that_are_ended_again_and_again_lose_nothing() {
    let Some(server) = Server::start() else { return };
    let bus = Bus::start(Some(server.database("archive")));
    let publisher = bus.publish();
    let begin = Instant::now();
    let storm = Duration::from_secs(if long() { 30 } else { 3 });
    while begin.elapsed() < storm {
        server.psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = 'archive' AND application_name = 'fedhub'",
        );
        thread::sleep(Duration::from_millis(5));
    }
    let receipts = publisher.finish();
    bus.expect(&receipts);
}
