//! Who may publish by HTTP, and how often.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use fedhub::{Error, Kind, Result};
use openssl::memcmp;
use openssl::sha::sha256;

/// The largest file of tokens.
const MAX_FILE: u64 = 64 * 1024;
/// A shorter token could be guessed.
const MIN_TOKEN: usize = 16;

/// Those who may publish.
#[derive(Debug)]
pub(super) struct Tokens {
    all: Vec<Token>,
    /// Requests in a second.
    rate: f64,
}

#[derive(Debug)]
struct Token {
    name: String,
    digest: [u8; 32],
    allowance: Mutex<Allowance>,
}

/// How many requests may come at once; it grows with time.
#[derive(Debug)]
struct Allowance {
    requests: f64,
    since: Instant,
}

/// What is said to a request.
#[derive(Debug, PartialEq)]
pub(super) enum Admission<'a> {
    /// It is of this publisher.
    Known(&'a str),
    TooOften,
    Unknown,
}

impl Tokens {
    /// Reads lines of a name and a token. Nobody else may read the file.
    pub(super) fn read(path: &Path, rate: f64) -> Result<Self> {
        let failed = |error| Error::io(format!("cannot read {}", path.display()), error);
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        // Credentials that systemd hands over are of root, and readable by a group of root.
        let allowed = if metadata.uid() == 0 { 0o640 } else { 0o600 };
        if metadata.mode() & 0o777 & !allowed != 0 {
            let why = format!("others may read or write {}", path.display());
            return Err(
                Error::new(Kind::Permission, why).hint(format!("chmod 600 {}", path.display()))
            );
        }
        let mut text = String::new();
        file.by_ref().take(MAX_FILE).read_to_string(&mut text).map_err(failed)?;
        let all = parse(&text).map_err(|error| error.about(path.display()))?;
        if !(rate > 0.0 && rate.is_finite()) {
            return Err(Error::new(Kind::Config, format!("relay.publish_rate cannot be {rate}"))
                .hint("fedhub config explain relay.publish_rate"));
        }
        Ok(Self { all, rate })
    }

    /// Whether a request with this token may be served now.
    pub(super) fn admit(&self, given: &[u8]) -> Admission<'_> {
        let digest = sha256(given);
        // Each is compared, and in the same time.
        let found = self.all.iter().filter(|token| memcmp::eq(&token.digest, &digest)).last();
        match found {
            None => Admission::Unknown,
            Some(token) if token.take(self.rate, Instant::now()) => Admission::Known(&token.name),
            Some(_) => Admission::TooOften,
        }
    }
}

impl Token {
    fn take(&self, rate: f64, now: Instant) -> bool {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = now.saturating_duration_since(allowance.since).as_secs_f64() * rate;
        // What a second allows may come at once, and one request always.
        allowance.requests = (allowance.requests + grown).min(rate.max(1.0));
        allowance.since = now;
        let enough = allowance.requests >= 1.0;
        if enough {
            allowance.requests -= 1.0;
        }
        enough
    }
}

fn parse(text: &str) -> Result<Vec<Token>> {
    let mut all: Vec<Token> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |why: &str| {
            Error::new(Kind::Config, format!("line {}: {why}", number + 1))
                .hint("write a name and a token, such as: wiki $(openssl rand -hex 32)")
        };
        let (name, token) =
            line.split_once(char::is_whitespace).ok_or_else(|| wrong("no token"))?;
        let token = token.trim();
        if token.len() < MIN_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("a token has 16 or more characters, and no spaces"));
        }
        let digest = sha256(token.as_bytes());
        if all.iter().any(|known| known.name == name || known.digest == digest) {
            return Err(wrong("this name or token is there already"));
        }
        let allowance = Mutex::new(Allowance { requests: f64::MAX, since: Instant::now() });
        all.push(Token { name: name.to_owned(), digest, allowance });
    }
    if all.is_empty() {
        return Err(Error::new(Kind::Config, "there is no token in it")
            .hint("write a name and a token, such as: wiki $(openssl rand -hex 32)"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn tokens(text: &str, rate: f64, mode: u32) -> Result<Tokens> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Tokens::read(&path, rate)
    }

    #[test]
    fn only_whole_tokens_are_known() {
        let text = "# comment\nwiki 0123456789abcdef\n\n koji\tfedcba9876543210 \n";
        let tokens = tokens(text, 100.0, 0o600).unwrap();
        assert_eq!(tokens.admit(b"0123456789abcdef"), Admission::Known("wiki"));
        assert_eq!(tokens.admit(b"fedcba9876543210"), Admission::Known("koji"));
        for wrong in [&b""[..], b"0123456789abcde", b"0123456789abcdef0", b"wiki", b"\xff"] {
            assert_eq!(tokens.admit(wrong), Admission::Unknown);
        }
    }

    #[test]
    fn files_that_others_read_and_tokens_that_are_none_are_refused() {
        let good = "wiki 0123456789abcdef\n";
        for mode in [0o644, 0o604, 0o660, 0o602] {
            assert_eq!(tokens(good, 1.0, mode).unwrap_err().kind(), Kind::Permission, "{mode:o}");
        }
        let again = format!("{good}other 0123456789abcdef\n");
        for wrong in ["", "# wiki\n", "wiki\n", "wiki short\n", "wiki 0123456789 bcdef\n", &again] {
            assert_eq!(tokens(wrong, 1.0, 0o600).unwrap_err().kind(), Kind::Config, "{wrong}");
        }
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(tokens(good, rate, 0o600).unwrap_err().kind(), Kind::Config, "{rate}");
        }
    }

    #[test]
    fn an_allowance_grows_to_what_a_second_allows() {
        let tokens = tokens("wiki 0123456789abcdef\n", 3.0, 0o600).unwrap();
        let token = &tokens.all[0];
        let begin = Instant::now();
        let served = |at: f64| {
            let now = begin + Duration::from_secs_f64(at);
            (0..10).filter(|_| token.take(3.0, now)).count()
        };
        assert_eq!([served(1.0), served(1.0), served(1.5), served(100.0)], [3, 0, 1, 3]);
        assert!(token.take(0.1, begin + Duration::from_secs(110)), "a slow rate allows one");
    }
}
