//! The canonical text is Python's: on the corpus, and on documents made up here and read by the
//! machine's own `python3`.

mod documents;

use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use fedhub::canonical::{MAX_BYTES, parse, to_vec};
use serde_json::{Value, json};

use crate::harness::{Finished, Process, Site, corpus, run, script, skipped};
use documents::Documents;

/// How many different documents fedhub and Python read.
const DOCUMENTS: usize = 110_000;

/// What became of each line: its canonical text, or why it was refused.
type Outcomes = Vec<Result<String, String>>;

/// Runs `fedhub canonical` on `lines`.
fn canonical<T: AsRef<[u8]>>(lines: &[T]) -> (Finished, Outcomes) {
    let site = Site::new(json!({}));
    let mut command = site.fedhub(&["canonical"]);
    let finished = Process::spawn_with_input("canonical", &mut command, &joined(lines)).finish();
    let refused: BTreeMap<usize, &str> = finished.stderr.iter().map(|line| refusal(line)).collect();
    let mut accepted = finished.stdout.iter();
    let outcomes = (1..=lines.len())
        .map(|number| match refused.get(&number) {
            Some(why) => Err((*why).to_owned()),
            None => Ok(accepted.next().expect("a line for each that is not refused").clone()),
        })
        .collect();
    assert_eq!(accepted.next(), None, "more lines than documents");
    (finished, outcomes)
}

fn joined<T: AsRef<[u8]>>(lines: &[T]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_ref(), b"\n"].concat()).collect()
}

/// The number and the rest of `line NUMBER column COLUMN: WHY`.
fn refusal(line: &str) -> (usize, &str) {
    let parts = line.strip_prefix("line ").and_then(|rest| rest.split_once(' '));
    let (number, rest) = parts.unwrap_or_else(|| panic!("not a refusal: {line}"));
    (number.parse().unwrap(), rest)
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

#[test]
fn corpus_has_the_same_canonical_text() {
    let Some(corpus) = corpus() else { return };
    let cases = read(&corpus.join("canonical.jsonl"));
    assert_eq!(cases.len(), 200);
    for case in &cases {
        let printed = parse(text(case, "in").as_bytes()).map(|value| to_vec(&value));
        assert_eq!(printed.as_deref(), Ok(text(case, "out").as_bytes()), "{case}");
    }
    // In the command's input a newline ends the document; all these stand for white space.
    let lines: Vec<String> = cases.iter().map(|case| text(case, "in").replace('\n', " ")).collect();
    let (finished, outcomes) = canonical(&lines);
    finished.expect(0);
    for (case, outcome) in cases.iter().zip(outcomes) {
        assert_eq!(outcome.as_deref(), Ok(text(case, "out")), "{case}");
    }
}

#[test]
fn corpus_refusals_are_refused() {
    let Some(corpus) = corpus() else { return };
    let cases = read(&corpus.join("canonical-reject.jsonl"));
    assert_eq!(cases.len(), 53);
    for case in &cases {
        assert!(parse(text(case, "in").as_bytes()).is_err(), "{case}");
    }
    // A newline in a string would not be one for the command.
    let texts = cases.iter().map(|case| text(case, "in"));
    let lines: Vec<&str> = texts.filter(|text| !text.contains('\n')).collect();
    assert_eq!(lines.len(), 52);
    let (finished, outcomes) = canonical(&lines);
    let finished = finished.expect(65);
    assert_eq!(finished.stdout, [""; 0]);
    assert_eq!(finished.stderr.len(), lines.len());
    assert!(outcomes.iter().all(|outcome| outcome.is_err()));
}

#[test]
fn texts_that_were_signed_in_production_are_canonical() {
    let Some(corpus) = corpus() else { return };
    let cases = read(&corpus.join("crypto/real-signed.jsonl"));
    let signed: Vec<&str> = cases.iter().map(|case| text(case, "canonical_after_fix")).collect();
    let (finished, _) = canonical(&signed);
    assert_eq!(finished.expect(0).stdout, signed);
}

#[test]
fn python_and_fedhub_agree() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("the comparison with Python's json; there is no python3");
    }
    let seed = seed();
    let mut supply = Documents::new(seed);
    // These two show whether this Python has the limits of the one that fedmsg ran on: some versions
    // have no limit to the digits of an integer, others nest deeper.
    let limits = ["[".repeat(1011) + &"]".repeat(1011), "7".repeat(4301)];
    let mut documents: Vec<Vec<u8>> = limits.map(String::into_bytes).into();
    let mut seen: HashSet<Vec<u8>> = documents.iter().cloned().collect();
    while documents.len() < DOCUMENTS + 2 {
        let document = supply.next();
        if seen.insert(document.clone()) {
            documents.push(document);
        }
    }

    let mut python = Command::new("python3");
    let input = joined(&documents);
    let python = Process::spawn_with_input("python3", python.arg(script("canonical.py")), &input);
    let (finished, ours) = canonical(&documents);
    finished.expect(65);
    let theirs = python.finish().expect(0).stdout;
    let (version, theirs) = theirs.split_first().unwrap();
    assert_eq!(theirs.len(), documents.len());

    let limitless = |why: &str| {
        (why.contains("nested deeper") && theirs[0] != "refused")
            || (why.contains("more than 4300 digits") && theirs[1] != "refused")
    };
    let mut differences = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    for ((document, ours), theirs) in documents.iter().zip(&ours).zip(theirs) {
        match ours {
            Err(why) if limitless(why) => continue,
            Err(_) => refused += 1,
            Ok(_) => accepted += 1,
        }
        if ours.as_deref().unwrap_or("refused") != theirs {
            let document = document.escape_ascii();
            differences.push(format!("{document}\n  fedhub: {ours:?}\n  python: {theirs}"));
        }
    }
    let compared = accepted + refused;
    let _ = writeln!(
        std::io::stderr(),
        "compared with Python {version}: {compared} documents, {accepted} accepted and {refused} \
         refused; FEDHUB_TEST_SEED={seed}"
    );
    let count = differences.len();
    differences.truncate(10);
    assert!(differences.is_empty(), "{count} differences:\n{}", differences.join("\n"));
    // The supply must not dry up to documents of one kind.
    assert!(accepted > DOCUMENTS / 3 && refused > DOCUMENTS / 5);
}

