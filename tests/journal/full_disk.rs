//! A relay whose journal is on a disk that is full: who wants a receipt is refused, and it works again
//! when there is space.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zmq::{Context, Socket};

use crate::harness::{DEADLINE, Process, Site, free_endpoint, run};
use crate::small_disk::{self, behind, fill, may_mount};

/// How soon a publisher must be refused, and how soon it must work again.
const REFUSED: Duration = Duration::from_secs(1);
const RECOVERED: Duration = Duration::from_secs(5);

/// A relay with its journal on a file system of two megabytes that only it sees.
fn relay_on_a_small_disk(site: &Site, disk: &Path) -> Process {
    let endpoint = "tcp://127.0.0.1:*";
    let relay = site.fedhub(&["relay", "--inbound", endpoint, "--outbound", endpoint]);
    small_disk::start(site, "relay", &relay, disk, 2)
}

struct Publisher {
    socket: Socket,
    receipts: HashSet<String>,
}

impl Publisher {
    fn to(endpoint: &str) -> Self {
        let socket = Context::new().socket(zmq::REQ).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(i32::try_from(DEADLINE.as_millis()).unwrap()).unwrap();
        socket.connect(endpoint).unwrap();
        Self { socket, receipts: HashSet::new() }
    }

    /// Whether a message gets a receipt; if not, it must be refused in time and as said.
    fn publishes(&mut self, id: &str) -> bool {
        let body = json!({"msg_id": id, "topic": "t", "msg": {"text": "x".repeat(10_000)}});
        let start = Instant::now();
        self.socket.send_multipart([b"t".as_slice(), body.to_string().as_bytes()], 0).unwrap();
        let reply: Value = serde_json::from_slice(&self.socket.recv_bytes(0).unwrap()).unwrap();
        if reply["ok"] == true {
            assert_eq!(reply["msg_id"], id);
            self.receipts.insert(id.to_owned());
            return true;
        }
        assert_eq!(reply["code"], 75, "{reply}");
        assert!(start.elapsed() < REFUSED, "refused after {:?}", start.elapsed());
        false
    }
}

#[test]
fn who_wants_a_receipt_is_refused_while_the_disk_is_full_and_gets_one_when_it_is_not() {
    if !may_mount("a relay on a full disk") {
        return;
    }
    let endpoint = free_endpoint();
    let mut site = Site::new(json!({"validate_signatures": false, "sign_messages": false}));
    let disk = site.path("disk");
    std::fs::create_dir(&disk).unwrap();
    site.set(json!({"relay": {"journal": disk.join("journal.db"), "receipts": [endpoint]}}));
    let relay = relay_on_a_small_disk(&site, &disk);
    let mut publisher = Publisher::to(&endpoint);
    assert!(publisher.publishes("before"));
    let ballast = fill(&relay, &disk);
    let mut refused = 0;
    for n in 0..100 {
        refused += u32::from(!publisher.publishes(&format!("during {n}")));
    }
    assert!(refused > 50, "{refused} of 100 refused");
    let words = ["logger", "--durable", "--message", "text"];
    run(&mut site.fedhub(&words)).expect(75);
    std::fs::remove_file(&ballast).unwrap();
    let start = Instant::now();
    while !publisher.publishes("after") {
        assert!(start.elapsed() < RECOVERED, "it does not recover");
    }
    relay.wait_for_line("works again");
    let pid = relay.id().to_string();
    let inside = ["nsenter", "-m", "-t", &pid];
    let journal = |words: &[&str]| {
        run(&mut behind(&inside, &site, &site.fedhub(&[&["journal"], words].concat()))).expect(0)
    };
    let rows: Vec<Value> = journal(&["ls", "-o", "ndjson"])
        .stdout
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found: HashSet<String> =
        rows.iter().map(|row| row["msg_id"].as_str().unwrap().to_owned()).collect();
    assert!(publisher.receipts.is_subset(&found), "a message with a receipt is lost");
    journal(&["verify"]);
    relay.stop().expect(0);
}
