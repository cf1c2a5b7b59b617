//! Relays that answer late, wrongly, out of order or not at all.

use super::*;
use crate::config::Config;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const PATIENCE: Duration = Duration::from_secs(20);

/// A relay that answers each request, by its topic and body, with what `answer` says: the frames
/// after the address.
struct Server {
    address: Vec<String>,
    ended: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

type Frames = Vec<Vec<u8>>;

impl Server {
    fn start(mut answer: impl FnMut(Frames) -> Vec<Frames> + Send + 'static) -> Self {
        let context = Context::new();
        let socket = context.socket(zmq::ROUTER).unwrap();
        socket.set_linger(0).unwrap();
        socket.bind("tcp://127.0.0.1:*").unwrap();
        let address = vec![socket.get_last_endpoint().unwrap().unwrap()];
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                if socket.poll(POLLIN, 20) != Ok(1) {
                    continue;
                }
                let mut request = socket.recv_multipart(0).unwrap();
                let peer = request.remove(0);
                for mut frames in answer(request) {
                    frames.insert(0, peer.clone());
                    socket.send_multipart(frames, 0).unwrap();
                }
            }
        });
        Self { address, ended, thread: Some(thread) }
    }

    fn client(&self) -> Receipts {
        Receipts::connect(&Settings::from(&Config::default()), &self.address).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The envelope of a request, with an answer in place of topic and body.
fn reply(mut request: Frames, answer: &str) -> Frames {
    request.truncate(2);
    request.push(answer.into());
    request
}

fn receipt(seq: &str) -> String {
    format!(r#"{{"ok":true,"msg_id":null,"seq":{seq},"stream":"relay.h","more":[]}}"#)
}

#[test]
fn many_requests_are_under_way_and_answers_find_theirs_in_any_order() {
    let mut waiting = Vec::new();
    let relay = Server::start(move |request| {
        waiting.push(request);
        // 1000 messages are three times 250 and the rest, each answered backwards.
        if waiting.len() < 250 {
            return vec![];
        }
        let answer = |request: Frames| {
            let seq = String::from_utf8(request[3].clone()).unwrap();
            reply(request, &receipt(&seq))
        };
        waiting.drain(..).rev().map(answer).collect()
    });
    let bodies: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let messages: Vec<_> = bodies.iter().map(|body| ("t", body.as_bytes())).collect();
    let sent = relay.client().send_all(&messages, PATIENCE, &|| false);
    assert!(sent.failure.is_none(), "{:?}", sent.failure);
    assert!(sent.receipts.iter().map(|receipt| receipt.seq).eq(0..1000));
}

#[test]
fn a_refusal_ends_a_batch_and_says_why() {
    let refusal =
        r#"{"ok":false,"code":75,"error":"the disk \u001b[2J is full","hint":"make room"}"#;
    let relay = Server::start(move |request| match &request[3][..] {
        b"bad" => vec![reply(request, refusal)],
        _ => vec![reply(request, &receipt("7"))],
    });
    let mut client = relay.client();
    let sent =
        client.send_all(&[("t", b"good"), ("t", b"bad"), ("t", b"good")], PATIENCE, &|| false);
    assert_eq!(sent.receipts.len(), 1);
    let error = sent.failure.unwrap();
    assert_eq!(error.kind(), Kind::TryAgain);
    assert_eq!(error.to_string(), "the relay refuses: the disk \\u{1b}[2J is full");
    assert_eq!(error.next_step(), Some("make room"));
    assert_eq!(client.send("t", b"good", PATIENCE).unwrap().seq, 7);
}

#[test]
fn late_and_repeated_answers_are_nobodys() {
    let mut held: Option<Frames> = None;
    let relay = Server::start(move |request| match &request[3][..] {
        b"late" => {
            held = Some(request);
            vec![]
        }
        _ => {
            let late = held.take().map(|late| reply(late, &receipt("1")));
            let answer = reply(request, &receipt("2"));
            late.into_iter().chain([answer.clone(), answer]).collect()
        }
    });
    let mut client = relay.client();
    let error = client.send("t", b"late", Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), Kind::TryAgain, "{error}");
    assert_eq!(client.send("t", b"a", PATIENCE).unwrap().seq, 2);
    assert_eq!(client.send("t", b"b", PATIENCE).unwrap().seq, 2);
}

#[test]
fn after_a_lost_connection_the_first_without_a_receipt_goes_first() {
    let context = Context::new();
    let bind = |address: &str| {
        let socket = context.socket(zmq::ROUTER).unwrap();
        socket.set_linger(1000).unwrap();
        socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
        while socket.bind(address).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
        socket
    };
    let take = |socket: &Socket, answered: bool| -> usize {
        let mut request = socket.recv_multipart(0).unwrap();
        let body = String::from_utf8(request.pop().unwrap()).unwrap();
        *request.last_mut().unwrap() = receipt(&body).into_bytes();
        if answered {
            socket.send_multipart(request, 0).unwrap();
        }
        body.parse().unwrap()
    };
    let first = bind("tcp://127.0.0.1:*");
    let address = first.get_last_endpoint().unwrap().unwrap();
    let settings = Settings::from(&Config::default());
    let mut client = Receipts::connect(&settings, std::slice::from_ref(&address)).unwrap();
    let sending = std::thread::spawn(move || {
        let bodies: Vec<String> = (0..600).map(|n| n.to_string()).collect();
        let messages: Vec<_> = bodies.iter().map(|body| ("t", body.as_bytes())).collect();
        client.send_all(&messages, PATIENCE, &|| false)
    });
    // It dies with answers given and more messages under way.
    (0..200).for_each(|n| assert_eq!(take(&first, n < 100), n));
    drop(first);
    let second = bind(&address);
    let begin = take(&second, true);
    assert!(begin <= 100, "it goes on with {begin}");
    (begin + 1..600).for_each(|n| assert_eq!(take(&second, true), n));
    let sent = sending.join().unwrap();
    assert!(sent.failure.is_none(), "{:?}", sent.failure);
    assert!(sent.receipts.iter().map(|receipt| receipt.seq).eq(0..600));
}

/// libzmq 4.3.4 would abort here, if it discarded what a lost connection had brought.
#[test]
fn answers_are_read_whole_when_their_connection_is_lost_meanwhile() {
    const ALL: usize = 200;
    let context = Context::new();
    let server = context.socket(zmq::ROUTER).unwrap();
    server.bind("tcp://127.0.0.1:*").unwrap();
    let address = server.get_last_endpoint().unwrap().unwrap();
    let mut link = Link::open(&Settings::from(&Config::default()), &[address]).unwrap();
    while link.socket().is_none() {
        assert!(!link.is_lost());
    }
    for _ in 0..ALL {
        link.socket().unwrap().send_multipart([&b"n"[..], b"", b"t", b"{}"], 0).unwrap();
    }
    // ZeroMQ looks at its connections at every hundredth frame; with so many it is amid an answer.
    let frames = ["1", "2", "3", "4", "5", "6", "7"].map(str::as_bytes);
    for _ in 0..ALL {
        let mut request = server.recv_multipart(0).unwrap();
        request.truncate(1);
        request.extend(frames.map(<[u8]>::to_vec));
        server.send_multipart(request, 0).unwrap();
    }
    link.wait(false, PATIENCE).unwrap();
    assert!(link.receive().unwrap().is_some());
    drop(server);
    let [events, _] = link.relays[0].connections.poll_items();
    assert_eq!(zmq::poll(&mut [events], PATIENCE.as_millis() as i64), Ok(1));
    for _ in 1..ALL {
        assert_eq!(link.receive().unwrap().unwrap(), frames);
    }
    assert!(link.is_lost());
}

#[test]
fn hostile_answers_are_errors() {
    let large = format!(r#"{{"ok":true,"seq":1,"stream":"{}"}}"#, "x".repeat(MAX_ANSWER));
    let answers: [&str; 7] = [
        "",
        "not json",
        r#"{"ok":true}"#,
        r#"{"ok":true,"seq":"1","stream":"s"}"#,
        r#"{"ok":false,"code":70000}"#,
        "[[[[[[[[",
        &large,
    ];
    for answer in answers {
        let text = answer.to_owned();
        let relay = Server::start(move |request| vec![reply(request, &text)]);
        let error = relay.client().send("t", b"{}", PATIENCE).unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{answer:.40}");
    }
    for frames in [vec![], vec![b"1".to_vec()], vec![vec![]; 5]] {
        let relay = Server::start(move |_| vec![frames.clone(), vec![vec![]; 3]]);
        let error = relay.client().send("t", b"{}", PATIENCE).unwrap_err();
        assert_eq!(error.kind(), Kind::Protocol, "{error}");
    }
}

#[test]
fn whoever_is_there_gets_the_messages() {
    let server = Server::start(|request| vec![reply(request, &receipt("7"))]);
    let nobody = "tcp://127.0.0.1:1".to_owned();
    let endpoints = [nobody.clone(), server.address[0].clone(), nobody];
    let mut client = Receipts::connect(&Settings::from(&Config::default()), &endpoints).unwrap();
    let sent = client.send_all(&[("t", &b"{}"[..]); 9], PATIENCE, &|| false);
    assert_eq!(sent.receipts.len(), 9, "{:?}", sent.failure);
}

#[test]
fn nobody_there_and_too_large_are_said() {
    let settings = Settings::from(&Config { max_message_size: 10, ..Config::default() });
    let nobody = ["tcp://127.0.0.1:1".to_owned()];
    let mut client = Receipts::connect(&settings, &nobody).unwrap();
    let error = client.send("t", b"{}", Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.kind(), Kind::TryAgain);
    let error = client.send("t", &[b'x'; 10], PATIENCE).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    let error = Receipts::connect(&settings, &[]).err().unwrap();
    assert_eq!(error.kind(), Kind::Config);
}
