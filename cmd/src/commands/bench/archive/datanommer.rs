//! The real datanommer: its `add()`, which its consumer calls for each message, in another process.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use fedhub::journal::Record;

use super::Written;

/// Stores messages, one on each line, in the tables it makes; says how long that took, and its CPU.
/// Its cache of names it has seen is part of it.
const SCRIPT: &str = r#"
import json, logging, resource, sys, time, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import fedmsg.config, fedmsg.meta
import datanommer.models
config = {"topic_prefix": "org", "topic_prefix_re": r"org\.[^\W\d_]+"}
fedmsg.meta.make_processors(**config)
datanommer.models.init(sys.argv[1], create=True)
envelopes = [{"body": json.loads(line)} for line in sys.stdin]
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
used, start = cpu(), time.monotonic()
for envelope in envelopes:
    datanommer.models.add(envelope)
elapsed, used = time.monotonic() - start, cpu() - used
stored = datanommer.models.Message.query.count()
assert stored == len(envelopes), "%d stored" % stored
print(stored / elapsed, used * 1e6 / stored)
"#;

/// Has messages stored in the database that has this address for SQLAlchemy.
pub(super) fn add(python: &Path, database: &str, messages: &[Record]) -> Result<Written> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT, database])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Python")?;
    let mut input = child.stdin.take().context("Python has no standard input")?;
    for one in messages {
        // If it ends before it has read everything, it says below why.
        if input.write_all(one.message.body()).and_then(|()| input.write_all(b"\n")).is_err() {
            break;
        }
    }
    drop(input);
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [rate, cpu_us] = figures[..] else {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("datanommer failed: {}", error.trim().lines().last().unwrap_or("no reason"));
    };
    Ok(Written { rate, cpu_us })
}
