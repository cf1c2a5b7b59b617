//! A TCP proxy that breaks: it passes bytes on, cuts, or swallows them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const PASS: u8 = 0;
const CUT: u8 = 1;
const FREEZE: u8 = 2;
const END: u8 = 3;

/// How soon a change of mode is noticed.
const GLANCE: Duration = Duration::from_millis(20);

/// A proxy in front of an endpoint. It passes until it is told otherwise.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) endpoint: String,
    mode: Arc<AtomicU8>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// A proxy to this endpoint; nobody need be there yet.
    pub(crate) fn to(endpoint: &str) -> Self {
        let target = endpoint.strip_prefix("tcp://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let mode = Arc::new(AtomicU8::new(PASS));
        let streams = Arc::new(Mutex::new(Vec::new()));
        let proxy = Self { endpoint, mode: Arc::clone(&mode), streams: Arc::clone(&streams) };
        thread::spawn(move || {
            loop {
                match mode.load(Ordering::SeqCst) {
                    END => return,
                    // The system connects them; they hear nothing until this is over.
                    FREEZE => thread::sleep(GLANCE),
                    mode_now => match listener.accept() {
                        Ok((near, _)) if mode_now == PASS => {
                            if let Ok(far) = TcpStream::connect(&target) {
                                join(&near, &far, &mode);
                                streams.lock().unwrap().extend([near, far]);
                            }
                        }
                        // Dropping it closes it at once.
                        Ok(_) => {}
                        Err(_) => thread::sleep(GLANCE),
                    },
                }
            }
        });
        proxy
    }

    /// Passes bytes on again. What was frozen goes on.
    pub(crate) fn pass(&self) {
        self.mode.store(PASS, Ordering::SeqCst);
    }

    /// Closes all connections and accepts no others.
    pub(crate) fn cut(&self) {
        self.mode.store(CUT, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Passes nothing on, as if cables were drawn: both sides still think that they are connected.
    pub(crate) fn freeze(&self) {
        self.mode.store(FREEZE, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.mode.store(END, Ordering::SeqCst);
    }
}

fn join(near: &TcpStream, far: &TcpStream, mode: &Arc<AtomicU8>) {
    for (from, to) in [(near, far), (far, near)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let mode = Arc::clone(mode);
        from.set_nonblocking(false).unwrap();
        from.set_read_timeout(Some(GLANCE)).unwrap();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                while mode.load(Ordering::SeqCst) == FREEZE {
                    thread::sleep(GLANCE);
                }
                match from.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) if to.write_all(&buffer[..count]).is_err() => break,
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => break,
                }
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}
