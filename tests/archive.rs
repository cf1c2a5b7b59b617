//! `fedhub nommer` and its archive, in both databases: whoever dies or is away, the archive has what
//! has a receipt, once.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use fedhub::store::{self, Order, Position, Query, Store, Total};
use nix::sys::signal::Signal;
use serde_json::json;

use crate::chaos::{Publisher, long};
use crate::harness::{Process, Site, free_endpoint, free_port, wait_until};
use crate::health::get;
use crate::postgres::Server;

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
}

impl Bus {
    /// With an archive there; by default in a file.
    fn start(url: Option<String>) -> Self {
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
        let mut bus = Self { site, url, relay, nommer: None };
        bus.start_nommer();
        // One that has never run begins with what comes now.
        bus.nommer().wait_for_line("all is ready now");
        bus
    }

    fn nommer(&self) -> &Process {
        self.nommer.as_ref().unwrap()
    }

    fn start_nommer(&mut self) {
        self.nommer = Some(self.site.start(&["nommer"]).0);
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
        let count = || store::open(&self.url)?.count(&Query::default(), Total::Exact);
        count().ok().flatten().unwrap_or_default()
    }

    /// Waits until the archive has everything with a receipt, and nothing twice.
    fn expect(&self, receipts: &HashSet<String>) {
        assert!(receipts.len() > 10, "{}", receipts.len());
        let mut archived = Vec::new();
        wait_until("everything with a receipt is in the archive", || {
            archived = ids(&mut *store::open(&self.url).unwrap());
            let known: HashSet<_> = archived.iter().cloned().collect();
            receipts.is_subset(&known)
        });
        let known: HashSet<_> = archived.iter().cloned().collect();
        assert_eq!(known.len(), archived.len(), "something is in the archive twice");
        assert_eq!(self.count(), archived.len() as u64, "the counters are wrong");
        let mut store = store::open(&self.url).unwrap();
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
    crate::harness::run(&mut logger).expect(0);
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
        let before = bus.count();
        wait_until("the archive grows", || bus.count() > before);
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
    let http = bus.site.setting("/archive/http");
    wait_until("it is not ready", || {
        let (status, page) = get(http, "/readyz");
        status == 503 && page["problems"].to_string().contains("archive")
    });
    let away = Duration::from_secs(if long() { 60 } else { 3 });
    thread::sleep(away);
    server.run();
    wait_until("it is ready again", || get(http, "/readyz").0 == 200);
    let before = bus.count();
    wait_until("the archive grows again", || bus.count() > before);
    let receipts = publisher.finish();
    bus.expect(&receipts);
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