/// Given, or taken from the clock.
fn seed() -> u64 {
    let given = std::env::var("FEDHUB_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    })
}

#[test]
fn refusals_say_where_and_why_and_good_lines_come_out() {
    let (finished, _) = canonical(&[
        b"{\"b\": 1E22, \"a\": \"\xC3\xA9\"}".as_slice(),
        b"{\"msg\": {\"commit\": 1,}}",
        b"",
        "[\"żółw 😀\", nul]".as_bytes(),
        b"[1.50]\r",
        b"\"caf\xE9\"",
        b"{\"topic\": \"a\tb\"}",
        b"{\"a\": \"x\\u12g4\"}",
        b"[1, 2",
        b"\"ends here",
        b"{\"a\" 1}",
        b"\xEF\xBB\xBF{}",
        b"{} {}",
        b"0123",
        b"[true]",
    ]);
    let finished = finished.expect(65);
    assert_eq!(finished.stdout, [r#"{"a":"\u00e9","b":1e+22}"#, "[1.5]", "[true]"]);
    assert_eq!(
        finished.stderr,
        [
            "line 2 column 22: expected a key in double quotes",
            "line 3 column 1: expected a value",
            "line 4 column 12: expected a value",
            "line 6 column 5: not UTF-8",
            "line 7 column 13: a control character in a string must be escaped",
            "line 8 column 9: expected four hexadecimal digits after \\u",
            "line 9 column 6: expected ',' or ']'",
            "line 10 column 1: the string is not closed",
            "line 11 column 6: expected ':' after the key",
            "line 12 column 1: a byte order mark is not part of JSON",
            "line 13 column 4: unexpected text after the document",
            "line 14 column 2: unexpected text after the document",
        ]
    );
}

#[test]
fn a_line_without_end_is_refused_and_the_next_one_read() {
    let endless = [b"\"".as_slice(), &vec![b'a'; MAX_BYTES + 1000], b"\""].concat();
    let (finished, _) = canonical(&[b"1".as_slice(), &endless, b"2"]);
    let finished = finished.expect(65);
    assert_eq!(finished.stdout, ["1", "2"]);
    assert_eq!(finished.stderr, ["line 2 column 1: the document is larger than 64 MiB"]);
}

#[test]
fn input_is_a_file_or_stdin() {
    let site = Site::new(json!({}));
    std::fs::write(site.path("documents"), "{ }\n[ ]").unwrap();
    let finished = run(&mut site.fedhub(&["canonical", "documents"])).expect(0);
    assert_eq!(finished.stdout, ["{}", "[]"]);
    let mut command = site.fedhub(&["canonical", "-"]);
    let finished = Process::spawn_with_input("canonical", &mut command, b" 1").finish().expect(0);
    assert_eq!(finished.stdout, ["1"]);
    run(&mut site.fedhub(&["canonical", "absent"])).expect(66);
}
