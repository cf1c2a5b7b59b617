//! As much of memcached's text protocol as counting needs. Whatever it asks ends within a time.
//!
//! The `memcache` crate connects without one and keeps a pool with threads of its own, which is more
//! than two commands need, and less.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::{Error, Kind, Result};

/// How long a line of an answer may be; keys have at most 250 bytes.
const MAX_LINE: u64 = 512;
/// How long a value may be: what is read here are numbers.
const MAX_VALUE: usize = 64;

/// A server, connected to when it is first asked, and anew after each failure.
#[derive(Debug)]
pub struct Memcached {
    address: String,
    timeout: Duration,
    connection: Option<BufReader<Timed>>,
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// A number that clients are free to use.
    pub flags: u32,
    /// Changes with each change of the item.
    pub unique: u64,
    /// The value.
    pub value: Vec<u8>,
}

impl Memcached {
    /// The server at this address, `HOST:PORT`, each of whose answers may take so long.
    pub fn new(address: &str, timeout: Duration) -> Result<Self> {
        let port = address.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(1..))) {
            return Err(Error::new(Kind::Config, format!("{address:?} is no address"))
                .hint(r#"it looks like "127.0.0.1:11211""#));
        }
        Ok(Self { address: address.to_owned(), timeout, connection: None })
    }

    /// The items that there are of these.
    pub fn get(&mut self, keys: &[String]) -> Result<HashMap<String, Item>> {
        let command = format!("gets {}\r\n", keys.join(" "));
        self.ask(&command, |answer| {
            let mut items = HashMap::new();
            // A server that says more than it was asked is none.
            for _ in 0..=keys.len() {
                let line = read_line(answer)?;
                if line == "END" {
                    return Ok(items);
                }
                let (key, item) = read_item(&line, answer)?;
                items.insert(key, item);
            }
            Err(strange("more items than were asked for"))
        })
    }

    /// Stores a value for so many seconds: if the key has none, or still the item that is to be replaced.
    /// Says whether it was stored.
    pub fn set(
        &mut self,
        key: &str,
        replaced: Option<&Item>,
        flags: u32,
        seconds: u32,
        value: &str,
    ) -> Result<bool> {
        let length = value.len();
        let command = match replaced {
            None => format!("add {key} {flags} {seconds} {length}\r\n{value}\r\n"),
            Some(Item { unique, .. }) => {
                format!("cas {key} {flags} {seconds} {length} {unique}\r\n{value}\r\n")
            }
        };
        self.ask(&command, |answer| match read_line(answer)?.as_str() {
            "STORED" => Ok(true),
            "NOT_STORED" | "EXISTS" | "NOT_FOUND" => Ok(false),
            other => Err(strange(other)),
        })
    }

    fn ask<T>(
        &mut self,
        command: &str,
        read: impl Fn(&mut BufReader<Timed>) -> std::io::Result<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + self.timeout;
        let attempt = |connection: &mut BufReader<Timed>| {
            connection.get_mut().deadline = deadline;
            connection.get_mut().stream.write_all(command.as_bytes())?;
            read(connection)
        };
        let connected = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.connect(deadline),
        };
        let answer = connected.and_then(|mut connection| {
            let answer = attempt(&mut connection)?;
            self.connection = Some(connection);
            Ok(answer)
        });
        answer.map_err(|error| {
            let what = format!("memcached at {} does not answer", self.address);
            Error::new(Kind::Unavailable, what).because(error)
        })
    }

    fn connect(&self, deadline: Instant) -> std::io::Result<BufReader<Timed>> {
        let mut failure = strange("its name has no address");
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(deadline)?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_write_timeout(Some(self.timeout))?;
                    return Ok(BufReader::new(Timed { stream, deadline }));
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

/// A connection that is read only until a point in time.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer)
    }
}

/// The time until then; an error if there is none.
fn left(deadline: Instant) -> std::io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn strange(what: &str) -> std::io::Error {
    std::io::Error::other(format!("it says {:?}", crate::escape::text(what)))
}

/// A line without its end.
fn read_line(answer: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    answer.take(MAX_LINE).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

/// `VALUE KEY FLAGS LENGTH UNIQUE`, and the value on the line after.
fn read_item(line: &str, answer: &mut impl Read) -> std::io::Result<(String, Item)> {
    let words: Vec<&str> = line.split(' ').collect();
    let ["VALUE", key, flags, length, unique] = words[..] else { return Err(strange(line)) };
    let (Ok(flags), Ok(length), Ok(unique)) =
        (flags.parse(), length.parse::<usize>(), unique.parse())
    else {
        return Err(strange(line));
    };
    if length > MAX_VALUE {
        return Err(strange(line));
    }
    let mut value = vec![0; length + 2];
    answer.read_exact(&mut value)?;
    value.truncate(length);
    Ok((key.to_owned(), Item { flags, unique, value }))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    /// Asks a server that says this for two items.
    fn asked(says: &'static [u8]) -> Result<HashMap<String, Item>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(says).unwrap();
            // Until the client has gone.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let mut client = Memcached::new(&address, Duration::from_secs(5)).unwrap();
        if says.is_empty() {
            client.timeout = SHORT;
        }
        let items = client.get(&["a".into(), "b".into()]);
        drop(client);
        server.join().unwrap();
        items
    }

    #[test]
    fn answers_are_read() {
        let items = asked(b"VALUE a 7 2 99\r\n\r\n\r\nVALUE b 0 1 5\r\n3\r\nEND\r\n").unwrap();
        assert_eq!(items["a"], Item { flags: 7, unique: 99, value: b"\r\n".to_vec() });
        assert_eq!(items["b"].value, b"3");
        assert!(asked(b"END\r\n").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for says in [
            &b"ERROR\r\n"[..],
            b"VALUE a 7 2\r\n12\r\nEND\r\n",
            b"VALUE a 7 99999999999 1\r\n",
            b"VALUE a x 1 1\r\n1\r\nEND\r\n",
            b"VALUE a 0 1 1\r\n1\r\nVALUE b 0 1 1\r\n1\r\nVALUE c 0 1 1\r\n1\r\nEND\r\n",
            &[b'x'; 2000],
            // It says nothing at all.
            b"",
        ] {
            let error = asked(says).unwrap_err();
            assert_eq!(error.kind(), Kind::Unavailable, "{says:?}");
        }
        for address in ["", "host", "host:", "host:x", "host:0"] {
            let error = Memcached::new(address, SHORT).unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{address}");
        }
    }
}
