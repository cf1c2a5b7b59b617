//! Opening a link with a program: it gets the link as one word, and no shell sees it.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use fedhub::{Error, Kind, Result, escape};

use crate::work::Work;

/// No link is longer.
const LONGEST: usize = 4096;

/// The link itself, if it is one of the web and nothing in it is hidden.
pub(crate) fn checked(link: &str) -> Result<&str, String> {
    let scheme = link.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(format!("only http and https are opened, not {}", escape::text(link)));
    }
    let odd = |character: char| character.is_whitespace() || escape::is_harmful(character);
    if link.len() > LONGEST || link.chars().any(odd) {
        return Err(format!("this is no link that can be opened: {}", escape::text(link)));
    }
    Ok(link)
}

/// Starts the program with the link behind its words. The work ends when the program does.
pub(crate) fn start(opener: &[String], link: &str) -> Result<Work> {
    let (program, words) = opener
        .split_first()
        .ok_or_else(|| Error::new(Kind::Config, "there is no program that opens links"))?;
    let failed = |error| Error::io(format!("cannot start {program}"), error);
    let mut child = Command::new(program)
        .args(words)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What is typed here is not for it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let program = program.clone();
    Work::start("open", move |_| {
        let status = child.wait().map_err(|error| Error::io("cannot wait", error))?;
        match status.success() {
            true => Ok(String::new()),
            false => Err(Error::new(Kind::Io, format!("{program} has failed: {status}"))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_are_opened() {
        for link in ["https://example.org/a?b=c&d=$(e)", "HTTP://example.org"] {
            assert_eq!(checked(link), Ok(link));
        }
        for link in [
            "",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--help",
            "example.org",
            "https://example.org/\u{1b}[2J",
            "https://example.org/a b",
            "https://example.org/\u{202e}",
        ] {
            assert!(checked(link).is_err(), "{link:?}");
        }
        assert!(checked(&format!("https://{}", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn the_link_is_one_word_and_no_shell_sees_it() {
        let dir = tempfile::tempdir().unwrap();
        let said = dir.path().join("said");
        let script = r#"printf '%s|' "$@" > "$0".new; mv "$0".new "$0""#;
        let opener = ["sh", "-c", script, said.to_str().unwrap(), "--tab"].map(str::to_owned);
        let link = "https://example.org/$(id)`id`;id";
        let work = start(&opener, link).unwrap();
        let outcome = loop {
            match work.outcome() {
                Some(outcome) => break outcome,
                None => std::thread::sleep(std::time::Duration::from_millis(5)),
            }
        };
        assert_eq!(outcome.unwrap(), "");
        assert_eq!(std::fs::read_to_string(said).unwrap(), format!("--tab|{link}|"));
        assert!(start(&["no-such-program".into()], link).is_err());
    }
}
